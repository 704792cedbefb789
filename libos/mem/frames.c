// SPDX-License-Identifier: MIT
/*
 * frames.c: what the policies of frames.h share, and the simplest of them. Layer: libos/mem.
 */
#include "mem/frames.h"

#include <errno.h>

#include "exo_calls.h"

static uint64_t word_at(const struct frame_map *map, uint32_t index)
{
    return __atomic_load_n(&map->words[index], __ATOMIC_RELAXED);
}

/* The first frame from `from` on whose bit is `free`, or map->frames. */
static uint32_t find(const struct frame_map *map, uint32_t from, bool free)
{
    uint32_t words = (map->frames + 63) / 64;
    for (uint32_t index = from / 64; index < words; index++) {
        uint64_t bits = word_at(map, index) ^ (free ? 0 : ~0ull);
        if (index == from / 64)
            bits &= ~0ull << (from % 64);
        if (bits) {
            uint32_t frame = index * 64 + (uint32_t)__builtin_ctzll(bits);
            return frame < map->frames ? frame : map->frames;
        }
    }
    return map->frames;
}

bool frame_next_run(const struct frame_map *map, uint32_t from, uint32_t *first, uint32_t *length)
{
    while (from < map->frames) {
        *first = find(map, from, true);
        if (*first == map->frames)
            return false;
        *length = find(map, *first, false) - *first;
        if (*length > 0)
            return true;
        from = *first + 1; /* it was taken between the two looks */
    }
    return false;
}

static uint32_t pick_run(const struct frame_map *map, const struct frame_wish *wish, uint32_t *names)
{
    uint32_t first, length, align = wish->align ? wish->align : 1;
    for (uint32_t at = 0; frame_next_run(map, at, &first, &length); at = first + length) {
        uint32_t skip = -first & (align - 1);
        if (skip >= length || length - skip < wish->count)
            continue;
        for (uint32_t i = 0; i < wish->count; i++)
            names[i] = first + skip + i;
        return wish->count;
    }
    return 0;
}

static uint32_t pick_first(const struct frame_map *map, const struct frame_wish *wish, uint32_t *names)
{
    uint32_t first, length, count = 0;
    if (wish->run)
        return pick_run(map, wish, names);
    for (uint32_t at = 0; count < wish->count && frame_next_run(map, at, &first, &length); at = first + length)
        for (uint32_t i = 0; i < length && count < wish->count; i++)
            names[count++] = first + i;
    return count;
}

const struct frame_policy frame_policy_bitmap = {"bitmap", pick_first};

int64_t frame_take(const struct frame_policy *policy, const struct frame_map *map, const struct frame_wish *wish,
                   frame_ask_fn *ask, uint32_t *names)
{
    for (int tries = 0; tries < FRAME_TRIES; tries++) {
        if (policy->pick(map, wish, names) < wish->count)
            return -ENOMEM;
        int64_t result = ask(names, wish->count);
        if (result != -EXO_E_BUSY)
            return result;
    }
    return -EAGAIN;
}
