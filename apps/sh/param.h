// SPDX-License-Identifier: MIT
//
// Parameters: `$x`, `${x...}`, and the special ones.
//
// Layer: sh, inside the expander. Source: POSIX.1-2017 XCU 2.5 (parameters), 2.6.2 (expansion).

#ifndef SH_PARAM_H
#define SH_PARAM_H

#include "fields.h"

// Where a substitution stands: bare, in double quotes, or in a here-document.
enum context { IN_WORD, IN_QUOTES, IN_HERE };

// Appends the value of the parameter whose name is LENGTH characters at NAME.
void param_value(struct fields *fields, const char *name, size_t length, enum context context);

// Appends what `${...}` means, TEXT being what stands between the braces.
void param_expand(struct fields *fields, const char *text, size_t length, enum context context);

// Expands LENGTH characters of TEXT; the expander's own walk (expand.c), for what stands inside braces.
void expand_range(struct fields *fields, const char *text, size_t length, enum context context);

#endif
