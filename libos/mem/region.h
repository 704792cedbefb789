/* SPDX-License-Identifier: MIT
 *
 * region.h: which address ranges are what: a sorted table of regions. Layer: libos/mem; pure data, no kernel, no lock of
 * its own (vm_lock, vm.c). Entries are contiguous in memory that never faults, since the page-fault handler reads them.
 *
 * Invariants: entries are sorted by start, do not overlap, are page-aligned and not empty.
 */
#ifndef LIBOS_REGION_H
#define LIBOS_REGION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { REGION_READ = 1, REGION_WRITE = 2, REGION_EXEC = 4 }; /* 0: no access */

enum region_kind {
    REGION_ANON,   /* demand-zero */
    REGION_HEAP,   /* the same, behind sbrk */
    REGION_STACK,  /* the same, grows down */
    REGION_GUARD,  /* below a stack: touching it is an overflow */
    REGION_IMAGE,  /* the program, mapped by who started it */
    REGION_FIXED,  /* mapped by hand: devices, upcall stacks; a fault in it is an error */
    REGION_TAKEN,  /* what was here was taken by force (mem/reclaim.h) */
};

struct region {
    uint64_t start, end;
    uint8_t prot; /* REGION_READ | ... */
    uint8_t kind; /* enum region_kind */
    uint8_t worth; /* pages may be given back, those of the lowest first; 0: they may not (mem/reclaim.h) */
    uint8_t reserved[5];
    const char *name; /* for messages; NULL: none. Must live as long as the region */
};

struct region_table {
    struct region *entry;
    uint32_t count, capacity;
    /* Makes room for at least one more entry (raises capacity, entry stays). Returns 0 or a negative errno. */
    int (*grow)(struct region_table *table);
};

/* The region that holds address, or NULL. */
struct region *region_find(struct region_table *table, uint64_t address);

/* Index of the first region that ends above address (count if there is none). */
uint32_t region_index(const struct region_table *table, uint64_t address);

/* Adds a region whose range is free; joins it with like neighbours. Returns 0 or -ENOMEM. */
int region_insert(struct region_table *table, struct region region);

/* Takes [start, end) out, splitting what reaches over its ends. Returns 0 or -ENOMEM, with nothing changed. */
int region_remove(struct region_table *table, uint64_t start, uint64_t end);

/* Gives all of [start, end), which must be covered without a hole, another protection. Returns 0 or -ENOMEM, with nothing
 * changed. */
int region_protect(struct region_table *table, uint64_t start, uint64_t end, uint8_t prot);

/* Splits regions so that none reaches over start or end, for changing those between; region_mend joins them again where they
 * are alike. Returns 0 or -ENOMEM, with nothing changed. */
int region_cut(struct region_table *table, uint64_t start, uint64_t end);
void region_mend(struct region_table *table, uint64_t start, uint64_t end);

/* Is [start, end) covered without a hole? Is it free of regions? */
bool region_covered(const struct region_table *table, uint64_t start, uint64_t end);
bool region_free(const struct region_table *table, uint64_t start, uint64_t end);

/* Finds a free range of bytes in [low, high), from hint upwards first, aligned to align (a power of two). Returns its
 * address or 0. */
uint64_t region_gap(const struct region_table *table, uint64_t low, uint64_t high, uint64_t hint, uint64_t bytes,
                    uint64_t align);

#endif
