// SPDX-License-Identifier: MIT
//
// Completion: what the word before the cursor could become.
//
// Layer: sh, interactive side. The first word of a command completes to builtins, functions and programs in PATH; any
// other, and one with a slash, to files.

#ifndef SH_COMPLETE_H
#define SH_COMPLETE_H

#include <stddef.h>

#include "list.h"

struct completion {
    size_t start;       // of the word in the line
    struct list words;  // what it could be, sorted; directories end with a slash
    char *common;       // what all of them start with, written as the shell reads it; NULL if there is none
    size_t shown_from;  // the part of each word before this is the same directory: no need to list it
};

// Completes the word that ends at CURSOR in LINE.
struct completion complete(const char *line, size_t cursor);

void completion_free(struct completion *completion);

#endif
