// SPDX-License-Identifier: MIT
//
// The legend of a map: owners in the order of how much they have, each with a letter.
//
// Layer: apps. Used by the programs that draw who owns which frames and which slices.

#ifndef APPS_LIB_LEGEND_H
#define APPS_LIB_LEGEND_H

#include <stddef.h>
#include <stdint.h>

struct legend_entry {
    uint64_t key[2];
    uint64_t count;
    char letter; // A to Z for the 26 largest, `*` for the others; set by legend_sort
};

struct legend {
    struct legend_entry *entries;
    size_t count;
    size_t last; // the entry found last: neighbours are often the same owner's
};

// Counts AMOUNT more for the owner with this key.
void legend_count(struct legend *legend, uint64_t first, uint64_t second, uint64_t amount);

// Orders the entries by count, the largest first, and gives out the letters.
void legend_sort(struct legend *legend);

// The entry of this owner, which has been counted.
const struct legend_entry *legend_find(struct legend *legend, uint64_t first, uint64_t second);

void legend_free(struct legend *legend);

#endif
