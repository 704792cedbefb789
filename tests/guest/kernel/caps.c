/* SPDX-License-Identifier: MIT
 *
 * caps.c: tests of cap_derive, cap_drop, cap_give and cap_revoke.
 */
#include "runtime.h"
#include "tests.h"

enum { ALL = EXO_RIGHTS_ALL, RW = EXO_RIGHT_READ | EXO_RIGHT_WRITE };

void test_cap_derive(void)
{
    struct exo_cap a = name(0x5a, ALL), b = name(0x5b, ALL), below = name_below(a, 0x11);
    uint32_t s = hold(a);
    EQ(exo_cap_derive(s, s + 1, &below), 0);
    const volatile struct exo_cap *shown = &env_info(act_here()->env)->caps[s + 1];
    EQ(shown->bits, below.bits);
    EQ(shown->len, 16);
    EQ(shown->rights, ALL);
    EQ(exo_cap_derive(s, s + 2, &b), E(RIGHTS));
    struct exo_cap root = {.rights = ALL};
    EQ(exo_cap_derive(s, s + 2, &root), E(RIGHTS));
    EQ(exo_cap_derive(s, s + 1, &below), E(BUSY));
    EQ(exo_cap_derive(s, s, &below), E(BUSY));
    EQ(exo_cap_derive(s + 5, s + 2, &below), E(SLOT));
    EQ(exo_cap_derive(EXO_CAP_SLOTS, s + 2, &below), E(SLOT));
    EQ(exo_cap_derive(EXO_CAP_NONE, s + 2, &below), E(SLOT));
    EQ(exo_cap_derive(s, EXO_CAP_SLOTS, &below), E(ARG));
    EQ(exo_cap_derive(s, 0x80000002, &below), E(ARG));
    /* 64 bits long, and the same name with fewer rights */
    struct exo_cap full = {.bits = a.bits | 1, .len = 64, .rights = ALL};
    EQ(exo_cap_derive(s, s + 2, &full), 0);
    a.rights = EXO_RIGHT_READ;
    EQ(exo_cap_derive(s, s + 3, &a), 0);
    /* neither more rights, nor anything without GRANT */
    struct exo_cap again = name(0x5a, EXO_RIGHT_READ);
    EQ(exo_cap_derive(s + 3, s + 4, &again), E(RIGHTS));
    struct exo_cap granting = name(0x5a, EXO_RIGHT_READ | EXO_RIGHT_GRANT);
    EQ(exo_cap_derive(s, s + 4, &granting), 0);
    EQ(exo_cap_derive(s + 4, s + 5, &below), E(RIGHTS));
    EQ(exo_cap_derive(s + 4, s + 5, &again), 0);
}

void test_cap_malformed(void)
{
    struct exo_cap bad[] = {
        {.bits = 0x5aull << 56 | 1, .len = 8, .rights = ALL}, {.bits = 1, .len = 0, .rights = ALL},
        {.bits = 0x5aull << 56, .len = 65, .rights = ALL},    {.bits = 0x5aull << 56, .len = 255, .rights = ALL},
        {.bits = 0x5aull << 56, .len = 8, .rights = 16},      {.bits = 0x5aull << 56, .len = 8, .rights = 0xff},
        {.bits = 0x5aull << 56, .len = 8, .rights = ALL, .reserved = {0, 0, 0, 0, 0, 1}},
    };
    frame_t frame = frame_new();
    for (unsigned i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        EQ(exo_cap_derive(0, 5, &bad[i]), E(ARG));
        EQ(exo_cap_revoke(0, &bad[i]), E(ARG));
        EQ(exo_quota_set(0, &bad[i], EXO_QUOTA_FRAMES, 1), E(ARG));
        EQ(exo_frame_share(0, frame, 1, &bad[i]), E(ARG));
    }
    struct exo_cap none = name(0x5a, 0);
    EQ(exo_cap_derive(0, 5, &none), E(ARG));
    frame_put(frame);
}

void test_cap_drop(void)
{
    uint32_t s = hold(name(0x5a, ALL));
    EQ(exo_cap_drop(s), 0);
    EQ(exo_cap_drop(s), E(SLOT));
    EQ(exo_cap_drop(EXO_CAP_SLOTS), E(SLOT));
    EQ(exo_cap_drop(EXO_CAP_NONE), E(SLOT));
    uint32_t frame = EXO_FRAME_ANY;
    EQ(exo_frame_alloc(s, &frame, 1, 0), E(SLOT));
}

void test_cap_give(void)
{
    uint32_t a = hold(name(0x5a, ALL)), weak = hold(name(0x5a, RW));
    int64_t env = child_make(a, "given");
    if (!CHECK(env > 0))
        return;
    EQ(exo_cap_give(0, (env_id_t)env, a, 3), 0);
    EQ(env_info((env_id_t)env)->caps[3].len, 8);
    EQ(exo_cap_give(a, (env_id_t)env, a, 4), 0);
    EQ(exo_cap_give(0, (env_id_t)env, a, 3), E(BUSY));
    EQ(exo_cap_give(0, (env_id_t)env, weak, 5), E(RIGHTS));
    EQ(exo_cap_give(weak, (env_id_t)env, a, 5), E(RIGHTS));
    EQ(exo_cap_give(0, (env_id_t)env, 9, 5), E(SLOT));
    EQ(exo_cap_give(9, (env_id_t)env, a, 5), E(SLOT));
    EQ(exo_cap_give(0, (env_id_t)env, a, EXO_CAP_SLOTS), E(SLOT));
    EQ(exo_cap_give(0, (env_id_t)env, EXO_CAP_NONE, 5), E(SLOT));
    EQ(exo_cap_give(0, (env_id_t)env + (1 << EXO_ENV_BITS), a, 5), E(ENV));
    EQ(exo_cap_give(0, 0x3ff, a, 5), E(ENV));
    EQ(exo_cap_give(0, EXO_ENV_NONE, a, 5), E(ENV));
    EQ(exo_cap_give(0, 0, a, 10), 0); /* oneself */
    children_end();
    EQ(exo_cap_give(0, (env_id_t)env, a, 5), E(ENV));
}

void test_cap_revoke_rights(void)
{
    struct exo_cap a = name(0x5a, ALL), other = name(0x5b, ALL), below = name_below(a, 1), root = {.rights = ALL};
    uint32_t s = hold(a), weak = hold(name(0x5a, RW | EXO_RIGHT_GRANT));
    EQ(exo_cap_revoke(s, &a), E(RIGHTS));
    EQ(exo_cap_revoke(0, &root), E(RIGHTS));
    EQ(exo_cap_revoke(s, &root), E(RIGHTS));
    EQ(exo_cap_revoke(s, &other), E(RIGHTS));
    EQ(exo_cap_revoke(weak, &below), E(RIGHTS));
    EQ(exo_cap_revoke(12, &below), E(SLOT));
    EQ(exo_cap_revoke(EXO_CAP_SLOTS, &below), E(SLOT));
}

void test_cap_revoke(void)
{
    struct exo_cap a = name(0x5a, ALL), below = name_below(a, 1);
    struct exo_cap above = {.bits = 0x58ull << 56, .len = 6, .rights = ALL};
    uint32_t s_above = hold(above), s = hold(a), s_below = hold(below), s_other = hold(name(0x5b, ALL));
    int64_t env = child_make(0, "revoked");
    EQ(exo_cap_give(0, (env_id_t)env, s_below, 2), 0);
    EQ(exo_cap_revoke(s_above, &a), E(AGAIN));
    EQ(exo_cap_derive(0, 12, &below), E(REVOKED)); /* unfinished */
    EQ(exo_cap_derive(0, 12, &a), E(REVOKED));
    CHECK(revoke(a));
    const volatile struct exo_env_info *self = env_info(act_here()->env);
    EQ(self->caps[s].rights, 0);
    EQ(self->caps[s_below].rights, 0);
    EQ(self->caps[s_above].rights, ALL);
    EQ(self->caps[s_other].rights, ALL);
    EQ(env_info((env_id_t)env)->caps[2].rights, 0);
    EQ(env_info((env_id_t)env)->caps[CHILD_SLOT].len, 8);
    EQ(exo_cap_derive(0, s_below, &below), 0); /* the name can be used again */
}

void test_cap_revoke_guards(void)
{
    struct exo_cap a = name(0x5a, ALL), below = name_below(a, 1);
    uint32_t s = hold(below);
    frame_t frame = frame_new_under(s, 0), shared = frame_new();
    EQ(exo_frame_share(0, shared, 1, &(struct exo_cap){.bits = below.bits, .len = 16, .rights = RW}), 0);
    int64_t position = exo_slice_alloc(s, 0, EXO_SLICE_ANY), env = child_make(s, "guarded");
    CHECK(position > 0 && env > 0);
    CHECK(revoke(a));
    EQ(FRAMES[frame].guard_len, 7);
    EQ(FRAMES[frame].guard_bits, 0x5aull << 56);
    EQ(FRAMES[frame].type, EXO_FRAME_USER);
    EQ(FRAMES[shared].acl[0].rights | FRAMES[shared].acl[1].rights, 0);
    EQ(slice_info(0, (uint32_t)position)->guard_len, 7);
    EQ(slice_info(0, (uint32_t)position)->allocated, 1);
    EQ(env_info((env_id_t)env)->guard_len, 7);
    EQ(exo_slice_free(0, 0, (uint32_t)position), 0);
    frame_put(frame);
    frame_put(shared);
}

/* Everything below the prefix is charged to a quota of the prefix; an environment lives on. */
void test_cap_revoke_quotas(void)
{
    struct exo_cap a = name(0x5a, ALL), below = name_below(a, 1);
    uint32_t s = hold(below);
    EQ(exo_quota_set(0, &a, EXO_QUOTA_FRAMES, 200), 0);
    EQ(exo_quota_set(0, &a, EXO_QUOTA_ENVS, 2), 0);
    EQ(exo_quota_set(0, &a, EXO_QUOTA_SLICES, 2), 0);
    EQ(exo_quota_set(0, &a, EXO_QUOTA_ACTS, 1), 0);
    frame_t frame = frame_new_under(s, 0);
    int64_t position = exo_slice_alloc(s, 0, EXO_SLICE_ANY), env = child_make(s, "charged");
    int64_t act = child_act((env_id_t)env, (void (*)(void *))park, NULL);
    CHECK(position > 0 && env > 0 && act == 0);
    CHECK(quota_info(&a) != NULL);
    CHECK(revoke(a));
    CHECK(quota_info(&a) == NULL);
    EQ(exo_slice_free(0, 0, (uint32_t)position), 0);
    frame_put(frame);
    children_end();
}

/* Mappings that only the revoked name justified go, in an environment that lives on. */
static volatile uint32_t reader_ready, reader_go, reader_faulted;

static void reader(void *arg)
{
    struct vcpu *v = vcpu();
    (void)WORD(arg);
    reader_ready = 1;
    while (!reader_go)
        exo_wait(NULL, 0, now_ns() + MS);
    reader_faulted = !TRY((void)WORD(arg)) && v->last.vector == VECTOR_PF;
    reader_ready = 2;
    park();
}

static void sweep_on(uint32_t cpu)
{
    struct exo_cap a = name(0x5a, ALL);
    uint32_t s = hold(a);
    frame_t frame = frame_new_under(s, EXO_FRAME_ZERO), kept = frame_new();
    struct exo_cap suite = SUITE_NAME;
    suite.rights = RW;
    EQ(exo_frame_share(0, kept, 1, &suite), 0);
    int64_t env = child_make(0, "swept");
    EQ(exo_cap_give(0, (env_id_t)env, s, 2), 0);
    EQ(pt_one((env_id_t)env, EXO_PT_MAP, PAGE(0), frame, 1, 0, 2), 1);
    EQ(pt_one((env_id_t)env, EXO_PT_MAP, PAGE(1), kept, 1, EXO_PROT_WRITE, CHILD_SLOT), 1);
    reader_ready = reader_go = reader_faulted = 0;
    EQ(child_act((env_id_t)env, reader, (void *)PAGE(0)), 0);
    CHECK(child_slice((env_id_t)env, 0, cpu) >= 0);
    CHECK(await(&reader_ready, 1));
    EQ(FRAMES[frame].maps, 1);
    CHECK(revoke(a));
    EQ(FRAMES[frame].maps, 0);
    EQ(FRAMES[kept].maps, 1);
    EQ(env_info((env_id_t)env)->sweeping, 0);
    reader_go = 1;
    CHECK(await(&reader_ready, 2));
    EQ(reader_faulted, 1);
    children_end();
    frame_put(frame);
    frame_put(kept);
}

void test_cap_revoke_sweeps(void)
{
    sweep_on(0);
    if (INFO->cpus > 1)
        sweep_on(1);
}

/* An environment that drops a capability loses what it justified, and nothing else: it goes on to run. */
static void dropper(void *arg)
{
    (void)arg;
    EQ(exo_cap_drop(2), 0);
    uint64_t give_up = now_ns() + 1000 * MS;
    while (env_info(act_here()->env)->sweeping && now_ns() < give_up)
        exo_wait(NULL, 0, now_ns() + MS);
    EQ(env_info(act_here()->env)->sweeping, 0);
    CHECK(!TRY((void)WORD(PAGE(0))));
    reader_ready = 1;
    park();
}

void test_cap_drop_sweeps(void)
{
    uint32_t s = hold(name(0x5a, ALL)), guard = hold(name(0x5b, ALL));
    frame_t frame = frame_new_under(s, EXO_FRAME_ZERO);
    reader_ready = 0;
    int64_t env = child_make(guard, "dropper"); /* it does not itself hold what guards it */
    EQ(exo_cap_give(0, (env_id_t)env, s, 2), 0);
    EQ(pt_one((env_id_t)env, EXO_PT_MAP, PAGE(0), frame, 1, 0, 2), 1);
    EQ(child_act((env_id_t)env, dropper, NULL), 0);
    CHECK(child_slice((env_id_t)env, 0, 0) >= 0);
    CHECK(await(&reader_ready, 1));
    EQ(env_info((env_id_t)env)->act[0].state, EXO_ACT_WAITING);
    EQ(FRAMES[frame].maps, 0);
    children_end();
    frame_put(frame);
}

/* What the last holder of a name left in free frames is not for the next holder of that name. */
void test_cap_name_reuse(void)
{
    struct exo_cap a = name(0x5a, ALL);
    uint32_t s = hold(a);
    frame_t frame = frame_new_under(s, EXO_FRAME_ZERO);
    EQ(map(PAGE(0), frame, EXO_PROT_WRITE), 1);
    WORD(PAGE(0)) = 0x5ec7e7;
    EQ(unmap(PAGE(0)), 1);
    frame_put(frame);
    CHECK(revoke(a));
    s = hold(a);
    uint32_t wanted = frame;
    EQ(exo_frame_alloc(s, &wanted, 1, 0), 0);
    EQ(map(PAGE(0), frame, 0), 1);
    EQ(WORD(PAGE(0)), 0);
    EQ(unmap(PAGE(0)), 1);
    frame_put(frame);
}

/* An environment that holds the capability in slot s, in its slot 2, and maps there the text screen, which is shared with
 * `who`. The caller sees to it that there is one. */
static env_id_t screen_child(uint32_t s, const struct exo_cap *who)
{
    EQ(exo_frame_share(0, INFO->text_frame, 1, who), 0);
    env_id_t env = (env_id_t)child_make(0, "screen");
    EQ(exo_cap_give(0, env, s, 2), 0);
    EQ(pt_one(env, EXO_PT_MAP, PAGE(0), INFO->text_frame, 1, EXO_PROT_WRITE, 2), 1);
    return env;
}

/* Nor is device memory that was shared with the last holder. */
void test_cap_device_reuse(void)
{
    struct exo_cap a = name(0x5a, ALL), who = name(0x5a, RW);
    uint32_t s = hold(a);
    if (!INFO->text_frame)
        return;
    env_id_t env = screen_child(s, &who);
    CHECK(revoke(a));
    s = hold(a);
    EQ(exo_cap_give(0, env, s, 2), 0);
    EQ(pt_one(env, EXO_PT_MAP, PAGE(0), INFO->text_frame, 1, EXO_PROT_WRITE, 2), E(RIGHTS));
}

/* Device memory that is not shared any more is taken from who maps it. */
void test_device_unshare(void)
{
    struct exo_cap a = name(0x5a, ALL), who = name(0x5a, RW);
    uint32_t s = hold(a);
    if (!INFO->text_frame)
        return;
    env_id_t env = screen_child(s, &who);
    reader_ready = reader_go = reader_faulted = 0;
    EQ(child_act(env, reader, (void *)PAGE(0)), 0);
    CHECK(child_slice(env, 0, 0) >= 0);
    CHECK(await(&reader_ready, 1));
    who.rights = 0;
    struct exo_cap other = name(0x5b, 0);
    unsigned calls = 0;
    EQ(exo_frame_share(0, INFO->text_frame, 1, &who), E(AGAIN));
    EQ(exo_frame_share(0, INFO->text_frame, 1, &other), E(AGAIN)); /* goes on with the one under way */
    int64_t result;
    while ((result = exo_frame_share(0, INFO->text_frame, 1, &who)) == E(AGAIN) && calls < EXO_ENVS_MAX)
        calls++;
    EQ(result, 0);
    CHECK(calls > 1); /* a few environments each */
    uint64_t give_up = now_ns() + 1000 * MS;
    while (env_info(env)->sweeping && now_ns() < give_up)
        sleep_ns(MS / 4);
    reader_go = 1;
    CHECK(await(&reader_ready, 2));
    EQ(reader_faulted, 1);
}

void test_cap_revoke_limit(void)
{
    struct exo_cap prefix[33];
    unsigned begun = 0;
    for (unsigned i = 0; i < 33; i++) {
        prefix[i] = name_below(name(0x5a, ALL), i + 1);
        int64_t result = exo_cap_revoke(0, &prefix[i]);
        if (result == E(QUOTA))
            break;
        EQ(result, E(AGAIN));
        begun++;
    }
    EQ(begun, 32);
    for (unsigned i = 0; i < begun; i++)
        CHECK(revoke(prefix[i]));
}
