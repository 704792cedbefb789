// SPDX-License-Identifier: MIT
//
// Legends; legend.h is the interface.

#include "legend.h"

#include <stdlib.h>

#include "util.h"

static struct legend_entry *find(struct legend *legend, uint64_t first, uint64_t second)
{
    for (size_t i = 0; i < legend->count; i++) {
        struct legend_entry *entry = &legend->entries[(legend->last + i) % legend->count];
        if (entry->key[0] == first && entry->key[1] == second) {
            legend->last = (size_t)(entry - legend->entries);
            return entry;
        }
    }
    return NULL;
}

void legend_count(struct legend *legend, uint64_t first, uint64_t second, uint64_t amount)
{
    struct legend_entry *entry = find(legend, first, second);
    if (entry == NULL) {
        legend->entries = util_realloc(legend->entries, (legend->count + 1) * sizeof *legend->entries);
        entry = &legend->entries[legend->count++];
        *entry = (struct legend_entry){ .key = { first, second } };
    }
    entry->count += amount;
}

static int compare(const void *left, const void *right)
{
    const struct legend_entry *a = left;
    const struct legend_entry *b = right;
    if (a->count != b->count) {
        return a->count < b->count ? 1 : -1;
    }
    if (a->key[0] != b->key[0]) {
        return a->key[0] < b->key[0] ? -1 : 1;
    }
    return (a->key[1] > b->key[1]) - (a->key[1] < b->key[1]);
}

void legend_sort(struct legend *legend)
{
    if (legend->count > 1) {
        qsort(legend->entries, legend->count, sizeof *legend->entries, compare);
    }
    for (size_t i = 0; i < legend->count; i++) {
        legend->entries[i].letter = i < 26 ? (char)('A' + i) : '*';
    }
}

const struct legend_entry *legend_find(struct legend *legend, uint64_t first, uint64_t second)
{
    return find(legend, first, second);
}

void legend_free(struct legend *legend)
{
    free(legend->entries);
    *legend = (struct legend){ NULL, 0, 0 };
}
