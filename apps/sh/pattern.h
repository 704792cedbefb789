// SPDX-License-Identifier: MIT
//
// Patterns with `*`, `?` and `[...]`: matching of strings, and the files that a pattern means.
//
// Layer: sh. A backslash in a pattern takes the meaning from the character after it. Source: POSIX.1-2017 XCU 2.13.

#ifndef SH_PATTERN_H
#define SH_PATTERN_H

#include <stdbool.h>

#include "list.h"

// Whether PATTERN matches all of TEXT.
bool pattern_match(const char *pattern, const char *text);

// Whether PATTERN has a character with a meaning in it.
bool pattern_is_special(const char *pattern);

// Adds the paths that PATTERN matches to LIST, sorted; a leading dot must be written out. Returns whether there was
// one.
bool pattern_files(const char *pattern, struct list *list);

#endif
