/* SPDX-License-Identifier: MIT
 *
 * heap.h: heap allocators: what is behind malloc is a small table of functions. Layer: libos/mem/heap, public, above vm.
 *
 * A program that says nothing has newlib's malloc and links nothing of this. It chooses another one
 *
 *   when it is linked    exon-cc app.c -lheap-buddy
 *   when it is started   exon-run --heap slab app, or EXON_HEAP=slab app, of a program linked with -lheap
 *   by a call            heap_set(&heap_slab) before its first allocation, linked with -lheap
 *   in its source        const struct heap *const heap_default = &mine; linked with -lheap
 *
 * newlib-port/heap/malloc.c turns malloc and its family into calls of the table: it rounds sizes up, serialises (unless the heap is
 * `concurrent`), keeps signals away, and does realloc by moving what does not fit. Memory comes from heap_more.
 */
#ifndef LIBOS_HEAP_H
#define LIBOS_HEAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct heap {
    const char *name;
    /* A block of at least `bytes`, a multiple of HEAP_ALIGN and not 0, at a multiple of `align`, a power of two and at least
     * HEAP_ALIGN. NULL: there is no memory. */
    void *(*take)(size_t bytes, size_t align);
    void (*give)(void *block);
    /* How many bytes a block has room for. */
    size_t (*room)(const void *block);
    /* Changes the size of a block, which may move. NULL result: it cannot be had, the block is as it was. May be NULL. */
    void *(*resize)(void *block, size_t bytes);
    /* May be called by several threads at once. */
    bool concurrent;
};
#define HEAP_ALIGN 16u
#define HEAP_MOST ((size_t)1 << 46) /* no block is larger */

/* What the program starts with: newlib's, unless it defines this itself or is linked with -lheap-NAME. */
extern const struct heap *const heap_default;

/* What it has; and choosing another one. Returns 0, or -EBUSY: something was allocated already. */
const struct heap *heap_now(void);
int heap_set(const struct heap *heap);

/* The library's, each in a file of its own, which says how it works. NULL ends the list. */
extern const struct heap heap_newlib, heap_bump, heap_list, heap_blocks, heap_buddy, heap_slab, heap_classes;
extern const struct heap *const heaps[];

/* The one of that name, or NULL. */
const struct heap *heap_find(const char *name);

/* Over newlib's: writes what is asked of it to the file that EXON_HEAP_TRACE names, when the program exits (record.c). */
extern const struct heap heap_record;

/* ---- For heaps ---- */

/* More memory, zeroed, directly behind what it returned before; bytes is rounded up to HEAP_MORE, to a multiple of which the first
 * is aligned. Calls are serialised by the caller. NULL: there is none. */
void *heap_more(size_t bytes);
#define HEAP_MORE 0x10000u

/* Bytes that the program's heap has had from the system: heap_more and sbrk. And how many of them are in pages that are there:
 * memory that was never touched costs nothing. */
size_t heap_footprint(void);
size_t heap_resident(void);

static inline size_t heap_round(size_t value, size_t align) { return (value + align - 1) & -align; }
static inline char *heap_align(char *address, size_t align) { return (char *)heap_round((uintptr_t)address, align); }

/* The base-2 logarithm of bytes, rounded up. */
static inline unsigned heap_order(size_t bytes) { return bytes > 1 ? 64u - (unsigned)__builtin_clzll(bytes - 1) : 0; }

/* A thread ends: what the heap keeps for it is given back. Called by the scheduler, if it is linked. */
void heap_thread_exit(void);

#endif
