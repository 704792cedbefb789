// SPDX-License-Identifier: MIT
//
// A growing list of strings that it owns.
//
// Layer: sh. A list starts as all zeros. Its items array is always followed by a NULL once anything was added, so that
// it serves as an argv.

#ifndef SH_LIST_H
#define SH_LIST_H

#include <stddef.h>

#include "../lib/builder.h"

struct list {
    char **items;
    size_t count;
};

// Adds TEXT, a malloc'd string that now belongs to LIST.
void list_add(struct list *list, char *text);

// Sorts LIST from item FIRST on, by byte value, and drops equal neighbours.
void list_sort_unique(struct list *list, size_t first);

// Frees the strings and the array.
void list_free(struct list *list);

// A malloc'd NULL-terminated array with copies of COUNT strings, and its end.
char **strings_copy(char *const *strings, size_t count);
void strings_free(char **strings, size_t count);

#endif
