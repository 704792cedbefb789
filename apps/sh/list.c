// SPDX-License-Identifier: MIT
//
// Lists of strings; list.h is the interface.

#include "list.h"

#include <stdlib.h>
#include <string.h>

#include "../lib/util.h"

void list_add(struct list *list, char *text)
{
    // Capacity is implied by the count: it doubles at the powers of two.
    if ((list->count & (list->count + 1)) == 0) {
        list->items = util_realloc(list->items, (list->count + 1) * 2 * sizeof *list->items);
    }
    list->items[list->count++] = text;
    list->items[list->count] = NULL;
}

static int compare(const void *left, const void *right)
{
    return strcmp(*(char *const *)left, *(char *const *)right);
}

void list_sort_unique(struct list *list, size_t first)
{
    if (list->count - first < 2) {
        return;
    }
    qsort(list->items + first, list->count - first, sizeof *list->items, compare);
    size_t kept = first + 1;
    for (size_t i = first + 1; i < list->count; i++) {
        if (strcmp(list->items[kept - 1], list->items[i]) == 0) {
            free(list->items[i]);
        } else {
            list->items[kept++] = list->items[i];
        }
    }
    // The capacity rule of list_add looks at the count alone, so a list that shrank is given its exact room again.
    size_t room = 2;
    while (room < kept + 1) {
        room *= 2;
    }
    list->items = util_realloc(list->items, room * sizeof *list->items);
    list->count = kept;
    list->items[kept] = NULL;
}

void list_free(struct list *list)
{
    strings_free(list->items, list->count);
    *list = (struct list){ NULL, 0 };
}

char **strings_copy(char *const *strings, size_t count)
{
    char **copy = util_alloc((count + 1) * sizeof *copy);
    for (size_t i = 0; i < count; i++) {
        copy[i] = util_strdup(strings[i]);
    }
    copy[count] = NULL;
    return copy;
}

void strings_free(char **strings, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        free(strings[i]);
    }
    free(strings);
}
