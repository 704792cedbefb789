// SPDX-License-Identifier: MIT
/*
 * frames_buddy.c: the buddy policy of frames.h. Layer: libos/mem.
 *
 * The blocks of a buddy system (2^order frames, aligned to their size) follow from the bitmap: a run of free frames falls
 * into its largest aligned blocks in one way only. So nothing is kept that could grow stale: each pick walks the bitmap,
 * as a list of blocks, from the lowest frame to the highest.
 */
#include "mem/frames.h"

#define ORDERS 32

/* A walk over the blocks. */
struct blocks {
    const struct frame_map *map;
    uint32_t at, left; /* of the run that is being cut */
};

/* The next block: its first frame and order. false at the end. */
static bool next_block(struct blocks *blocks, uint32_t *first, unsigned *order)
{
    if (!blocks->left && !frame_next_run(blocks->map, blocks->at, &blocks->at, &blocks->left))
        return false;
    unsigned by_size = 31u - (unsigned)__builtin_clz(blocks->left);
    unsigned by_place = blocks->at ? (unsigned)__builtin_ctz(blocks->at) : ORDERS - 1;
    *first = blocks->at;
    *order = by_size < by_place ? by_size : by_place;
    blocks->at += 1u << *order;
    blocks->left -= 1u << *order;
    return true;
}

/* A run: the first of the smallest blocks that hold it. A block is aligned to its size, and that is at least align. */
static uint32_t pick_run(const struct frame_map *map, const struct frame_wish *wish, uint32_t *names)
{
    struct blocks blocks = {.map = map};
    uint32_t need = wish->count > wish->align ? wish->count : wish->align;
    uint32_t first, best = 0;
    unsigned order, best_order = ORDERS;
    while (next_block(&blocks, &first, &order))
        if (order < best_order && 1u << order >= need) {
            best = first;
            best_order = order;
        }
    if (best_order == ORDERS)
        return 0;
    for (uint32_t i = 0; i < wish->count; i++)
        names[i] = best + i;
    return wish->count;
}

/* Single frames: all of the small blocks, and what is then missing from the next larger ones. */
static uint32_t pick_singles(const struct frame_map *map, const struct frame_wish *wish, uint32_t *names)
{
    uint32_t room[ORDERS] = {0}, first, sum = 0, count = 0;
    unsigned order, last = 0;
    for (struct blocks blocks = {.map = map}; next_block(&blocks, &first, &order);)
        room[order] += 1u << order;
    while (last < ORDERS - 1 && sum + room[last] < wish->count)
        sum += room[last++];
    uint32_t rest = wish->count - sum; /* to come from blocks of order `last` */
    for (struct blocks blocks = {.map = map}; count < wish->count && next_block(&blocks, &first, &order);) {
        uint32_t part = order < last ? 1u << order : order > last ? 0 : 1u << order < rest ? 1u << order : rest;
        if (part > wish->count - count)
            part = wish->count - count;
        if (order == last)
            rest -= part;
        for (uint32_t i = 0; i < part; i++)
            names[count++] = first + i;
    }
    return count;
}

static uint32_t pick(const struct frame_map *map, const struct frame_wish *wish, uint32_t *names)
{
    return wish->run ? pick_run(map, wish, names) : pick_singles(map, wish, names);
}

const struct frame_policy frame_policy_buddy = {"buddy", pick};
