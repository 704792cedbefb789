/* SPDX-License-Identifier: MIT
 *
 * quotas.c: tests of quota_set and of what is charged.
 */
#include "runtime.h"
#include "tests.h"

enum { ALL = EXO_RIGHTS_ALL };

void test_quota_frames(void)
{
    struct exo_cap a = name(0x5a, ALL);
    uint32_t s = hold(a);
    uint64_t free_for_all = QUOTAS[0].limit[EXO_QUOTA_FRAMES];
    uint32_t list[5] = {EXO_FRAME_ANY, EXO_FRAME_ANY, EXO_FRAME_ANY, EXO_FRAME_ANY, EXO_FRAME_ANY};
    EQ(exo_quota_set(0, &a, EXO_QUOTA_FRAMES, 4), 0);
    EQ(QUOTAS[0].limit[EXO_QUOTA_FRAMES], free_for_all - 4);
    uint32_t before = INFO->free_frames;
    EQ(exo_frame_alloc(s, list, 5, 0), E(QUOTA));
    EQ(INFO->free_frames, before);
    EQ(exo_frame_alloc(s, list, 5, EXO_FRAME_RUN), E(QUOTA));
    EQ(exo_frame_alloc(s, list, 4, 0), 0);
    EQ(exo_frame_alloc(s, &list[4], 1, 0), E(QUOTA));
    CHECK(quota_info(&a) && quota_info(&a)->used[EXO_QUOTA_FRAMES] == 4);
    EQ(exo_quota_set(0, &a, EXO_QUOTA_FRAMES, 3), E(BUSY));
    EQ(exo_quota_set(0, &a, EXO_QUOTA_FRAMES, 0), E(BUSY));
    EQ(exo_quota_set(0, &a, EXO_QUOTA_FRAMES, 5), 0);
    EQ(exo_frame_alloc(s, &list[4], 1, 0), 0);
    EQ(exo_frame_free(s, list, 5), 5);
    EQ(exo_quota_set(0, &a, EXO_QUOTA_FRAMES, 0), 0);
    CHECK(quota_info(&a) == NULL);
    EQ(QUOTAS[0].limit[EXO_QUOTA_FRAMES], free_for_all);
}

void test_quota_rights(void)
{
    struct exo_cap a = name(0x5a, ALL), below = name_below(a, 1), root = {.rights = ALL};
    uint32_t s = hold(a), weak = hold(name(0x5a, ALL & ~EXO_RIGHT_CONTROL));
    EQ(exo_quota_set(s, &a, EXO_QUOTA_FRAMES, 10), E(RIGHTS));
    EQ(exo_quota_set(0, &root, EXO_QUOTA_FRAMES, 10), E(RIGHTS));
    EQ(exo_quota_set(s, &root, EXO_QUOTA_FRAMES, 10), E(RIGHTS));
    EQ(exo_quota_set(weak, &below, EXO_QUOTA_FRAMES, 10), E(RIGHTS));
    EQ(exo_quota_set(11, &below, EXO_QUOTA_FRAMES, 10), E(SLOT));
    EQ(exo_quota_set(0, &a, EXO_QUOTA_KINDS, 10), E(ARG));
    EQ(exo_quota_set(0, &a, 0xffffffff, 10), E(ARG));
    EQ(exo_quota_set(0, &a, EXO_QUOTA_FRAMES, ~0ull), E(QUOTA));
    EQ(exo_quota_set(0, &a, EXO_QUOTA_FRAMES, 1ull << 63), E(QUOTA));
    EQ(exo_quota_set(0, &a, EXO_QUOTA_FRAMES, QUOTAS[0].limit[0] - QUOTAS[0].used[0] + 1), E(QUOTA));
    CHECK(quota_info(&a) == NULL);
    EQ(exo_quota_set(0, &a, EXO_QUOTA_FRAMES, 0), 0);
}

void test_quota_carved(void)
{
    struct exo_cap a = name(0x5a, ALL), below = name_below(a, 1);
    uint32_t s = hold(a), s_below = hold(below);
    EQ(exo_quota_set(0, &a, EXO_QUOTA_FRAMES, 8), 0);
    EQ(exo_quota_set(s, &below, EXO_QUOTA_FRAMES, 4), E(QUOTA)); /* it may carve nothing out */
    EQ(exo_quota_set(0, &a, EXO_QUOTA_QUOTAS, 1), 0);
    EQ(exo_quota_set(s, &below, EXO_QUOTA_FRAMES, 9), E(QUOTA));
    EQ(exo_quota_set(s, &below, EXO_QUOTA_FRAMES, 6), 0);
    EQ(quota_info(&a)->limit[EXO_QUOTA_FRAMES], 2);
    uint32_t list[7];
    for (unsigned i = 0; i < 7; i++)
        list[i] = EXO_FRAME_ANY;
    EQ(exo_frame_alloc(s, list, 3, 0), E(QUOTA));
    EQ(exo_frame_alloc(s_below, list, 7, 0), E(QUOTA));
    EQ(exo_frame_alloc(s_below, list, 6, 0), 0);
    EQ(exo_quota_set(0, &a, EXO_QUOTA_FRAMES, 0), 0); /* what is left of it goes back, and the carved part stays */
    EQ(exo_frame_free(0, list, 6), 6);
    EQ(exo_quota_set(0, &a, EXO_QUOTA_QUOTAS, 0), E(BUSY));
    EQ(exo_quota_set(s, &below, EXO_QUOTA_FRAMES, 0), 0);
    EQ(exo_quota_set(0, &a, EXO_QUOTA_FRAMES, 0), 0);
    EQ(exo_quota_set(0, &a, EXO_QUOTA_QUOTAS, 0), 0);
    CHECK(quota_info(&a) == NULL && quota_info(&below) == NULL);
}

void test_quota_envs(void)
{
    struct exo_cap a = name(0x5a, ALL);
    uint32_t s = hold(a);
    struct exo_env_spec spec = {.name = "one"};
    EQ(exo_quota_set(0, &a, EXO_QUOTA_FRAMES, 100), 0);
    EQ(exo_env_create(s, &spec), E(QUOTA));
    EQ(exo_quota_set(0, &a, EXO_QUOTA_ENVS, 1), 0);
    int64_t env = exo_env_create(s, &spec);
    CHECK(env > 0);
    EQ(exo_env_create(s, &spec), E(QUOTA));
    EQ(quota_info(&a)->used[EXO_QUOTA_ENVS], 1);
    EQ(exo_env_destroy(s, (env_id_t)env), 0);
    CHECK(await_gone((env_id_t)env));
    EQ(quota_info(&a)->used[EXO_QUOTA_ENVS], 0);
    EQ(quota_info(&a)->used[EXO_QUOTA_FRAMES], 0);
    EQ(exo_quota_set(0, &a, EXO_QUOTA_FRAMES, 0), 0);
    EQ(exo_quota_set(0, &a, EXO_QUOTA_ENVS, 0), 0);
}

void test_quota_slices(void)
{
    struct exo_cap a = name(0x5a, ALL);
    uint32_t s = hold(a);
    EQ(exo_quota_set(0, &a, EXO_QUOTA_FRAMES, 1), 0);
    EQ(exo_slice_alloc(s, 0, EXO_SLICE_ANY), E(QUOTA));
    EQ(exo_quota_set(0, &a, EXO_QUOTA_SLICES, 1), 0);
    int64_t position = exo_slice_alloc(s, 0, EXO_SLICE_ANY);
    CHECK(position > 0);
    EQ(exo_slice_alloc(s, 0, EXO_SLICE_ANY), E(QUOTA));
    EQ(exo_quota_set(0, &a, EXO_QUOTA_SLICES, 0), E(BUSY));
    EQ(exo_slice_free(s, 0, (uint32_t)position), 0);
    EQ(exo_quota_set(0, &a, EXO_QUOTA_SLICES, 0), 0);
    EQ(exo_quota_set(0, &a, EXO_QUOTA_FRAMES, 0), 0);
}

/* Every step of making an environment fails once for want of a frame, and nothing is lost. */
void test_quota_each_frame(void)
{
    struct exo_cap a = name(0x5a, ALL);
    uint32_t s = hold(a);
    EQ(exo_quota_set(0, &a, EXO_QUOTA_ENVS, 1), 0);
    EQ(exo_quota_set(0, &a, EXO_QUOTA_ACTS, 1), 0);
    for (uint64_t frames = 1; frames < 64; frames++) {
        EQ(exo_quota_set(0, &a, EXO_QUOTA_FRAMES, frames), 0);
        struct exo_env_spec spec = {.name = "tight"};
        int64_t env = exo_env_create(s, &spec), act = 0, done = 0;
        if (env > 0) {
            struct exo_act_spec act_spec;
            child_spec(&act_spec, (void (*)(void *))park, NULL);
            act = exo_act_create(0, (env_id_t)env, &act_spec);
            EQ(exo_cap_give(0, (env_id_t)env, 1, CHILD_SLOT), 0);
            done = pt_one((env_id_t)env, EXO_PT_UNMAP, PAGE(0), 0, 1, 0, 0);
            EQ(done, 1);
            frame_t frame = frame_new();
            struct exo_cap suite = SUITE_NAME;
            suite.rights = EXO_RIGHT_READ;
            EQ(exo_frame_share(0, frame, 1, &suite), 0);
            done = pt_one((env_id_t)env, EXO_PT_MAP, PAGE(0), frame, 1, 0, CHILD_SLOT);
            EQ(exo_env_destroy(0, (env_id_t)env), 0);
            CHECK(await_gone((env_id_t)env));
            frame_put(frame);
        }
        CHECK(env > 0 || env == E(QUOTA));
        CHECK(act == 0 || act == E(QUOTA));
        CHECK(done == 0 || done == 1 || done == E(QUOTA));
        EQ(quota_info(&a)->used[EXO_QUOTA_FRAMES], 0);
        children_end();
        if (done == 1 && act == 0)
            break;
    }
    EQ(exo_quota_set(0, &a, EXO_QUOTA_FRAMES, 0), 0);
    EQ(exo_quota_set(0, &a, EXO_QUOTA_ENVS, 0), 0);
    EQ(exo_quota_set(0, &a, EXO_QUOTA_ACTS, 0), 0);
}

/* Activations, lines and port ranges are charged to the environment's own quota, also when somebody else grants them. */
void test_quota_bindings(void)
{
    static const uint32_t kinds[] = {EXO_QUOTA_ACTS, EXO_QUOTA_LINES, EXO_QUOTA_PORTS};
    struct exo_cap a = name(0x5a, ALL);
    uint32_t s = hold(a);
    EQ(exo_quota_set(0, &a, EXO_QUOTA_ENVS, 1), 0);
    EQ(exo_quota_set(0, &a, EXO_QUOTA_FRAMES, 100), 0);
    int64_t env = child_make(s, "bound");
    EQ(child_act((env_id_t)env, (void (*)(void *))park, NULL), E(QUOTA));
    EQ(exo_quota_set(0, &a, EXO_QUOTA_ACTS, 1), 0);
    EQ(child_act((env_id_t)env, (void (*)(void *))park, NULL), 0);
    EQ(child_act((env_id_t)env, (void (*)(void *))park, NULL), E(QUOTA));
    struct exo_irq_spec spec = {.flags = EXO_IRQ_MASKED};
    EQ(exo_irq_bind(0, 4, (env_id_t)env, 0, &spec), E(QUOTA));
    EQ(exo_port_bind(0, (env_id_t)env, 0x2000, 8), E(QUOTA));
    EQ(exo_quota_set(0, &a, EXO_QUOTA_LINES, 1), 0);
    EQ(exo_quota_set(0, &a, EXO_QUOTA_PORTS, 1), 0);
    EQ(exo_irq_bind(0, 4, (env_id_t)env, 0, &spec), 0);
    EQ(exo_port_bind(0, (env_id_t)env, 0x2000, 8), 0);
    EQ(exo_port_bind(0, (env_id_t)env, 0x2010, 8), E(QUOTA));
    for (unsigned i = 0; i < 3; i++)
        EQ(quota_info(&a)->used[kinds[i]], 1);
    EQ(exo_irq_bind(0, 4, EXO_ENV_NONE, 0, NULL), 0);
    EQ(quota_info(&a)->used[EXO_QUOTA_LINES], 0);
    EQ(exo_irq_bind(0, 4, (env_id_t)env, 0, &spec), 0);
    children_end();
    for (unsigned i = 0; i < 3; i++)
        EQ(quota_info(&a)->used[kinds[i]], 0);
    for (unsigned kind = 0; kind < EXO_QUOTA_KINDS; kind++)
        EQ(exo_quota_set(0, &a, kind, 0), 0);
    CHECK(quota_info(&a) == NULL);
}

void test_quota_revocations(void)
{
    struct exo_cap a = name(0x5a, ALL), first = name_below(a, 1), second = name_below(a, 2);
    uint32_t s = hold(a);
    EQ(exo_quota_set(0, &a, EXO_QUOTA_FRAMES, 1), 0);
    EQ(exo_cap_revoke(s, &first), E(QUOTA));
    EQ(exo_quota_set(0, &a, EXO_QUOTA_REVOCATIONS, 1), 0);
    EQ(exo_cap_revoke(s, &first), E(AGAIN));
    EQ(exo_cap_revoke(s, &second), E(QUOTA));
    EQ(quota_info(&a)->used[EXO_QUOTA_REVOCATIONS], 1);
    CHECK(revoke(first)); /* by somebody else: it was begun already */
    EQ(quota_info(&a)->used[EXO_QUOTA_REVOCATIONS], 0);
    EQ(exo_cap_revoke(s, &second), E(AGAIN));
    CHECK(revoke(a)); /* ends the one below it, too */
    CHECK(quota_info(&a) == NULL);
}

void test_quota_table_full(void)
{
    struct exo_cap prefix = {.len = 24, .rights = ALL};
    uint32_t made = 0;
    int64_t result = 0;
    for (; made < INFO->quotas + 1; made++) {
        prefix.bits = (0x5a0000ull + made) << 40;
        if ((result = exo_quota_set(0, &prefix, EXO_QUOTA_FRAMES, 1)))
            break;
    }
    EQ(result, E(QUOTA));
    EQ(made, INFO->quotas - 1);
    while (made--) {
        prefix.bits = (0x5a0000ull + made) << 40;
        EQ(exo_quota_set(0, &prefix, EXO_QUOTA_FRAMES, 0), 0);
    }
}
