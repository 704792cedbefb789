/* SPDX-License-Identifier: MIT
 *
 * blocks.c: blocks of fixed sizes, the powers of two, with a list of free ones for each. Layer: libos/mem/heap.
 *
 * Taking and giving are O(1). A block keeps its size for ever: up to half of it is wasted, and what was given back serves only its
 * own size. Source: Kingsley's malloc of 4.2BSD (1982), as described by Wilson, Johnstone, Neely, Boles, "Dynamic Storage
 * Allocation: A Survey and Critical Review", IWMM 1995, §3.6 ("simple segregated storage").
 *
 *   | order:4 pad:4 back:8 | block ... |     back: bytes from the start of the block to what the program has
 */
#include "mem/heap/heap.h"

struct head {
    uint32_t order, pad;
    union {
        size_t back;
        struct head *next; /* while it is free; the head is at its start then */
    };
};

static struct head *free_of[48];
static char *at, *end;

static struct head *head_of(const void *block) { return (struct head *)block - 1; }

static struct head *carve(unsigned order)
{
    size_t bytes = (size_t)1 << order;
    if (bytes > (size_t)(end - at)) {
        size_t missing = heap_round(bytes - (size_t)(end - at), HEAP_MORE);
        char *more = heap_more(missing);
        if (!more)
            return NULL;
        at = at ? at : more;
        end = more + missing;
    }
    struct head *block = (struct head *)at;
    at += bytes;
    return block;
}

static void *take(size_t bytes, size_t align)
{
    size_t slack = align > HEAP_ALIGN ? align : 0;
    unsigned order = heap_order(bytes + sizeof(struct head) + slack);
    struct head *start = order < 48 ? free_of[order] : NULL;
    if (start)
        free_of[order] = start->next;
    else if (order >= 48 || !(start = carve(order)))
        return NULL;
    char *block = heap_align((char *)(start + 1), align);
    *head_of(block) = (struct head){.order = order, .back = (size_t)(block - (char *)start)};
    return block;
}

static void give(void *block)
{
    unsigned order = head_of(block)->order;
    struct head *start = (struct head *)((char *)block - head_of(block)->back);
    start->next = free_of[order];
    free_of[order] = start;
}

static size_t room(const void *block) { return ((size_t)1 << head_of(block)->order) - head_of(block)->back; }

const struct heap heap_blocks = {.name = "blocks", .take = take, .give = give, .room = room};
