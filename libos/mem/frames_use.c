// SPDX-License-Identifier: MIT
/*
 * frames_use.c: puts a policy of frames.h to work: demand-zero memory takes the frames that it names. Layer: libos/mem.
 *
 * pages_frames_take replaces the weak one of pages.c in programs that link this file, by naming frame_policy_use. It is
 * called under vm_lock. When the policy loses too many races the kernel chooses.
 */
#include "exo/exo.h"
#include "mem/frames.h"
#include "mem/pages.h"

static const struct frame_policy *chosen;

void frame_policy_use(const struct frame_policy *policy) { __atomic_store_n(&chosen, policy, __ATOMIC_RELEASE); }

static int64_t ask(uint32_t *names, uint32_t count)
{
    return exo_frame_alloc(0, names, count, EXO_FRAME_ZERO | EXO_FRAME_AUTO);
}

int pages_frames_take(uint32_t *frames, uint32_t count)
{
    const struct frame_policy *policy = __atomic_load_n(&chosen, __ATOMIC_ACQUIRE);
    struct frame_map map = {(const uint64_t *)EXO_PUB_FREE, exo_info()->frames};
    struct frame_wish wish = {.count = count};
    if (policy && frame_take(policy, &map, &wish, ask, frames) == 0)
        return 0;
    for (uint32_t i = 0; i < count; i++)
        frames[i] = EXO_FRAME_ANY;
    int64_t result = ask(frames, count);
    return result < 0 ? (int)exo_errno(result) : 0;
}
