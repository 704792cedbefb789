/* SPDX-License-Identifier: MIT
 *
 * buddy.c: blocks of powers of two that are halved and, with their buddy, become one again. Layer: libos/mem/heap.
 *
 * A block of 2^k bytes lies at a multiple of 2^k from the base; its buddy's offset differs in bit k alone. Taking and giving are
 * O(log n) of n bytes; up to half of a block is wasted, but what is free comes together. Source: Knowlton, "A Fast Storage
 * Allocator", CACM 8 (1965); Knuth, The Art of Computer Programming, vol 1 §2.5, algorithms R and S.
 *
 *   | order:4 free:4 back:8 | next:8 prev:8 (free) or block ... |
 *   back: of a block with a larger alignment a second head stands before it: bytes from there to the first one
 */
#include "mem/heap/heap.h"

struct head {
    uint32_t order, free;
    size_t back;
    struct head *next, *prev;
};
#define HEAD offsetof(struct head, next)
enum { LEAST = 5, ORDERS = 48 }; /* 32 bytes: a head and two links */

static struct head *free_of[ORDERS];
static char *base;
static size_t top; /* bytes from the base that there are */

static void add(struct head *block, unsigned order)
{
    *block = (struct head){.order = order, .free = 1, .next = free_of[order]};
    if (block->next)
        block->next->prev = block;
    free_of[order] = block;
}

static void drop(struct head *block)
{
    if (block->prev)
        block->prev->next = block->next;
    else
        free_of[block->order] = block->next;
    if (block->next)
        block->next->prev = block->prev;
    block->free = 0;
}

/* Gives a block back, together with its buddy, and that one's, as long as they are whole and free. */
static void merge(struct head *block, unsigned order)
{
    for (; order + 1 < ORDERS; order++) {
        size_t offset = (size_t)((char *)block - base), other = offset ^ (size_t)1 << order;
        struct head *buddy = (struct head *)(base + other);
        if (other + ((size_t)1 << order) > top || !buddy->free || buddy->order != order)
            break;
        drop(buddy);
        block = buddy < block ? buddy : block;
    }
    add(block, order);
}

/* Appends blocks, each as large as its place allows, until there is one of at least this order. */
static bool grow(unsigned order)
{
    order = order > heap_order(HEAP_MORE) ? order : heap_order(HEAP_MORE);
    for (;;) {
        unsigned fits = top ? (unsigned)__builtin_ctzll(top) : order, next = fits < order ? fits : order;
        char *more = heap_more((size_t)1 << next);
        if (!more)
            return false;
        base = base ? base : more;
        top += (size_t)1 << next;
        merge((struct head *)more, next);
        if (next == order)
            return true;
    }
}

static struct head *find(unsigned order)
{
    unsigned from = order;
    while (from < ORDERS && !free_of[from])
        from++;
    if (from == ORDERS)
        return order < ORDERS && grow(order) ? find(order) : NULL;
    struct head *block = free_of[from];
    drop(block);
    while (from > order) {
        from--;
        add((struct head *)((char *)block + ((size_t)1 << from)), from);
    }
    block->order = order;
    block->back = 0;
    return block;
}

static void *take(size_t bytes, size_t align)
{
    unsigned order = heap_order(bytes + HEAD + (align > HEAP_ALIGN ? align : 0));
    struct head *start = find(order > LEAST ? order : LEAST);
    if (!start)
        return NULL;
    char *block = heap_align((char *)start + HEAD, align);
    struct head *head = (struct head *)(block - HEAD);
    head->back = (size_t)((char *)head - (char *)start);
    return block;
}

static struct head *start_of(const void *block)
{
    struct head *head = (struct head *)((char *)block - HEAD);
    return (struct head *)((char *)head - head->back);
}

static void give(void *block)
{
    struct head *start = start_of(block);
    merge(start, start->order);
}

static size_t room(const void *block)
{
    struct head *start = start_of(block);
    return ((size_t)1 << start->order) - (size_t)((const char *)block - (char *)start);
}

const struct heap heap_buddy = {.name = "buddy", .take = take, .give = give, .room = room};
