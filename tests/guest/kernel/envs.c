/* SPDX-License-Identifier: MIT
 *
 * envs.c: tests of env_create, env_destroy and act_create, and of tear-down.
 */
#include "runtime.h"
#include "tests.h"

enum { ALL = EXO_RIGHTS_ALL, RW = EXO_RIGHT_READ | EXO_RIGHT_WRITE };

void test_env_create(void)
{
    uint32_t a = hold(name(0x5a, ALL)), weak = hold(name(0x5a, RW));
    struct exo_env_spec spec = {.name = "abcdefghijklmno"};
    spec.name[15] = 'p'; /* no NUL */
    int64_t env = exo_env_create(a, &spec);
    if (!CHECK(env > 0))
        return;
    const volatile struct exo_env_info *info = env_info((env_id_t)env);
    EQ(info->id, env);
    EQ(info->state, EXO_ENV_LIVE);
    EQ(info->guard_len, 8);
    EQ(info->patron, act_here()->env);
    EQ(info->acts, 0);
    EQ(info->name[14], 'o');
    EQ(info->name[15], 0);
    EQ(FRAMES[info->pml4_frame].type, EXO_FRAME_TABLE);
    for (unsigned i = 0; i < EXO_CAP_SLOTS; i++)
        EQ(info->caps[i].rights, 0);
    EQ(exo_env_create(weak, &spec), E(RIGHTS));
    EQ(exo_env_create(9, &spec), E(SLOT));
    EQ(exo_env_create(EXO_CAP_NONE, &spec), E(SLOT));
    spec.act = EXO_ACTS_MAX;
    EQ(exo_env_create(a, &spec), E(ARG));
    spec.act = 0;
    spec.reserved = 1;
    EQ(exo_env_create(a, &spec), E(ARG));
    EQ(exo_env_destroy(weak, (env_id_t)env), E(RIGHTS));
    EQ(exo_env_destroy(9, (env_id_t)env), E(SLOT));
    EQ(exo_env_destroy(a, (env_id_t)env + (1 << EXO_ENV_BITS)), E(ENV));
    EQ(exo_env_destroy(a, EXO_ENV_NONE), E(ENV));
    EQ(exo_env_destroy(a, 0x3ff), E(ENV));
    uint32_t b = hold(name(0x5b, ALL));
    EQ(exo_env_destroy(b, (env_id_t)env), E(RIGHTS));
    EQ(exo_env_destroy(a, (env_id_t)env), 0);
    CHECK(await_gone((env_id_t)env));
    EQ(exo_env_destroy(a, (env_id_t)env), E(ENV));
    CHECK(events_take() & EXO_EVENT_CHILD);
}

void test_act_create_bad(void)
{
    uint32_t a = hold(name(0x5a, ALL)), weak = hold(name(0x5a, RW));
    int64_t env = child_make(a, "acts");
    struct exo_act_spec spec;
    child_spec(&spec, (void (*)(void *))park, NULL);
    EQ(exo_act_create(weak, (env_id_t)env, &spec), E(RIGHTS));
    EQ(exo_act_create(9, (env_id_t)env, &spec), E(SLOT));
    EQ(exo_act_create(a, (env_id_t)env + (1 << EXO_ENV_BITS), &spec), E(ENV));
    spec.slots = EXO_SLOTS_MIN - 1;
    EQ(exo_act_create(a, (env_id_t)env, &spec), E(ARG));
    spec.slots = EXO_SLOTS_MAX + 1;
    EQ(exo_act_create(a, (env_id_t)env, &spec), E(ARG));
    spec.slots = 0xffffffff;
    EQ(exo_act_create(a, (env_id_t)env, &spec), E(ARG));
    spec.slots = EXO_SLOTS_MIN;
    spec.reserved = 1;
    EQ(exo_act_create(a, (env_id_t)env, &spec), E(ARG));
    spec.reserved = 0;
    for (unsigned i = 0; i < EXO_ACTS_MAX; i++) {
        if (i == 3)
            spec.slots = EXO_SLOTS_MAX;
        EQ(exo_act_create(a, (env_id_t)env, &spec), i);
        EQ(env_info((env_id_t)env)->act[i].state, EXO_ACT_READY);
        spec.slots = EXO_SLOTS_MIN;
    }
    EQ(env_info((env_id_t)env)->acts, EXO_ACTS_MAX);
    EQ(exo_act_create(a, (env_id_t)env, &spec), E(LIMIT));
}

/* Self-destruction, and what the patron hears. */
static void die(void *arg)
{
    (void)arg;
    exo_env_destroy(0, 0);
    EQ(1, 0);
}

void test_env_destroy_self(void)
{
    events_take();
    int64_t env = child_run(die, NULL, 0);
    EQ(exo_wait(NULL, 0, now_ns() + 2000 * MS), EXO_WAIT_EVENT);
    EQ(events_take(), EXO_EVENT_CHILD);
    EQ(env_info((env_id_t)env)->state, EXO_ENV_FREE);
    if (INFO->cpus > 1) {
        env = child_run(die, NULL, 1);
        EQ(exo_wait(NULL, 0, now_ns() + 2000 * MS), EXO_WAIT_EVENT);
        EQ(events_take(), EXO_EVENT_CHILD);
    }
}

/* Ends environments that run, that wait, that are ready, on every CPU. */
static volatile uint32_t spinning;

static void spin(void *arg)
{
    (void)arg;
    __atomic_fetch_add(&spinning, 1, __ATOMIC_SEQ_CST);
    for (;;)
        __builtin_ia32_pause();
}

static void call_for_ever(void *arg)
{
    struct exo_term term = {.word = (uint64_t)&spinning, .value = ~0u, .width = 4};
    struct exo_pt_op op = {.va = PAGE(7), .count = 512 - 7, .op = EXO_PT_UNMAP};
    __atomic_fetch_add(&spinning, 1, __ATOMIC_SEQ_CST);
    for (;;) {
        exo_null();
        exo_wait(&term, 1, 0);
        exo_pt_update(0, 0, &op, 1);
        exo_doorbell(arg);
        exo_yield(0, EXO_ACT_ANY);
    }
}

void test_env_destroy_running(void)
{
    uint32_t before = INFO->free_frames;
    for (uint32_t cpu = 0; cpu < INFO->cpus; cpu++)
        for (unsigned k = 0; k < 2; k++) {
            spinning = 0;
            int64_t env = child_run(k ? call_for_ever : spin, (void *)&spinning, cpu);
            CHECK(await(&spinning, 1));
            sleep_ns(MS);
            EQ(exo_env_destroy(0, (env_id_t)env), 0);
            EQ(env_info((env_id_t)env)->act[0].state == EXO_ACT_RUNNING, false);
            CHECK(await_gone((env_id_t)env));
            children_end();
            EQ(INFO->free_frames, before);
        }
}

/* Tables of every shape are given back: large pages come and gone, soft bits, tables left empty. */
void test_env_teardown_tables(void)
{
    uint32_t before = INFO->free_frames;
    static const uint64_t far[] = {0x0, 0x1000, 0x40000000, 0x8000000000, 0x7e8000000000, 0x7efffffff000};
    struct exo_pt_op ops[] = {
        {.va = 0x200000000000, .count = 1, .op = EXO_PT_UNMAP, .soft = 2},
        {.va = 0x300000000000, .count = 1, .op = EXO_PT_UNMAP, .soft = 2, .prot = EXO_PROT_LARGE},
    };
    for (unsigned round = 0; round < 4; round++) {
        int64_t env = child_make(0, "shapes");
        struct exo_cap suite = SUITE_NAME;
        suite.rights = RW;
        frame_t frame = frame_new();
        EQ(exo_frame_share(0, frame, 1, &suite), 0);
        for (unsigned i = 0; i < sizeof far / sizeof far[0]; i++)
            EQ(pt_one((env_id_t)env, EXO_PT_MAP, far[i], frame, 1, EXO_PROT_WRITE, CHILD_SLOT), 1);
        if (round == 1) /* empty tables */
            for (unsigned i = 0; i < sizeof far / sizeof far[0]; i++)
                EQ(pt_one((env_id_t)env, EXO_PT_UNMAP, far[i], 0, 1, 0, 0), 1);
        if (round == 2) /* soft bits in a lowest table, and in one above it */
            for (unsigned i = 0; i < sizeof far / sizeof far[0]; i++) {
                ops[0].va = far[i];
                ops[1].va = (far[i] & ~0x1fffffull) ^ 0x200000;
                EQ(exo_pt_update((env_id_t)env, 0, &ops[0], 1), 1);
                EQ(exo_pt_update((env_id_t)env, 0, &ops[1], 1), 1);
            }
        if (round == 3) /* only the levels above stay: pruned by hand below */
            for (unsigned i = 0; i < sizeof far / sizeof far[0]; i++) {
                EQ(pt_one((env_id_t)env, EXO_PT_MAP, far[i] ^ 0x200000, frame, 1, 0, CHILD_SLOT), 1);
                EQ(pt_one((env_id_t)env, EXO_PT_UNMAP, far[i], 0, 1, 0, 0), 1);
                EQ(pt_one((env_id_t)env, EXO_PT_PRUNE, far[i], 0, 1, 0, 0), 1);
                EQ(pt_one((env_id_t)env, EXO_PT_UNMAP, far[i] ^ 0x200000, 0, 1, 0, 0), 1);
            }
        children_end();
        frame_put(frame);
        EQ(INFO->free_frames, before);
    }
}

/* The same where a large page was the only use of the tables above it. */
void test_env_teardown_large(void)
{
    uint32_t list[EXO_FRAMES_MAX], first = EXO_FRAME_ANY;
    for (frame_t at = 512; at + 512 < INFO->frames && first == EXO_FRAME_ANY; at += 512) {
        bool all = true;
        for (unsigned i = 0; i < 512; i++)
            all = all && FRAMES[at + i].type == EXO_FRAME_FREE;
        if (all)
            first = at;
    }
    if (!CHECK(first != EXO_FRAME_ANY))
        return;
    struct exo_cap suite = SUITE_NAME;
    suite.rights = RW;
    for (unsigned i = 0; i < 512; i += EXO_FRAMES_MAX) {
        list[0] = first + i;
        EQ(exo_frame_alloc(0, list, EXO_FRAMES_MAX, EXO_FRAME_RUN), 0);
    }
    EQ(exo_frame_share(0, first, 512, &suite), 0);
    uint32_t before = INFO->free_frames;
    for (unsigned round = 0; round < 3; round++) {
        int64_t env = child_make(0, "large");
        EQ(pt_one((env_id_t)env, EXO_PT_MAP, 0x210000000000, first, 1, EXO_PROT_LARGE | EXO_PROT_WRITE, CHILD_SLOT), 1);
        if (round)
            EQ(pt_one((env_id_t)env, EXO_PT_UNMAP, 0x210000000000, 0, 1, EXO_PROT_LARGE, 0), 1);
        if (round == 2)
            EQ(pt_one((env_id_t)env, EXO_PT_MAP, 0x210040000000, first, 1, EXO_PROT_LARGE, CHILD_SLOT), 1);
        children_end();
        EQ(FRAMES[first].maps, 0);
        EQ(INFO->free_frames, before);
    }
    for (unsigned i = 0; i < 512; i++)
        frame_put(first + i);
}

/* A child that makes children until its quota ends it all. */
static volatile int64_t bomb_result;
static volatile uint32_t bomb_made, bomb_done;

static void bomb(void *arg)
{
    (void)arg;
    struct exo_env_spec spec = {.name = "fragment"};
    struct exo_act_spec act = {.slots = 2};
    int64_t result;
    while ((result = exo_env_create(2, &spec)) > 0) {
        bomb_made++;
        exo_act_create(2, (env_id_t)result, &act);
    }
    bomb_result = result;
    bomb_done = 1;
    park();
}

void test_env_bomb(void)
{
    struct exo_cap a = name(0x5a, ALL);
    uint32_t s = hold(a);
    bomb_made = bomb_done = 0;
    EQ(exo_quota_set(0, &a, EXO_QUOTA_FRAMES, 1000), 0);
    EQ(exo_quota_set(0, &a, EXO_QUOTA_ENVS, 20), 0);
    EQ(exo_quota_set(0, &a, EXO_QUOTA_ACTS, 20), 0);
    int64_t env = child_make(s, "bomb");
    EQ(exo_cap_give(0, (env_id_t)env, s, 2), 0);
    EQ(child_act((env_id_t)env, bomb, NULL), 0);
    CHECK(child_slice((env_id_t)env, 0, 0) >= 0);
    CHECK(await(&bomb_done, 1));
    EQ(bomb_result, E(QUOTA));
    EQ(bomb_made, 19);
    for (unsigned i = 0; i < EXO_ENVS_MAX; i++)
        if (ENVS[i].state == EXO_ENV_LIVE && ENVS[i].patron == (env_id_t)env)
            EQ(exo_env_destroy(0, ENVS[i].id), 0);
    children_end();
    uint64_t give_up = now_ns() + 2000 * MS;
    while (quota_info(&a)->used[EXO_QUOTA_ENVS] && now_ns() < give_up)
        sleep_ns(MS);
    EQ(quota_info(&a)->used[EXO_QUOTA_FRAMES], 0);
    EQ(exo_quota_set(0, &a, EXO_QUOTA_FRAMES, 0), 0);
    EQ(exo_quota_set(0, &a, EXO_QUOTA_ENVS, 0), 0);
    EQ(exo_quota_set(0, &a, EXO_QUOTA_ACTS, 0), 0);
}

/* The table of environments is full. */
void test_env_limit(void)
{
    struct exo_cap a = name(0x5a, ALL);
    uint32_t s = hold(a), made = 0;
    struct exo_env_spec spec = {.name = "many"};
    int64_t env;
    for (unsigned i = 0; i < EXO_ENVS_MAX; i++)
        made += ENVS[i].state != EXO_ENV_FREE; /* the suite, its watch, bystanders */
    while ((env = exo_env_create(s, &spec)) > 0)
        made++;
    CHECK(env == E(QUOTA) || env == E(LIMIT));
    EQ(made, EXO_ENVS_MAX);
    for (unsigned i = 0; i < EXO_ENVS_MAX; i++)
        if (ENVS[i].state == EXO_ENV_LIVE && ENVS[i].guard_len == 8)
            EQ(exo_env_destroy(s, ENVS[i].id), 0);
    uint64_t give_up = now_ns() + 8000 * MS;
    for (unsigned i = 0; i < EXO_ENVS_MAX; i++)
        while (ENVS[i].state == EXO_ENV_ENDING && now_ns() < give_up)
            sleep_ns(MS);
}

/* Two activations of one environment, on two CPUs if there are. */
static volatile uint32_t pair_cpu[2], pair_index[2], pair_met;

static void pair(void *arg)
{
    uint64_t i = (uint64_t)arg;
    pair_index[i] = act_here()->index;
    pair_cpu[i] = act_here()->cpu;
    __atomic_fetch_add(&pair_met, 1, __ATOMIC_SEQ_CST);
    while (pair_met < 2)
        exo_wait(NULL, 0, now_ns() + MS / 4);
    __atomic_fetch_add(&pair_met, 1, __ATOMIC_SEQ_CST);
    park();
}

void test_act_second(void)
{
    uint32_t other = INFO->cpus - 1;
    pair_met = 0;
    int64_t env = child_make(0, "pair");
    for (uint64_t i = 0; i < 2; i++) {
        EQ(child_act((env_id_t)env, pair, (void *)i), i);
        CHECK(child_slice((env_id_t)env, (uint32_t)i, i ? other : 0) >= 0);
    }
    CHECK(await(&pair_met, 4));
    EQ(pair_index[0], 0);
    EQ(pair_index[1], 1);
    EQ(pair_cpu[0], 0);
    EQ(pair_cpu[1], other);
    EQ(env_info((env_id_t)env)->acts, 2);
}

/* Many environments that run, end and are made again, on all CPUs. */
static void short_life(void *arg)
{
    for (uint64_t n = (uint64_t)arg; n; n--)
        exo_yield(0, EXO_ACT_ANY);
}

void test_env_churn(void)
{
    uint32_t before = INFO->free_frames;
    for (unsigned round = 0; round < 6; round++) {
        env_id_t env[12];
        for (unsigned i = 0; i < 12; i++)
            env[i] = (env_id_t)child_run(short_life, (void *)(uint64_t)(i % 5), i % INFO->cpus);
        for (unsigned i = 0; i < 12; i++)
            CHECK(await_gone(env[i]));
        children_end();
        EQ(INFO->free_frames, before);
    }
}
