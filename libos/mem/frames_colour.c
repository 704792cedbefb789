// SPDX-License-Identifier: MIT
/*
 * frames_colour.c: the page-colouring policy of frames.h. Layer: libos/mem.
 *
 * The colour of a frame is its number modulo COLOURS: frames of one colour compete for the same sets of a cache that is
 * indexed by physical address (Kessler and Hill, ACM TOCS 1992). 64 colours suit caches with up to 256 KiB a way, and make
 * a colour one bit of every word of the bitmap.
 */
#include "mem/frames.h"

#define COLOURS 64

/* Free frames of each colour. Returns the colour with the most: the one that was given out least. */
static uint32_t count_colours(const struct frame_map *map, uint32_t left[COLOURS])
{
    uint32_t first, length, most = 0;
    for (uint32_t at = 0; frame_next_run(map, at, &first, &length); at = first + length)
        for (uint32_t i = 0; i < length; i++)
            left[(first + i) % COLOURS]++;
    for (uint32_t colour = 1; colour < COLOURS; colour++)
        if (left[colour] > left[most])
            most = colour;
    return most;
}

/* The first free frame from `from` on that has its colour, or map->frames. */
static uint32_t next_of_colour(const struct frame_map *map, uint32_t from)
{
    for (; from < map->frames; from += COLOURS)
        if (__atomic_load_n(&map->words[from / 64], __ATOMIC_RELAXED) >> from % 64 & 1)
            return from;
    return map->frames;
}

/* Round after round, one frame of each colour that has any left. */
static uint32_t pick_singles(const struct frame_map *map, const struct frame_wish *wish, uint32_t *names)
{
    uint32_t left[COLOURS] = {0}, next[COLOURS], count = 0, start = count_colours(map, left), had;
    for (uint32_t colour = 0; colour < COLOURS; colour++)
        next[colour] = colour;
    do {
        had = count;
        for (uint32_t i = 0; i < COLOURS && count < wish->count; i++) {
            uint32_t *at = &next[(start + i) % COLOURS], frame = next_of_colour(map, *at);
            *at = frame < map->frames ? frame + COLOURS : map->frames;
            if (frame < map->frames)
                names[count++] = frame;
        }
    } while (count < wish->count && count > had);
    return count;
}

/* A run has all colours in turn, wherever it begins. */
static uint32_t pick(const struct frame_map *map, const struct frame_wish *wish, uint32_t *names)
{
    return wish->run ? frame_policy_bitmap.pick(map, wish, names) : pick_singles(map, wish, names);
}

const struct frame_policy frame_policy_colour = {"colour", pick};
