/* SPDX-License-Identifier: MIT
 *
 * random.c: tests of random_fill, the first call whose work a device does by DMA: what may be written, pins, and frames that
 * are freed, taken or lose their owner while the device writes. A machine without the device only gets NODEV.
 */
#include "runtime.h"
#include "tests.h"

enum { ALL = EXO_RIGHTS_ALL, RW = EXO_RIGHT_READ | EXO_RIGHT_WRITE, STATUS = 4092 };

static volatile uint32_t *status_at(uint64_t page)
{
    return (volatile uint32_t *)(page + STATUS);
}

static bool have_device(void)
{
    frame_t frame = frame_new();
    int64_t result = exo_random_fill(0, frame, 0, 8, STATUS);
    uint64_t give_up = now_ns() + 10000 * MS;
    while (FRAMES[frame].pins && now_ns() < give_up)
        sleep_ns(MS / 4);
    EQ(FRAMES[frame].pins, 0);
    frame_put(frame);
    CHECK(result == 0 || result == E(NODEV));
    return result == 0;
}

static bool await_unpinned(frame_t frame)
{
    uint64_t give_up = now_ns() + 10000 * MS;
    while (FRAMES[frame].pins && now_ns() < give_up)
        sleep_ns(MS / 4);
    return FRAMES[frame].pins == 0;
}

/* Waits for the result at the end of a mapped page. */
static uint32_t await_result(uint64_t page)
{
    struct exo_term term = {.word = page + STATUS, .op = EXO_TERM_NE, .width = 4};
    uint64_t give_up = now_ns() + 10000 * MS;
    while (!*status_at(page) && now_ns() < give_up) {
        events_take();
        exo_wait(&term, 1, give_up);
    }
    return *status_at(page);
}

void test_random_fill(void)
{
    if (!have_device())
        return;
    frame_t frame = frame_new();
    EQ(map(PAGE(0), frame, EXO_PROT_WRITE), 1);
    for (unsigned i = 0; i < 4096; i += 8)
        WORD(PAGE(0) + i) = 0;
    uint64_t last = 0;
    for (unsigned round = 0; round < 20; round++) {
        *status_at(PAGE(0)) = 0;
        EQ(exo_random_fill(0, frame, 64, 32, STATUS), 0);
        uint32_t n = await_result(PAGE(0));
        CHECK(n > 0 && n <= 32);
        CHECK(n < 8 || WORD(PAGE(0) + 64) != last);
        last = WORD(PAGE(0) + 64);
        EQ(WORD(PAGE(0) + 56), 0);
        EQ(WORD(PAGE(0) + 96), 0);
        EQ(FRAMES[frame].pins, 0);
        EQ(FRAMES[frame].type, EXO_FRAME_USER);
    }
    EQ(unmap(PAGE(0)), 1);
    frame_put(frame);
}

void test_random_rights(void)
{
    uint32_t s = hold(name(0x5a, ALL)), reads = hold(name(0x5a, ALL & ~EXO_RIGHT_WRITE)), other = hold(name(0x5b, ALL));
    struct exo_cap who = name(0x5b, EXO_RIGHT_READ);
    frame_t frame = frame_new_under(s, EXO_FRAME_ZERO);
    EQ(exo_random_fill(reads, frame, 0, 8, STATUS), E(RIGHTS));
    EQ(exo_random_fill(other, frame, 0, 8, STATUS), E(RIGHTS));
    EQ(exo_random_fill(12, frame, 0, 8, STATUS), E(SLOT));
    EQ(exo_frame_share(s, frame, 1, &who), 0); /* who may read a frame can not have a device write it */
    EQ(exo_random_fill(other, frame, 0, 8, STATUS), E(RIGHTS));
    who.rights = RW;
    EQ(exo_frame_share(s, frame, 1, &who), 0);
    bool there = have_device();
    EQ(exo_random_fill(other, frame, 0, 8, STATUS), there ? 0 : E(NODEV));
    CHECK(await_unpinned(frame));
    frame_put(frame);
}

void test_random_bad(void)
{
    frame_t frame = frame_new();
    const uint32_t bad[][3] = {{0, 0, STATUS},    {0, 4097, STATUS}, {4096, 1, 0},        {4095, 2, 0},
                               {~0u, 2, 0},       {0, ~0u, STATUS},  {0, 8, 4096},        {0, 8, ~3u},
                               {0, 8, STATUS + 1}, {0, 8, 4},         {0, 4096, STATUS},
                               {STATUS, 4, STATUS}, {STATUS - 1, 2, STATUS}};
    for (unsigned i = 0; i < sizeof bad / sizeof bad[0]; i++)
        EQ(exo_random_fill(0, frame, bad[i][0], bad[i][1], bad[i][2]), E(ARG));
    const uint32_t frames[] = {INFO->frames, ~0u, 0, env_info(act_here()->env)->pml4_frame};
    for (unsigned i = 0; i < 4; i++)
        EQ(exo_random_fill(0, frames[i], 0, 8, STATUS), E(FRAME));
    frame_put(frame);
    EQ(exo_random_fill(0, frame, 0, 8, STATUS), E(FRAME)); /* free now */
}

/* Transfers are charged to the caller's environment, and given back. */
static volatile uint32_t filler_done;
static volatile int64_t filler_result[3];

static void filler(void *arg)
{
    uint32_t frame = (uint32_t)(uint64_t)arg;
    filler_result[0] = exo_random_fill(2, frame, 0, 8, STATUS);
    filler_done = 1;
    park();
}

static void fill_by_child(uint32_t guard_slot, uint32_t frame_slot, frame_t frame, env_id_t *env)
{
    filler_done = 0;
    *env = (env_id_t)child_make(guard_slot, "filler");
    EQ(exo_cap_give(0, *env, frame_slot, 2), 0);
    EQ(child_act(*env, filler, (void *)(uint64_t)frame), 0);
    CHECK(child_slice(*env, 0, INFO->cpus - 1) >= 0);
    CHECK(await(&filler_done, 1));
}

void test_random_quota(void)
{
    if (!have_device())
        return;
    struct exo_cap a = name(0x5a, ALL);
    uint32_t s = hold(a);
    env_id_t env;
    const uint32_t kinds[] = {EXO_QUOTA_FRAMES, EXO_QUOTA_ENVS, EXO_QUOTA_ACTS};
    for (unsigned i = 0; i < 3; i++)
        EQ(exo_quota_set(0, &a, kinds[i], 100), 0);
    frame_t frame = frame_new_under(s, 0);
    fill_by_child(s, s, frame, &env);
    EQ(filler_result[0], E(QUOTA));
    EQ(FRAMES[frame].pins, 0);
    children_end();
    EQ(exo_quota_set(0, &a, EXO_QUOTA_TRANSFERS, 1), 0);
    fill_by_child(s, s, frame, &env);
    EQ(filler_result[0], 0);
    CHECK(await_unpinned(frame));
    EQ(quota_info(&a)->used[EXO_QUOTA_TRANSFERS], 0);
    children_end();
    frame_put(frame);
    for (unsigned kind = 0; kind < EXO_QUOTA_KINDS; kind++)
        EQ(exo_quota_set(0, &a, kind, 0), 0);
}

/* Frees frames at once after the request, many times: some are caught while the device has them. A frame that is free again
 * is never pinned, and what is given out anew is not written any more. */
void test_random_freed(void)
{
    if (!have_device())
        return;
    unsigned caught = 0;
    for (unsigned round = 0; round < 50; round++) {
        frame_t frame = frame_new();
        int64_t result;
        while ((result = exo_random_fill(0, frame, 0, 4000, STATUS)) == E(LIMIT))
            sleep_ns(MS / 4);
        EQ(result, 0);
        frame_put(frame);
        uint8_t type = FRAMES[frame].type;
        uint32_t again = frame;
        if (type == EXO_FRAME_DYING) {
            caught++;
            int64_t taken = exo_frame_alloc(0, &again, 1, 0);
            CHECK(taken == E(BUSY) || taken == 0);
            if (taken == 0)
                frame_put(again);
        }
        CHECK(await_unpinned(frame));
        EQ(FRAMES[frame].type, EXO_FRAME_FREE);
    }
    say("frames freed while the device had them: %u of 50", (uint64_t)caught);
}

/* Taken by force during a transfer. */
void test_random_taken(void)
{
    if (!have_device())
        return;
    uint32_t s = hold(name(0x5a, ALL));
    for (unsigned round = 0; round < 10; round++) {
        frame_t frame = frame_new_under(s, EXO_FRAME_ZERO);
        uint64_t as_name = frame;
        env_id_t env = (env_id_t)child_make(0, "taken");
        EQ(exo_cap_give(0, env, s, 2), 0);
        EQ(pt_one(env, EXO_PT_MAP, PAGE(0), frame, 1, EXO_PROT_WRITE, 2), 1);
        EQ(exo_revoke_ask(0, env, EXO_REVOKE_FRAMES, 1, 0), 0);
        EQ(exo_random_fill(0, frame, 0, 4000, STATUS), 0);
        EQ(exo_revoke_take(0, env, EXO_REVOKE_FRAMES, &as_name, 1), 1);
        EQ(exo_random_fill(0, frame, 0, 8, STATUS), E(FRAME));
        uint64_t give_up = now_ns() + 10000 * MS;
        while (FRAMES[frame].type != EXO_FRAME_FREE && now_ns() < give_up)
            sleep_ns(MS / 4);
        EQ(FRAMES[frame].type, EXO_FRAME_FREE);
        EQ(FRAMES[frame].pins, 0);
        children_end();
    }
}

/* The owner ends with transfers under way; its frames and its quota come back when the device is done. */
void test_random_owner_dies(void)
{
    if (!have_device())
        return;
    uint32_t s = hold(name(0x5a, ALL));
    for (unsigned round = 0; round < 10; round++) {
        env_id_t env;
        frame_t frame = frame_new_under(s, EXO_FRAME_AUTO);
        EQ(map(PAGE(0), frame, 0), 1);
        fill_by_child(0, s, frame, &env);
        EQ(filler_result[0], 0);
        EQ(exo_env_destroy(0, env), 0);
        EQ(unmap(PAGE(0)), 1); /* frees it, but for the pin */
        CHECK(await_gone(env));
        CHECK(await_unpinned(frame));
        EQ(FRAMES[frame].type, EXO_FRAME_FREE);
        EQ(QUOTAS[0].used[EXO_QUOTA_TRANSFERS], 0);
        children_end();
    }
}

/* The name under which it was begun is revoked: the frame passes on, pinned; the revocation ends when the transfer has. */
void test_random_revoked(void)
{
    if (!have_device())
        return;
    struct exo_cap a = name(0x5a, ALL);
    for (unsigned round = 0; round < 5; round++) {
        uint32_t s = hold(a);
        env_id_t env;
        const uint32_t kinds[] = {EXO_QUOTA_FRAMES, EXO_QUOTA_ENVS, EXO_QUOTA_ACTS, EXO_QUOTA_TRANSFERS};
        for (unsigned i = 0; i < 4; i++)
            EQ(exo_quota_set(0, &a, kinds[i], 60), 0);
        frame_t frame = frame_new_under(s, EXO_FRAME_ZERO);
        fill_by_child(s, s, frame, &env);
        EQ(filler_result[0], 0);
        CHECK(revoke(a));
        CHECK(quota_info(&a) == NULL);
        CHECK(await_unpinned(frame));
        EQ(FRAMES[frame].guard_len, 7);
        frame_put(frame);
        children_end();
    }
}
