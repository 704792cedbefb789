/* SPDX-License-Identifier: MIT
 *
 * frames.h: which frames to ask for: policies that read the published bitmap of free frames and name some of them.
 *
 * Layer: libos/mem, below the virtual memory code. A policy decides names alone; the kernel decides whether one gets them
 * (exo_frame_alloc gives -EXO_E_BUSY when somebody was faster: then one picks again from a bitmap that has changed). So a
 * policy needs no state and no lock. A program chooses one with frame_policy_use(), or gives its own; without it the
 * kernel's EXO_FRAME_ANY is used, and no policy is linked.
 */
#ifndef LIBOS_FRAMES_H
#define LIBOS_FRAMES_H

#include <stdbool.h>
#include <stdint.h>

/* The published bitmap (EXO_PUB_FREE), or a test's: bit n % 64 of word n / 64 is set if frame n is free. It may change at
 * any time. */
struct frame_map {
    const uint64_t *words;
    uint32_t frames;
};

/* What is wanted. */
struct frame_wish {
    uint32_t count;
    uint32_t align; /* of the first of a run: a power of two; 0 or 1: any */
    bool run;       /* consecutive */
};

struct frame_policy {
    const char *name;
    /* Names up to wish->count free frames, each once. A run is whole or nothing: names[0] to names[count - 1] ascend by one.
     * Returns how many were named. */
    uint32_t (*pick)(const struct frame_map *map, const struct frame_wish *wish, uint32_t *names);
};

/* The first ones that are free. */
extern const struct frame_policy frame_policy_bitmap;
/* From the smallest aligned power-of-two block that will do, so that large aligned blocks stay whole (2 MiB pages). */
extern const struct frame_policy frame_policy_buddy;
/* From the shortest run of free frames that will do, in one piece if there is one: for DMA and cheap mapping. */
extern const struct frame_policy frame_policy_contiguous;
/* Of all page colours in turn, to begin with the one of which most are free, so that memory does not crowd in a few sets of
 * the cache. */
extern const struct frame_policy frame_policy_colour;

/* Picks with a policy and asks until the kernel gives what was named. `ask` is exo_frame_alloc without the slot: returns 0,
 * -EXO_E_BUSY, or another error. After FRAME_TRIES lost races, and when the policy has nothing, gives up. Returns 0,
 * -ENOMEM, -EAGAIN (races), or ask's error as it is. */
#define FRAME_TRIES 8
typedef int64_t frame_ask_fn(uint32_t *names, uint32_t count);
int64_t frame_take(const struct frame_policy *policy, const struct frame_map *map, const struct frame_wish *wish,
                   frame_ask_fn *ask, uint32_t *names);

/* From here on demand-zero memory of this process comes from frames that the policy names (frames_use.c). NULL: the
 * kernel's choice again. */
void frame_policy_use(const struct frame_policy *policy);

/* The next longest run of free frames at or after `from`: its first frame and length. false: none. */
bool frame_next_run(const struct frame_map *map, uint32_t from, uint32_t *first, uint32_t *length);

#endif
