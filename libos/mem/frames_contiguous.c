// SPDX-License-Identifier: MIT
/*
 * frames_contiguous.c: the contiguous (best fit) policy of frames.h. Layer: libos/mem.
 */
#include "mem/frames.h"

/* The shortest run that holds count frames from a multiple of align on. Returns the first frame to take, or map->frames. */
static uint32_t best_fit(const struct frame_map *map, uint32_t count, uint32_t align)
{
    uint32_t first, length, best = map->frames, best_length = ~0u;
    for (uint32_t at = 0; frame_next_run(map, at, &first, &length); at = first + length) {
        uint32_t skip = -first & (align - 1);
        if (skip < length && length - skip >= count && length < best_length) {
            best = first + skip;
            best_length = length;
        }
    }
    return best;
}

/* The longest run. false: nothing is free. */
static bool longest(const struct frame_map *map, uint32_t below, uint32_t *first, uint32_t *length)
{
    uint32_t at_first, at_length;
    *length = 0;
    for (uint32_t at = 0; frame_next_run(map, at, &at_first, &at_length); at = at_first + at_length)
        if (at_length > *length && at_length < below) {
            *first = at_first;
            *length = at_length;
        }
    return *length > 0;
}

/* Pieces, the longest first. Runs of one length are taken together, in one walk. */
static uint32_t pick_pieces(const struct frame_map *map, uint32_t wanted, uint32_t *names)
{
    uint32_t first, length, size = ~0u, count = 0;
    while (count < wanted && longest(map, size, &first, &size))
        for (uint32_t at = 0; count < wanted && frame_next_run(map, at, &first, &length); at = first + length)
            for (uint32_t i = 0; length == size && i < length && count < wanted; i++)
                names[count++] = first + i;
    return count;
}

static uint32_t pick(const struct frame_map *map, const struct frame_wish *wish, uint32_t *names)
{
    uint32_t first = best_fit(map, wish->count, wish->run && wish->align ? wish->align : 1);
    if (first == map->frames)
        return wish->run ? 0 : pick_pieces(map, wish->count, names);
    for (uint32_t i = 0; i < wish->count; i++)
        names[i] = first + i;
    return wish->count;
}

const struct frame_policy frame_policy_contiguous = {"contiguous", pick};
