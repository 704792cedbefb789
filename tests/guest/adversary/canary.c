/* SPDX-License-Identifier: MIT
 *
 * canary.c: see canary.h. A canary looks at its pages, its vector registers, its capabilities, its slice and its page-table
 * entries, over and over; and it lets frames go that held a secret, for attackers to look for it.
 */
#include "canary.h"

struct canary canaries[CANARIES_MAX];
uint32_t canary_count;

#define CANARY_VA PAGE(1024)

static volatile uint32_t secrets_wanted;

static void vectors_set(uint64_t seed)
{
    uint64_t pair[2] = {CANARY_SECRET, seed};
    __asm__ volatile("movdqu (%0), %%xmm0\n\tmovdqa %%xmm0, %%xmm1\n\tmovdqa %%xmm0, %%xmm7\n\tmovdqa %%xmm0, %%xmm15"
                     : : "r"(pair) : "memory");
}

static uint64_t vectors_differ(uint64_t seed)
{
    uint64_t got[8], bad = 0;
    __asm__ volatile("movdqu %%xmm0, (%0)\n\tmovdqu %%xmm1, 16(%0)\n\tmovdqu %%xmm7, 32(%0)\n\tmovdqu %%xmm15, 48(%0)"
                     : : "r"(got) : "memory");
    for (unsigned i = 0; i < 8; i += 2)
        bad += got[i] != CANARY_SECRET || got[i + 1] != seed;
    return bad;
}

static void pages_fill(uint64_t seed)
{
    for (unsigned page = 0; page < CANARY_PAGES; page++)
        for (unsigned i = 0; i < 512; i++)
            WORD(CANARY_VA + page * EXO_PAGE_BYTES + i * 8) = CANARY_SECRET ^ (seed + i * page);
}

static uint64_t pages_differ(uint64_t seed)
{
    uint64_t bad = 0;
    for (unsigned page = 0; page < CANARY_PAGES; page++)
        for (unsigned i = 0; i < 512; i++)
            bad += WORD(CANARY_VA + page * EXO_PAGE_BYTES + i * 8) != (CANARY_SECRET ^ (seed + i * page));
    return bad;
}

static uint64_t names_differ(const struct canary *c)
{
    const volatile struct exo_env_info *self = env_info(c->env);
    const volatile struct exo_slice *slice = slice_info(c->cpu, c->position);
    uint64_t bad = self->id != c->env || self->caps[2].bits != c->name.bits || self->caps[2].rights != c->name.rights;
    bad += self->caps[0].rights != 0 || self->caps[3].rights != 0;
    bad += slice->env != c->env || slice->act != 0 || slice->guard_bits != c->name.bits;
    for (unsigned i = 0; i < CANARY_PAGES; i++) {
        uint64_t entry = pte(CANARY_VA + i * EXO_PAGE_BYTES);
        bad += (entry & EXO_PTE_ADDR) >> EXO_PAGE_BITS != c->frame[i] || !(entry & EXO_PTE_W) || !(entry & EXO_PTE_NX);
        bad += FRAMES[c->frame[i]].maps != 1 || FRAMES[c->frame[i]].writes != 1 || FRAMES[c->frame[i]].pins;
        bad += FRAMES[c->frame[i]].guard_bits != c->name.bits || FRAMES[c->frame[i]].type != EXO_FRAME_USER;
    }
    return bad;
}

/* A frame with a secret becomes free. */
static uint64_t secret_drop(void)
{
    uint32_t frame = EXO_FRAME_ANY;
    uint64_t bad = exo_frame_alloc(2, &frame, 1, 0) != 0;
    bad += pt_one(0, EXO_PT_MAP, PAGE(1100), frame, 1, EXO_PROT_WRITE, 2) != 1;
    for (unsigned i = 0; i < 512 && !bad; i++)
        WORD(PAGE(1100) + i * 8) = CANARY_SECRET;
    bad += exo_frame_free(2, &frame, 1) != 1;
    return bad + (unmap(PAGE(1100)) != 1);
}

static void canary_main(void *arg)
{
    struct canary *c = arg;
    for (uint64_t seed = (uint64_t)c->name.bits; ; seed = seed * 6364136223846793005 + 1442695040888963407) {
        pages_fill(seed);
        vectors_set(seed);
        for (unsigned i = 0; i < 4; i++) {
            exo_wait(NULL, 0, now_ns() + MS / 4);
            events_take();
            c->sum += vectors_differ(seed);
            c->sum += pages_differ(seed);
            c->sum += names_differ(c);
            c->progress++;
        }
        c->dropping = 1;
        __atomic_thread_fence(__ATOMIC_SEQ_CST);
        if (secrets_wanted)
            c->sum += secret_drop();
        c->dropping = 0;
    }
}

static void canary_start(struct canary *c, uint32_t index)
{
    c->name = name(0xc8 + index, EXO_RIGHTS_ALL);
    c->cpu = index;
    uint32_t slot = hold(c->name);
    EQ(exo_quota_set(0, &c->name, EXO_QUOTA_FRAMES, 100), 0);
    EQ(exo_quota_set(0, &c->name, EXO_QUOTA_ENVS, 1), 0);
    EQ(exo_quota_set(0, &c->name, EXO_QUOTA_SLICES, 1), 0);
    EQ(exo_quota_set(0, &c->name, EXO_QUOTA_ACTS, 1), 0);
    int64_t env = child_make(slot, "canary");
    c->env = (env_id_t)env;
    EQ(exo_cap_give(0, c->env, slot, 2), 0);
    for (unsigned i = 0; i < CANARY_PAGES; i++) {
        c->frame[i] = frame_new_under(slot, EXO_FRAME_ZERO);
        EQ(pt_one(c->env, EXO_PT_MAP, CANARY_VA + i * EXO_PAGE_BYTES, c->frame[i], 1, EXO_PROT_WRITE, 2), 1);
    }
    EQ(child_act(c->env, canary_main, c), 0);
    int64_t position = exo_slice_alloc(slot, c->cpu, EXO_SLICE_ANY);
    CHECK(position > 0);
    c->position = (uint32_t)position;
    EQ(exo_slice_bind(0, c->cpu, c->position, c->env, 0), 0);
    EQ(exo_cap_drop(slot), 0);
}

void canaries_start(void)
{
    for (; canary_count < CANARIES_MAX && canary_count < INFO->cpus; canary_count++)
        canary_start(&canaries[canary_count], canary_count);
    children_keep();
    for (uint32_t i = 0; i < canary_count; i++)
        CHECK(await_more(&canaries[i].progress, 8));
}

void canaries_secrets(bool wanted)
{
    secrets_wanted = wanted;
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    for (uint32_t i = 0; !wanted && i < canary_count; i++)
        CHECK(await(&canaries[i].dropping, 0));
}

void canaries_progress(uint64_t progress[CANARIES_MAX])
{
    for (uint32_t i = 0; i < canary_count; i++)
        progress[i] = canaries[i].progress;
}

void canaries_check(const uint64_t progress[CANARIES_MAX])
{
    for (uint32_t i = 0; i < canary_count; i++) {
        CHECK(await_more(&canaries[i].progress, progress[i] + 4));
        EQ(canaries[i].sum, 0);
    }
}
