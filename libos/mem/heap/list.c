/* SPDX-License-Identifier: MIT
 *
 * list.c: one list of free blocks in the order of their addresses; the first that fits is cut; neighbours become one again. Layer:
 * libos/mem/heap.
 *
 * Taking and giving are O(n) of n free blocks. Little is wasted, and the list grows long where sizes are mixed. Source: Knuth, The
 * Art of Computer Programming, vol 1 §2.5, algorithms A and B; Kernighan and Ritchie, The C Programming Language, §8.7.
 *
 *   used | bytes:8 pad:8 | block ... |      free | bytes:8 next:8 | ...      bytes: of all, the head too; at least 32
 */
#include "mem/heap/heap.h"

struct block {
    size_t bytes;
    struct block *next;
};
#define HEAD sizeof(struct block)
#define LEAST (2 * HEAD)

static struct block *first;

static void insert(struct block *block)
{
    struct block **link = &first, *before = NULL;
    for (; *link && *link < block; link = &(*link)->next)
        before = *link;
    block->next = *link;
    *link = block;
    if (block->next && (char *)block + block->bytes == (char *)block->next) {
        block->bytes += block->next->bytes;
        block->next = block->next->next;
    }
    if (before && (char *)before + before->bytes == (char *)block) {
        before->bytes += block->bytes;
        before->next = block->next;
    }
}

/* Where a block of this alignment would have its head in a free one: in front, or far enough from it for a free one to stay. */
static struct block *place(struct block *free, size_t align)
{
    char *at = heap_align((char *)free + HEAD, align);
    while (at - HEAD != (char *)free && at - HEAD < (char *)free + LEAST)
        at += align;
    return (struct block *)(at - HEAD);
}

static void *take(size_t bytes, size_t align)
{
    for (;;) {
        for (struct block **link = &first; *link; link = &(*link)->next) {
            struct block *free = *link, *block = place(free, align);
            size_t before = (size_t)((char *)block - (char *)free), needed = before + HEAD + bytes;
            if (needed < before || free->bytes < needed)
                continue;
            size_t rest = free->bytes - needed >= LEAST ? free->bytes - needed : 0;
            block->bytes = free->bytes - before - rest;
            struct block *next = free->next;
            if (rest) {
                struct block *tail = (struct block *)((char *)block + block->bytes);
                *tail = (struct block){.bytes = rest, .next = next};
                next = tail;
            }
            if (before)
                *free = (struct block){.bytes = before, .next = next};
            else
                *link = next;
            return block + 1;
        }
        size_t wanted = heap_round(bytes + align + 2 * LEAST, HEAP_MORE);
        struct block *more = heap_more(wanted);
        if (!more)
            return NULL;
        more->bytes = wanted;
        insert(more);
    }
}

static void give(void *block) { insert((struct block *)block - 1); }

static size_t room(const void *block) { return ((const struct block *)block - 1)->bytes - HEAD; }

const struct heap heap_list = {.name = "list", .take = take, .give = give, .room = room};
