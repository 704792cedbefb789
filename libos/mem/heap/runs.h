/* SPDX-License-Identifier: MIT
 *
 * runs.h: what heaps without a head before each block stand on: runs of pages, and classes of sizes. Layer: libos/mem/heap.
 *
 * A run is one or more pages of RUN_PAGE bytes. Its first page begins with a struct run, found from any block by clearing the low
 * bits of its address less one: either the run holds objects of one size, in its only page, or one large block. A large block that
 * begins after the first page (its alignment) has a second struct run in the page before.
 */
#ifndef LIBOS_HEAP_RUNS_H
#define LIBOS_HEAP_RUNS_H

#include "mem/heap/heap.h"

#define RUN_PAGE 0x4000u
#define RUN_HEAD 64u
#define RUN_SMALL 2048u /* objects are at most so large */
#define RUN_CLASSES 24u

struct run {
    struct run *whole;   /* the run's first page */
    size_t pages;
    uint32_t object;     /* bytes of an object; 0: one large block */
    uint32_t used;       /* objects in use, for slab.c */
    void *free;          /* likewise: objects that are free, linked by their first word */
    struct run *next, *prev; /* of free runs, or for the heap */
};
_Static_assert(sizeof(struct run) <= RUN_HEAD, "RUN_HEAD");

static inline struct run *run_of(const void *block) { return (struct run *)(((uintptr_t)block - 1) & -(uintptr_t)RUN_PAGE); }

/* Pages, the first that fit; neighbours become one again. O(n) of n free runs. Serialised by the caller. */
struct run *run_take(size_t pages);
void run_give(struct run *run);

/* A large block in a run of its own. */
void *run_take_large(size_t bytes, size_t align);
size_t run_room(const void *block);

/* The class of a size up to RUN_SMALL and its bytes: 16 to 128 by 16, then four to each doubling: at most a fifth is wasted. */
static inline unsigned run_class(size_t bytes)
{
    if (bytes <= 128)
        return (unsigned)((bytes - 1) / 16);
    unsigned order = heap_order(bytes); /* 8: up to 256 */
    return 8 + (order - 8) * 4 + (unsigned)((bytes - 1) >> (order - 3)) - 4;
}
static inline size_t run_class_bytes(unsigned class)
{
    return class < 8 ? (class + 1) * 16u : (size_t)(5 + class % 4) << (5 + (class - 8) / 4);
}

/* The bytes to take so that an object has the alignment: those of a power of two lie at multiples of themselves. */
static inline size_t run_object_bytes(size_t bytes, size_t align)
{
    if (align <= HEAP_ALIGN)
        return bytes;
    return (size_t)1 << heap_order(bytes > align ? bytes : align);
}

/* Makes a run's page a list of free objects. Returns the first; *count is how many. */
void *run_carve(struct run *run, size_t object, uint32_t *count);

#endif
