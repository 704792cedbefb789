/* SPDX-License-Identifier: MIT
 *
 * budget.c: see budget.h. Layer: libos/mem. The free frames are the machine's or what the nearest quota leaves, whichever is
 * less; both are published, so asking needs no system call.
 */
#include "exo/general_regs.h"

#include "exo/exo.h"
#include "mem/budget.h"

#define RESERVE 32u        /* pages kept for faults on stacks, page tables, a death's report */
#define RESERVE_PROCESS 8u /* and for each other process */

static int64_t promised;
static uint32_t *published;

void budget_publish(uint32_t *word)
{
    published = word;
    budget_change(0);
}

void budget_change(int64_t pages)
{
    promised += pages;
    if (published)
        __atomic_store_n(published, promised > 0 ? (uint32_t)promised : 0, __ATOMIC_RELAXED);
}

static bool quota_covers(const volatile struct exo_quota *quota, const struct exo_cap *cap)
{
    return quota->used_entry && quota->len <= cap->len &&
           (quota->len == 0 || ((quota->bits ^ cap->bits) >> (64 - quota->len)) == 0);
}

/* Frames that the nearest quota over a capability leaves, and the machine has. */
static uint64_t frames_left(uint32_t slot)
{
    uint64_t left = exo_info()->free_frames, rest = left;
    int nearest = -1;
    struct exo_env_info self;
    exo_env_read((uint32_t)(exo_act()->env % EXO_ENVS_MAX), &self);
    for (uint32_t i = 0; i < exo_info()->quotas; i++) {
        const volatile struct exo_quota *quota = exo_quota_entry(i);
        if (quota->len <= nearest || !quota_covers(quota, &self.caps[slot]))
            continue;
        uint64_t used = quota->used[EXO_QUOTA_FRAMES], limit = quota->limit[EXO_QUOTA_FRAMES];
        rest = limit > used ? limit - used : 0;
        nearest = quota->len;
    }
    return rest < left ? rest : left;
}

bool budget_grants(uint32_t slot, uint64_t pages)
{
    uint32_t processes = 0;
    uint64_t others = budget_of_others(&processes);
    uint64_t wanted = pages + (promised > 0 ? (uint64_t)promised : 0) + others + RESERVE + RESERVE_PROCESS * processes;
    return wanted >= pages && wanted <= frames_left(slot);
}
