// SPDX-License-Identifier: MIT
//
// Expansion: from words as they are written to arguments.
//
// Layer: sh. Source: POSIX.1-2017 XCU 2.6, in its order: tilde, parameters, commands and arithmetic, then field
// splitting, pathnames, and removal of quotes. A failed expansion (`${x:?}`, -u) prints a message, calls for unwinding
// (shell.unwind), and still returns something that may be freed.

#ifndef SH_EXPAND_H
#define SH_EXPAND_H

#include "ast.h"
#include "list.h"

// Expands WORDS into any number of arguments each, added to LIST.
void expand_words(const struct word *words, struct list *list);

// Expands TEXT into one string: no splitting, no pathnames. malloc'd.
char *expand_string(const char *text);

// Likewise, as a pattern: what was quoted is escaped by backslashes. malloc'd.
char *expand_pattern(const char *text);

// Expands the body of a here-document, where quotes mean nothing. malloc'd.
char *expand_here(const char *text);

#endif
