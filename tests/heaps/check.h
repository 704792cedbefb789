/* SPDX-License-Identifier: MIT
 *
 * check.h: what every heap (libos/mem/heap/heap.h) must hold, tried at random: blocks lie at multiples of their alignment, do not
 * overlap, have room for what was asked, keep their contents, and can be had again after an exhaustion. Layer: tests, for the host
 * and the guest. A seed gives the same steps each time.
 *
 * Under ASan the contents of blocks are poisoned while nobody looks: a heap that touches a block in use is caught.
 */
#ifndef TESTS_HEAPS_CHECK_H
#define TESTS_HEAPS_CHECK_H

#include <stdio.h>
#include <string.h>

#include "mem/heap/heap.h"

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#define HEAP_HIDE(block, bytes) __asan_poison_memory_region((block), (bytes))
#define HEAP_SHOW(block, bytes) __asan_unpoison_memory_region((block), (bytes))
#else
#define HEAP_HIDE(block, bytes) ((void)0)
#define HEAP_SHOW(block, bytes) ((void)0)
#endif

#define HEAP_SLOTS 300

struct heap_checker {
    const struct heap *heap;
    uint64_t seed;
    unsigned failures, refused, taken;
    struct {
        unsigned char *block;
        size_t bytes;
        unsigned char mark;
    } slot[HEAP_SLOTS];
};

static inline void heap_fail(struct heap_checker *c, const char *what, size_t slot)
{
    if (c->failures++ < 10)
        printf("heap %s: %s (block %p, %zu bytes)\n", c->heap->name, what, (void *)c->slot[slot].block, c->slot[slot].bytes);
}

static inline uint32_t heap_random(struct heap_checker *c)
{
    c->seed = c->seed * 6364136223846793005u + 1442695040888963407u; /* Knuth's MMIX */
    return (uint32_t)(c->seed >> 33);
}

/* Mostly small, some large; a multiple of HEAP_ALIGN. */
static inline size_t heap_random_bytes(struct heap_checker *c)
{
    static const size_t most[] = {64, 64, 200, 200, 600, 3000, 20000, 100000};
    return heap_round(1 + heap_random(c) % most[heap_random(c) % 8], HEAP_ALIGN);
}

static inline void heap_fill(struct heap_checker *c, size_t i)
{
    c->slot[i].mark = (unsigned char)heap_random(c);
    memset(c->slot[i].block, c->slot[i].mark, c->slot[i].bytes);
    HEAP_HIDE(c->slot[i].block, c->slot[i].bytes);
}

/* Are the first bytes of a block what was put there? It can be touched afterwards. */
static inline void heap_look(struct heap_checker *c, size_t i, size_t bytes)
{
    HEAP_SHOW(c->slot[i].block, c->slot[i].bytes);
    for (size_t k = 0; k < bytes; k++)
        if (c->slot[i].block[k] != c->slot[i].mark) {
            heap_fail(c, "contents have changed", i);
            return;
        }
}

static inline void heap_accept(struct heap_checker *c, size_t i, void *block, size_t bytes, size_t align)
{
    c->slot[i].block = block;
    c->slot[i].bytes = bytes;
    c->taken++;
    HEAP_SHOW(block, bytes); /* a heap that is wrong may have given it twice */
    if ((uintptr_t)block % align)
        heap_fail(c, "not aligned", i);
    if (c->heap->room(block) < bytes)
        heap_fail(c, "too little room", i);
    for (size_t k = 0; k < HEAP_SLOTS; k++)
        if (k != i && c->slot[k].block && c->slot[k].block < c->slot[i].block + bytes &&
            c->slot[i].block < c->slot[k].block + c->slot[k].bytes)
            heap_fail(c, "overlaps another", i);
}

static inline void heap_give_slot(struct heap_checker *c, size_t i)
{
    heap_look(c, i, c->slot[i].bytes);
    c->heap->give(c->slot[i].block);
    c->slot[i].block = NULL;
}

static inline void heap_take_slot(struct heap_checker *c, size_t i, size_t bytes, size_t align)
{
    void *block = c->heap->take(bytes, align);
    if (!block) {
        c->refused++;
        return;
    }
    heap_accept(c, i, block, bytes, align);
    heap_fill(c, i);
}

/* As realloc does it (newlib-port/heap/malloc.c), or by the heap's own resize. */
static inline void heap_resize_slot(struct heap_checker *c, size_t i)
{
    size_t before = c->slot[i].bytes, bytes = heap_random_bytes(c), kept = before < bytes ? before : bytes;
    unsigned char mark = c->slot[i].mark;
    heap_look(c, i, before);
    void *old = c->slot[i].block, *block = c->heap->resize ? c->heap->resize(old, bytes) : c->heap->take(bytes, HEAP_ALIGN);
    if (!block) {
        c->refused++;
        HEAP_HIDE(old, before);
        return;
    }
    if (!c->heap->resize) {
        heap_accept(c, i, block, bytes, HEAP_ALIGN);
        memcpy(block, old, kept);
        c->heap->give(old);
    } else {
        c->slot[i].block = NULL;
        heap_accept(c, i, block, bytes, HEAP_ALIGN);
    }
    c->slot[i].mark = mark;
    heap_look(c, i, kept);
    heap_fill(c, i);
}

/* Gives everything back. */
static inline void heap_empty(struct heap_checker *c)
{
    for (size_t i = 0; i < HEAP_SLOTS; i++)
        if (c->slot[i].block)
            heap_give_slot(c, i);
}

static inline void heap_steps(struct heap_checker *c, unsigned steps)
{
    while (steps-- > 0) {
        size_t i = heap_random(c) % HEAP_SLOTS;
        unsigned what = heap_random(c) % 16;
        if (!c->slot[i].block)
            heap_take_slot(c, i, heap_random_bytes(c), what ? HEAP_ALIGN : (size_t)HEAP_ALIGN << heap_random(c) % 12);
        else if (what < 3)
            heap_resize_slot(c, i);
        else
            heap_give_slot(c, i);
    }
}

/* All of it, as often as asked. Returns how much was wrong. */
static inline unsigned heap_check(struct heap_checker *c, const struct heap *heap, uint64_t seed, unsigned steps)
{
    memset(c, 0, sizeof *c);
    c->heap = heap;
    c->seed = seed;
    for (int round = 0; round < 3; round++) {
        heap_steps(c, steps);
        heap_empty(c);
    }
    return c->failures;
}

#endif
