/* SPDX-License-Identifier: MIT
 *
 * bump.c: the next block lies behind the last one; when no block is left, all begins anew. Layer: libos/mem/heap.
 *
 * Taking and giving are O(1), a dozen instructions. What was given back is used again only when everything was: for programs
 * that allocate, compute and end, or work in rounds. Source: the oldest there is; as an "arena" in Hanson, "Fast Allocation and
 * Deallocation of Memory Based on Object Lifetimes", Software: Practice and Experience 20 (1990).
 *
 *   | bytes:8 pad:8 | block ... |
 */
#include "mem/heap/heap.h"

struct head {
    size_t bytes, pad;
};

static char *start, *at, *end;
static size_t live;

static struct head *head_of(const void *block) { return (struct head *)block - 1; }

static void *take(size_t bytes, size_t align)
{
    char *block = heap_align(at + sizeof(struct head), align);
    if (!start || bytes > (size_t)(end - at) || block > end - bytes) {
        char *more = heap_more(bytes + align + sizeof(struct head));
        if (!more)
            return NULL;
        start = start ? start : more;
        at = at ? at : more;
        end = more + heap_round(bytes + align + sizeof(struct head), HEAP_MORE);
        block = heap_align(at + sizeof(struct head), align);
    }
    head_of(block)->bytes = bytes;
    at = block + bytes;
    live++;
    return block;
}

static void give(void *block)
{
    (void)block;
    if (--live == 0)
        at = start;
}

static size_t room(const void *block) { return head_of(block)->bytes; }

const struct heap heap_bump = {.name = "bump", .take = take, .give = give, .room = room};
