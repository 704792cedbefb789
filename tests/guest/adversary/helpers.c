/* SPDX-License-Identifier: MIT
 *
 * helpers.c: what attackers do in common (attacker.h).
 */
#include "attacker.h"

extern char __executable_start[], end[];

void attack_begin(void *attack)
{
    REPORT->started = 1;
    ((void (*)(void))attack)();
    REPORT->done = 1;
    park();
}

uint64_t random_next(uint64_t *state)
{
    *state ^= *state >> 12;
    *state ^= *state << 25;
    *state ^= *state >> 27;
    return *state * 2685821657736338717ull;
}

frame_t frame_own(void)
{
    return frame_new_under(0, EXO_FRAME_ZERO);
}

bool meet(volatile uint64_t *word, uint64_t value)
{
    uint64_t give_up = now_ns() + 10000 * MS;
    while (*word != value && now_ns() < give_up)
        exo_yield(0, EXO_ACT_ANY);
    return *word == value;
}

uint64_t victim_ns(void)
{
    return env_info(REPORT->victim)->act[0].run_ns;
}

bool victim_ran(uint64_t before)
{
    return await_more(&env_info(REPORT->victim)->act[0].run_ns, before);
}

static void slice_for(env_id_t env, uint32_t act)
{
    int64_t position = exo_slice_alloc(0, other_cpu(), EXO_SLICE_ANY);
    CHECK(position > 0);
    EQ(exo_slice_bind(0, other_cpu(), (uint32_t)position, env, act), 0);
}

uint32_t accomplice(void (*fn)(void *), uint64_t argument)
{
    int64_t act = child_act(0, fn, (void *)argument);
    CHECK(act > 0);
    slice_for(0, (uint32_t)act);
    return (uint32_t)act;
}

env_id_t spawn(void (*fn)(void *), uint64_t argument)
{
    struct exo_env_spec spec = {.name = "accomplice", .act = act_here()->index};
    int64_t env = exo_env_create(0, &spec);
    if (env < 0)
        return 0;
    EQ(exo_cap_give(0, (env_id_t)env, 0, 0), 0);
    EQ(exo_cap_give(0, (env_id_t)env, 1, 1), 0);
    EQ(exo_cap_give(0, (env_id_t)env, 1, IMAGE_SLOT), 0);
    for (uint64_t va = (uint64_t)__executable_start; va < (uint64_t)end; va += EXO_PAGE_BYTES) {
        uint64_t entry = pte(va);
        frame_t frame = (frame_t)((entry & EXO_PTE_ADDR) >> EXO_PAGE_BITS);
        unsigned prot = entry & EXO_PTE_W ? EXO_PROT_WRITE : entry & EXO_PTE_NX ? 0 : EXO_PROT_EXEC;
        if (entry & EXO_PTE_P)
            EQ(pt_one((env_id_t)env, EXO_PT_MAP, va, frame, 1, prot, entry & EXO_PTE_W ? 0 : IMAGE_SLOT), 1);
    }
    frame_t report = (frame_t)((pte(REPORT_VA) & EXO_PTE_ADDR) >> EXO_PAGE_BITS);
    EQ(pt_one((env_id_t)env, EXO_PT_MAP, REPORT_VA, report, 1, EXO_PROT_WRITE, 0), 1);
    if (fn) {
        EQ(child_act((env_id_t)env, fn, (void *)argument), 0);
        slice_for((env_id_t)env, 0);
    }
    return (env_id_t)env;
}
