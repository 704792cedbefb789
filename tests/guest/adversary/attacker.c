/* SPDX-License-Identifier: MIT
 *
 * attacker.c: makes attackers and takes them apart again (attacker.h).
 */
#include "attacker.h"

#include "canary.h"
#include "suite.h"

extern char __executable_start[], etext[], end[];

enum { GIVE_UP_MS = 8000, LOST_MS = 500 };

static frame_t report_frame, readable_frame;

void attackers_prepare(void)
{
    report_frame = frame_new();
    readable_frame = frame_new();
    EQ(map(PAGE(0), readable_frame, EXO_PROT_WRITE), 1);
    for (unsigned i = 0; i < EXO_PAGE_BYTES / 8; i++)
        WORD(PAGE(0) + i * 8) = ~0ull;
    EQ(unmap(PAGE(0)), 1);
    EQ(map(REPORT_VA, report_frame, EXO_PROT_WRITE), 1);
}

/* A page of the suite's data as it is now, in a frame of the attacker's. */
static void copy_page(env_id_t env, uint32_t slot, uint64_t va)
{
    const volatile uint64_t *words = (const volatile uint64_t *)va;
    unsigned i = 0;
    while (i < 512 && !words[i])
        i++;
    if (i == 512) {
        EQ(pt_one(env, EXO_PT_FRESH, va, 0, 1, EXO_PROT_WRITE, 0), 1);
        return;
    }
    uint32_t frame = frame_new_under(slot, EXO_FRAME_AUTO);
    EQ(map(PAGE(0), frame, EXO_PROT_WRITE), 1);
    for (i = 0; i < 512; i++)
        WORD(PAGE(0) + i * 8) = words[i];
    EQ(pt_one(env, EXO_PT_MAP, va, frame, 1, EXO_PROT_WRITE, 0), 1);
    EQ(unmap(PAGE(0)), 1);
}

static void copy_image(env_id_t env, uint32_t slot)
{
    for (uint64_t va = (uint64_t)__executable_start; va < (uint64_t)end; va += EXO_PAGE_BYTES) {
        uint64_t entry = pte(va);
        frame_t frame = (frame_t)((entry & EXO_PTE_ADDR) >> EXO_PAGE_BITS);
        if (entry & EXO_PTE_W)
            copy_page(env, slot, va);
        else if (entry & EXO_PTE_P)
            EQ(pt_one(env, EXO_PT_MAP, va, frame, 1, va < (uint64_t)etext ? EXO_PROT_EXEC : 0, IMAGE_SLOT), 1);
    }
}

static void report_fill(void)
{
    const struct canary *c = &canaries[0];
    for (unsigned i = 0; i < EXO_PAGE_BYTES / 8; i++)
        WORD(REPORT_VA + i * 8) = 0;
    REPORT->victim = c->env;
    REPORT->victim_frame = c->frame[0];
    REPORT->victim_cpu = c->cpu;
    REPORT->victim_position = c->position;
    REPORT->victim_name = c->name;
    REPORT->readable = readable_frame;
}

/* Until the attacker's name is revoked. */
static void share(void)
{
    struct exo_cap reader = ATTACKER_NAME, writer = ATTACKER_NAME;
    reader.rights = EXO_RIGHT_READ;
    writer.rights = EXO_RIGHT_READ | EXO_RIGHT_WRITE;
    EQ(exo_frame_share(0, report_frame, 1, &writer), 0);
    EQ(exo_frame_share(0, readable_frame, 1, &reader), 0);
}

static void quotas(bool give)
{
    struct exo_cap prefix = ATTACKER_NAME;
    for (unsigned kind = 0; kind < EXO_QUOTA_KINDS; kind++) {
        uint64_t amount = kind == EXO_QUOTA_FRAMES ? QUOTA_FRAMES : kind == EXO_QUOTA_ENVS ? QUOTA_ENVS : QUOTA_OTHERS;
        if (kind == EXO_QUOTA_REVOCATIONS || kind == EXO_QUOTA_TRANSFERS)
            amount = QUOTA_FEW;
        EQ(exo_quota_set(0, &prefix, kind, give ? amount : 0), 0);
    }
}

env_id_t attacker_make(void (*fn)(void *), void (*second)(void *), uint64_t argument)
{
    struct exo_cap attacker = ATTACKER_NAME, image = SUITE_NAME;
    struct exo_act_spec spec, other;
    image.rights = EXO_RIGHT_READ | EXO_RIGHT_GRANT;
    report_fill();
    share();
    quotas(true);
    uint32_t slot = hold(attacker), reading = hold(image);
    struct exo_env_spec env_spec = {.name = "attacker", .act = act_here()->index};
    env_id_t env = (env_id_t)exo_env_create(slot, &env_spec);
    EQ(exo_cap_give(0, env, slot, 0), 0);
    EQ(exo_cap_give(0, env, reading, 1), 0);
    EQ(exo_cap_give(0, env, reading, IMAGE_SLOT), 0);
    child_spec(&spec, fn, (void *)argument);
    if (second)
        child_spec(&other, second, (void *)argument);
    struct failures *own = failures;
    failures = &REPORT->failures; /* in the copy */
    copy_image(env, slot);
    failures = own;
    EQ(pt_one(env, EXO_PT_MAP, REPORT_VA, report_frame, 1, EXO_PROT_WRITE, 0), 1);
    EQ(exo_act_create(0, env, &spec), 0);
    if (second)
        EQ(exo_act_create(0, env, &other), 1);
    exo_cap_drop(slot);
    exo_cap_drop(reading);
    return env;
}

void attacker_go(env_id_t env)
{
    uint32_t slot = hold((struct exo_cap)ATTACKER_NAME);
    uint32_t acts = env_info(env)->acts;
    for (uint32_t act = 0; act < acts; act++) {
        uint32_t cpu = act ? other_cpu() : 0;
        int64_t position = exo_slice_alloc(slot, cpu, EXO_SLICE_ANY);
        int64_t result = position < 0 ? position : exo_slice_bind(0, cpu, (uint32_t)position, env, act);
        CHECK(result == 0 || act); /* the first one runs by then, and may have used up the slices, or be gone */
    }
    exo_cap_drop(slot);
}

/* Everything guarded by the attacker's name or below it goes. */
static void take_away(void)
{
    struct exo_cap attacker = ATTACKER_NAME;
    const volatile struct exo_env_info *e;
    for (uint32_t i = 0; i < EXO_ENVS_MAX; i++)
        if ((e = &ENVS[i])->state == EXO_ENV_LIVE &&
            exo_cap_dominates(attacker.bits, attacker.len, e->guard_bits, e->guard_len))
            exo_env_destroy(0, e->id);
    for (uint32_t i = 0; i < EXO_ENVS_MAX; i++)
        if ((e = &ENVS[i])->state != EXO_ENV_FREE &&
            exo_cap_dominates(attacker.bits, attacker.len, e->guard_bits, e->guard_len))
            CHECK(await_gone(e->id));
    for (uint32_t i = 0; i < INFO->cpus * EXO_SLICES; i++)
        if (SLICES[i].allocated &&
            exo_cap_dominates(attacker.bits, attacker.len, SLICES[i].guard_bits, SLICES[i].guard_len))
            EQ(exo_slice_free(0, i / EXO_SLICES, i % EXO_SLICES), 0);
    for (frame_t frame = 0; frame < INFO->frames; frame++)
        if (FRAMES[frame].type == EXO_FRAME_USER &&
            exo_cap_dominates(attacker.bits, attacker.len, FRAMES[frame].guard_bits, FRAMES[frame].guard_len))
            EQ(exo_frame_free(0, &frame, 1), 1);
}

/* What devices were told to do goes on without who told them. */
static bool transfers_over(void)
{
    const volatile struct exo_quota *quota = quota_info(&(struct exo_cap)ATTACKER_NAME);
    uint64_t give_up = now_ns() + GIVE_UP_MS * MS;
    while (quota->used[EXO_QUOTA_TRANSFERS] && now_ns() < give_up)
        sleep_ns(MS / 4);
    return quota->used[EXO_QUOTA_TRANSFERS] == 0;
}

/* Afterwards nothing is charged to the attacker's quota, or else it cannot be taken back. */
void attacker_end(env_id_t env)
{
    struct exo_cap attacker = ATTACKER_NAME, below = ATTACKER_NAME;
    exo_env_destroy(0, env);
    CHECK(await_gone(env));
    CHECK(transfers_over());
    take_away();
    for (unsigned half = 0; half < 2; half++) { /* the sub-quotas, and revocations that it began */
        below.len = 9;
        below.bits = attacker.bits | (uint64_t)half << 55;
        CHECK(revoke(below));
    }
    quotas(false);
    CHECK(revoke(attacker));
    CHECK(quota_info(&attacker) == NULL);
    children_end();
}

static bool is_over(env_id_t env)
{
    const volatile struct exo_env_info *e = env_info(env);
    return REPORT->done || e->id != env || e->state != EXO_ENV_LIVE || e->act[0].state == EXO_ACT_STOPPED;
}

void attacker_failures(void)
{
    for (uint32_t i = 0; i < REPORT->failures.count && i < FAILURES_MAX; i++) {
        const struct failure *f = &REPORT->failures.entry[i];
        check_equal(f->numbers ? f->got : 0, f->numbers ? f->wanted : 1, f->what, f->file, f->line);
    }
}

void attacker_run(void (*fn)(void), enum outcome outcome)
{
    env_id_t env = attacker_make(attack_begin, NULL, (uint64_t)fn);
    if (outcome == STORMS) {
        EQ(exo_port_bind(0, env, COM1, 8), 0);
        EQ(exo_irq_bind(0, COM1_LINE, env, 0, &(struct exo_irq_spec){0}), 0);
    }
    attacker_go(env);
    uint64_t give_up = now_ns() + (outcome == EITHER ? LOST_MS : GIVE_UP_MS) * MS;
    while (!is_over(env) && now_ns() < give_up)
        sleep_ns(MS / 4);
    CHECK(REPORT->started);
    if (outcome != EITHER) {
        CHECK(is_over(env));
        EQ(REPORT->done, outcome == RETURNS || outcome == STORMS);
    }
    if (outcome != EITHER)
        attacker_failures();
    if (REPORT->skipped)
        say("  ... %s: skipped, the machine has no such device", suite_current->name);
    attacker_end(env);
}
