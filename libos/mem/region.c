/* SPDX-License-Identifier: MIT
 *
 * region.c: the sorted table of regions (region.h). Layer: libos/mem. A program has some ten regions: a sorted array with
 * binary search beats a tree in size, speed and ease; insertion moves what lies behind.
 */
#include "exo/general_regs.h"

#include <errno.h>

#include "mem/region.h"

uint32_t region_index(const struct region_table *table, uint64_t address)
{
    uint32_t low = 0, high = table->count;
    while (low < high) {
        uint32_t middle = (low + high) / 2;
        if (table->entry[middle].end <= address)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

struct region *region_find(struct region_table *table, uint64_t address)
{
    uint32_t i = region_index(table, address);
    return i < table->count && table->entry[i].start <= address ? &table->entry[i] : NULL;
}

/* Makes sure that `more` entries fit. */
static int reserve(struct region_table *table, uint32_t more)
{
    while (table->capacity - table->count < more) {
        int result = table->grow ? table->grow(table) : -ENOMEM;
        if (result < 0)
            return result;
    }
    return 0;
}

static void open_slot(struct region_table *table, uint32_t at)
{
    for (uint32_t i = table->count; i > at; i--)
        table->entry[i] = table->entry[i - 1];
    table->count++;
}

static void close_slots(struct region_table *table, uint32_t at, uint32_t n)
{
    for (uint32_t i = at; i + n < table->count; i++)
        table->entry[i] = table->entry[i + n];
    table->count -= n;
}

static bool alike(const struct region *a, const struct region *b)
{
    return a->end == b->start && a->prot == b->prot && a->kind == b->kind && a->worth == b->worth &&
           a->name == b->name && a->kind != REGION_GUARD && a->kind != REGION_STACK;
}

/* Joins entry i with the next one if they are alike. */
static bool join(struct region_table *table, uint32_t i)
{
    if (i + 1 >= table->count || !alike(&table->entry[i], &table->entry[i + 1]))
        return false;
    table->entry[i].end = table->entry[i + 1].end;
    close_slots(table, i + 1, 1);
    return true;
}

int region_insert(struct region_table *table, struct region region)
{
    int result = reserve(table, 1);
    if (result < 0)
        return result;
    uint32_t at = region_index(table, region.start);
    open_slot(table, at);
    table->entry[at] = region;
    join(table, at);
    if (at > 0)
        join(table, at - 1);
    return 0;
}

/* Splits the region that reaches over address there, so that no region does. Room is reserved. */
static void split(struct region_table *table, uint64_t address)
{
    uint32_t i = region_index(table, address);
    if (i == table->count || table->entry[i].start >= address)
        return;
    open_slot(table, i);
    table->entry[i].end = address;
    table->entry[i + 1].start = address;
}

int region_cut(struct region_table *table, uint64_t start, uint64_t end)
{
    int result = reserve(table, 2);
    if (result < 0)
        return result;
    split(table, start);
    split(table, end);
    return 0;
}

void region_mend(struct region_table *table, uint64_t start, uint64_t end)
{
    uint32_t first = region_index(table, start);
    for (uint32_t i = first ? first - 1 : 0; i < table->count && table->entry[i].start <= end;)
        if (!join(table, i))
            i++;
}

int region_remove(struct region_table *table, uint64_t start, uint64_t end)
{
    int result = region_cut(table, start, end);
    if (result < 0)
        return result;
    uint32_t first = region_index(table, start), last = first;
    while (last < table->count && table->entry[last].start < end)
        last++;
    close_slots(table, first, last - first);
    return 0;
}

int region_protect(struct region_table *table, uint64_t start, uint64_t end, uint8_t prot)
{
    int result = region_cut(table, start, end);
    if (result < 0)
        return result;
    for (uint32_t i = region_index(table, start); i < table->count && table->entry[i].start < end; i++)
        table->entry[i].prot = prot;
    region_mend(table, start, end);
    return 0;
}

bool region_covered(const struct region_table *table, uint64_t start, uint64_t end)
{
    for (uint32_t i = region_index(table, start); start < end; i++) {
        if (i == table->count || table->entry[i].start > start)
            return false;
        start = table->entry[i].end;
    }
    return true;
}

bool region_free(const struct region_table *table, uint64_t start, uint64_t end)
{
    uint32_t i = region_index(table, start);
    return i == table->count || table->entry[i].start >= end;
}

static uint64_t gap_from(const struct region_table *table, uint64_t low, uint64_t high, uint64_t bytes, uint64_t align)
{
    uint64_t at = (low + align - 1) & ~(align - 1);
    for (uint32_t i = region_index(table, at);; i++) {
        uint64_t limit = i < table->count && table->entry[i].start < high ? table->entry[i].start : high;
        if (at >= low && at < limit && limit - at >= bytes)
            return at;
        if (limit == high)
            return 0;
        at = (table->entry[i].end + align - 1) & ~(align - 1);
        if (at >= high)
            return 0;
    }
}

uint64_t region_gap(const struct region_table *table, uint64_t low, uint64_t high, uint64_t hint, uint64_t bytes,
                    uint64_t align)
{
    if (!bytes || bytes > high - low)
        return 0;
    if (hint > low && hint < high) {
        uint64_t found = gap_from(table, hint, high, bytes, align);
        if (found)
            return found;
    }
    return gap_from(table, low, high, bytes, align);
}
