/* SPDX-License-Identifier: MIT
 *
 * frames.c: tests of frame_alloc, frame_free, frame_share and frame_guard.
 */
#include "runtime.h"
#include "tests.h"

enum { ALL = EXO_RIGHTS_ALL, RW = EXO_RIGHT_READ | EXO_RIGHT_WRITE };

static frame_t find_type(unsigned type)
{
    for (uint32_t i = 0; i < INFO->frames; i++)
        if (FRAMES[i].type == type)
            return i;
    return EXO_FRAME_ANY;
}

static uint32_t frames_of_type(unsigned type)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < INFO->frames; i++)
        count += FRAMES[i].type == type;
    return count;
}

/* The frame that holds the suite's own page-table root. */
static frame_t own_pml4(void)
{
    return env_info(act_here()->env)->pml4_frame;
}

static bool bitmap_free(frame_t frame)
{
    return WORD(EXO_PUB_FREE + frame / 64 * 8) >> frame % 64 & 1;
}

void test_frame_alloc(void)
{
    uint32_t before = INFO->free_frames, list[EXO_FRAMES_MAX];
    for (unsigned i = 0; i < EXO_FRAMES_MAX; i++)
        list[i] = EXO_FRAME_ANY;
    EQ(exo_frame_alloc(0, list, EXO_FRAMES_MAX, 0), 0);
    EQ(INFO->free_frames, before - EXO_FRAMES_MAX);
    for (unsigned i = 0; i < EXO_FRAMES_MAX; i++) {
        CHECK(list[i] < INFO->frames && FRAMES[list[i]].type == EXO_FRAME_USER && FRAMES[list[i]].guard_len == 0);
        CHECK(!bitmap_free(list[i]));
    }
    uint32_t one = list[7], pair[2] = {EXO_FRAME_ANY, list[7]};
    EQ(exo_frame_alloc(0, &one, 1, 0), E(BUSY));
    EQ(exo_frame_alloc(0, pair, 2, 0), E(BUSY)); /* all or none */
    EQ(INFO->free_frames, before - EXO_FRAMES_MAX);
    EQ(exo_frame_free(0, list, EXO_FRAMES_MAX), EXO_FRAMES_MAX);
    CHECK(bitmap_free(one));
    EQ(exo_frame_alloc(0, &one, 1, 0), 0); /* by name */
    EQ(one, list[7]);
    frame_put(one);
    uint32_t twice[2] = {one, one};
    EQ(exo_frame_alloc(0, twice, 2, 0), E(BUSY));
    EQ(INFO->free_frames, before);
}

void test_frame_alloc_bad(void)
{
    uint32_t list[EXO_FRAMES_MAX + 1] = {EXO_FRAME_ANY};
    EQ(exo_frame_alloc(0, list, 0, 0), E(ARG));
    EQ(exo_frame_alloc(0, list, EXO_FRAMES_MAX + 1, 0), E(ARG));
    EQ(exo_frame_alloc(0, list, 0xffffffff, 0), E(ARG));
    EQ(exo_frame_alloc(0, list, 1, 8), E(ARG));
    EQ(exo_frame_alloc(0, list, 1, 0x80000000), E(ARG));
    EQ(exo_frame_alloc(9, list, 1, 0), E(SLOT));
    EQ(exo_frame_alloc(EXO_CAP_SLOTS, list, 1, 0), E(SLOT));
    uint32_t reader = hold(name(0x5a, ALL & ~EXO_RIGHT_WRITE));
    EQ(exo_frame_alloc(reader, list, 1, 0), E(RIGHTS));
    const uint32_t bad[] = {INFO->frames, 0xfffffffe, 0x80000000, find_type(EXO_FRAME_RESERVED)};
    for (unsigned i = 0; i < 4; i++) {
        list[0] = bad[i];
        EQ(exo_frame_alloc(0, list, 1, 0), E(FRAME));
    }
    const uint32_t busy[] = {own_pml4(), find_type(EXO_FRAME_PINNED), find_type(EXO_FRAME_KERNEL)};
    for (unsigned i = 0; i < 3; i++) {
        list[0] = busy[i];
        EQ(exo_frame_alloc(0, list, 1, 0), E(BUSY));
        EQ(exo_frame_free(0, list, 1), E(FRAME));
    }
}

/* Nothing of the kernel's is taken for a hole: its image and published tables are its own, and to nobody else. */
void test_frame_kernel(void)
{
    uint32_t count = 0, list[1];
    for (frame_t frame = 0; frame < INFO->frames; frame++) {
        if (FRAMES[frame].type != EXO_FRAME_KERNEL)
            continue;
        list[0] = frame;
        count += map(PAGE(0), frame, 0) == E(FRAME) && map(PAGE(0), frame, EXO_PROT_WRITE) == E(FRAME) &&
                 exo_frame_alloc(0, list, 1, 0) == E(BUSY) && exo_frame_free(0, list, 1) == E(FRAME) &&
                 exo_frame_guard(0, 0, frame, 1) == E(FRAME) &&
                 exo_frame_share(0, frame, 1, &(struct exo_cap){.len = 0, .rights = RW}) == E(FRAME);
    }
    CHECK(count > INFO->frames * sizeof(struct exo_frame) / EXO_PAGE_BYTES); /* the frame table alone */
    EQ(count, frames_of_type(EXO_FRAME_KERNEL));
}

void test_frame_run(void)
{
    uint32_t list[8] = {EXO_FRAME_ANY};
    EQ(exo_frame_alloc(0, list, 8, EXO_FRAME_RUN | EXO_FRAME_ZERO), 0);
    for (unsigned i = 1; i < 8; i++)
        EQ(list[i], list[0] + i);
    uint32_t again[8] = {list[0]};
    EQ(exo_frame_alloc(0, again, 8, EXO_FRAME_RUN), E(BUSY));
    EQ(exo_frame_free(0, &list[7], 1), 1);
    EQ(exo_frame_alloc(0, again, 8, EXO_FRAME_RUN), E(BUSY));
    EQ(exo_frame_free(0, list, 7), 7);
    EQ(exo_frame_alloc(0, again, 8, EXO_FRAME_RUN), 0);
    EQ(again[7], list[7]);
    EQ(exo_frame_free(0, again, 8), 8);
    const uint32_t bad[] = {INFO->frames, INFO->frames - 3, 0xfffffffe, 0xfffffff8};
    for (unsigned i = 0; i < 4; i++) {
        again[0] = bad[i];
        EQ(exo_frame_alloc(0, again, 8, EXO_FRAME_RUN), E(FRAME));
    }
    frame_t hole = find_type(EXO_FRAME_RESERVED);
    again[0] = hole ? hole - 1 : hole;
    CHECK(exo_frame_alloc(0, again, 2, EXO_FRAME_RUN) < 0);
}

/* Where the first run of n free frames is, bit by bit. */
static frame_t first_fit(uint32_t n)
{
    uint32_t length = 0;
    for (frame_t frame = 0; frame < INFO->frames; frame++) {
        length = bitmap_free(frame) ? length + 1 : 0;
        if (length == n)
            return frame + 1 - n;
    }
    return EXO_FRAME_ANY;
}

/* Of every length, in a memory with holes of every length. */
void test_frame_run_first_fit(void)
{
    static uint32_t taken[40][EXO_FRAMES_MAX];
    for (unsigned i = 0; i < 40; i++) {
        taken[i][0] = EXO_FRAME_ANY;
        EQ(exo_frame_alloc(0, taken[i], EXO_FRAMES_MAX, EXO_FRAME_RUN), 0);
    }
    for (unsigned at = 3, hole = 1; at + hole < 40 * EXO_FRAMES_MAX; at += hole + 1, hole = hole % 66 + 1)
        for (unsigned k = at; k < at + hole; k++)
            EQ(exo_frame_free(0, &taken[k / 64][k % 64], 1), 1), taken[k / 64][k % 64] = EXO_FRAME_ANY;
    for (uint32_t n = 1; n <= EXO_FRAMES_MAX; n++) {
        uint32_t list[EXO_FRAMES_MAX] = {EXO_FRAME_ANY};
        frame_t wanted = first_fit(n);
        EQ(exo_frame_alloc(0, list, n, EXO_FRAME_RUN), 0);
        EQ(list[0], wanted);
        EQ(exo_frame_free(0, list, n), n);
    }
    for (unsigned k = 0; k < 40 * EXO_FRAMES_MAX; k++)
        if (taken[k / 64][k % 64] != EXO_FRAME_ANY)
            EQ(exo_frame_free(0, &taken[k / 64][k % 64], 1), 1);
}

/* Contents do not pass from one owner to another. */
void test_frame_zeroing(void)
{
    uint32_t a = hold(name(0x5a, ALL)), b = hold(name(0x5b, ALL));
    uint32_t frame = frame_new_under(a, EXO_FRAME_ZERO), slots[] = {a, b, 0};
    for (unsigned i = 0; i < 3; i++) {
        if (i)
            EQ(exo_frame_alloc(slots[i], &frame, 1, i == 2 ? EXO_FRAME_RUN : 0), 0);
        EQ(map(PAGE(0), frame, EXO_PROT_WRITE), 1);
        for (unsigned k = 0; k < 512; k++)
            if (WORD(PAGE(0) + k * 8) && !EQ(WORD(PAGE(0) + k * 8), 0))
                break;
        for (unsigned k = 0; k < 512; k++)
            WORD(PAGE(0) + k * 8) = 0x5ec7e7ull << k % 32;
        EQ(unmap(PAGE(0)), 1);
        frame_put(frame);
    }
    EQ(exo_frame_alloc(0, &frame, 1, EXO_FRAME_ZERO), 0); /* the same owner, who asks for zeroes */
    EQ(map(PAGE(0), frame, 0), 1);
    EQ(WORD(PAGE(0)), 0);
    EQ(WORD(PAGE(0) + 4088), 0);
    EQ(unmap(PAGE(0)), 1);
    frame_put(frame);
}

void test_frame_auto(void)
{
    uint32_t before = INFO->free_frames;
    frame_t frame = frame_new_under(0, EXO_FRAME_AUTO | EXO_FRAME_ZERO);
    EQ(FRAMES[frame].flags, EXO_FRAME_IS_AUTO);
    EQ(map(PAGE(0), frame, EXO_PROT_WRITE), 1);
    EQ(map(PAGE(1), frame, 0), 1);
    EQ(FRAMES[frame].maps, 2);
    EQ(FRAMES[frame].writes, 1);
    EQ(unmap(PAGE(0)), 1);
    EQ(FRAMES[frame].type, EXO_FRAME_USER);
    EQ(unmap(PAGE(1)), 1);
    EQ(FRAMES[frame].type, EXO_FRAME_FREE);
    EQ(pt_one(0, EXO_PT_PRUNE, PAGE(0), 0, 2, 0, 0), 1);
    EQ(INFO->free_frames, before);
    /* replacing the mapping is taking it away; and one never mapped is freed by hand */
    frame = frame_new_under(0, EXO_FRAME_AUTO);
    frame_t other = frame_new();
    EQ(map(PAGE(0), frame, 0), 1);
    EQ(map(PAGE(0), other, 0), 1);
    EQ(FRAMES[frame].type, EXO_FRAME_FREE);
    EQ(unmap(PAGE(0)), 1);
    frame_put(other);
    frame_put(frame_new_under(0, EXO_FRAME_AUTO));
}

void test_frame_dying(void)
{
    struct exo_cap a = name(0x5a, ALL);
    uint32_t s = hold(a);
    EQ(exo_quota_set(0, &a, EXO_QUOTA_FRAMES, 2), 0);
    frame_t frame = frame_new_under(s, EXO_FRAME_ZERO);
    EQ(map(PAGE(0), frame, EXO_PROT_WRITE), 1);
    frame_put(frame);
    EQ(FRAMES[frame].type, EXO_FRAME_DYING);
    EQ(quota_info(&a)->used[EXO_QUOTA_FRAMES], 1);
    WORD(PAGE(0)) = 1; /* still there for who has it mapped */
    EQ(map(PAGE(1), frame, 0), E(FRAME));
    EQ(exo_frame_free(0, &frame, 1), E(FRAME));
    EQ(exo_frame_guard(0, 0, frame, 1), E(FRAME));
    EQ(exo_frame_alloc(0, &frame, 1, 0), E(BUSY));
    struct exo_cap who = name(0x5b, RW);
    EQ(exo_frame_share(0, frame, 1, &who), E(FRAME));
    EQ(unmap(PAGE(0)), 1);
    EQ(FRAMES[frame].type, EXO_FRAME_FREE);
    EQ(quota_info(&a)->used[EXO_QUOTA_FRAMES], 0);
    EQ(exo_quota_set(0, &a, EXO_QUOTA_FRAMES, 0), 0);
}

void test_frame_free_bad(void)
{
    uint32_t a = hold(name(0x5a, ALL)), b = hold(name(0x5b, ALL)), weak = hold(name(0x5a, RW));
    uint32_t list[4] = {frame_new_under(a, 0), frame_new_under(a, 0), frame_new_under(b, 0), frame_new_under(a, 0)};
    EQ(exo_frame_free(b, list, 1), E(RIGHTS));
    EQ(exo_frame_free(weak, list, 1), E(RIGHTS));
    EQ(exo_frame_free(a, list, 0), E(ARG));
    EQ(exo_frame_free(a, list, EXO_FRAMES_MAX + 1), E(ARG));
    EQ(exo_frame_free(9, list, 1), E(SLOT));
    EQ(exo_frame_free(a, list, 4), 2); /* stops at the third */
    EQ(exo_frame_free(a, list, 1), E(FRAME)); /* twice */
    EQ(exo_frame_free(a, &list[3], 1), 1);
    EQ(exo_frame_free(0, &list[2], 1), 1);
    const uint32_t bad[] = {INFO->frames, 0xffffffff, 0x80000000};
    for (unsigned i = 0; i < 3; i++)
        EQ(exo_frame_free(0, &bad[i], 1), E(FRAME));
    uint32_t twice[2] = {frame_new(), 0};
    twice[1] = twice[0];
    EQ(exo_frame_free(0, twice, 2), 1);
}

void test_frame_share(void)
{
    struct exo_cap a = name(0x5a, RW), a_reads = name(0x5a, EXO_RIGHT_READ), b = name(0x5b, RW), c = name(0x5c, RW);
    struct exo_cap a_none = name(0x5a, 0), c_none = name(0x5c, 0);
    uint32_t s = hold(name(0x5d, ALL)), weak = hold(name(0x5d, RW)), s_a = hold(name(0x5a, ALL));
    frame_t frame = frame_new_under(s, EXO_FRAME_ZERO);
    EQ(exo_frame_share(s, frame, 1, &a), 0);
    EQ(exo_frame_share(s, frame, 1, &b), 0);
    EQ(exo_frame_share(s, frame, 1, &c), E(LIMIT));
    EQ(exo_frame_share(s, frame, 1, &c_none), 0);
    EQ(exo_frame_share(weak, frame, 1, &a), E(RIGHTS));
    EQ(exo_frame_share(s_a, frame, 1, &a), E(RIGHTS));
    EQ(exo_frame_share(12, frame, 1, &a), E(SLOT));
    struct exo_cap controls = name(0x5a, EXO_RIGHT_CONTROL), grants = name(0x5a, EXO_RIGHT_GRANT | EXO_RIGHT_READ);
    EQ(exo_frame_share(s, frame, 1, &controls), E(ARG));
    EQ(exo_frame_share(s, frame, 1, &grants), E(ARG));
    EQ(exo_frame_share(s, frame, 0, &a), E(ARG));
    EQ(exo_frame_share(s, frame, EXO_SHARE_MAX + 1, &a), E(ARG));
    EQ(exo_frame_share(s, INFO->frames, 1, &a), E(FRAME));
    EQ(exo_frame_share(s, INFO->frames - 1, 2, &a), E(FRAME));
    EQ(exo_frame_share(s, 0xffffffff, EXO_SHARE_MAX, &a), E(FRAME));
    EQ(exo_frame_share(0, own_pml4(), 1, &a), E(FRAME));
    /* a mapped frame: widening is fine, narrowing is not */
    EQ(pt_one(0, EXO_PT_MAP, PAGE(0), frame, 1, EXO_PROT_WRITE, s_a), 1);
    EQ(exo_frame_share(s, frame, 1, &a_reads), E(BUSY));
    EQ(exo_frame_share(s, frame, 1, &a_none), E(BUSY));
    EQ(exo_frame_share(s, frame, 1, &a), 0);
    EQ(unmap(PAGE(0)), 1);
    EQ(exo_frame_share(s, frame, 1, &a_reads), 0);
    EQ(pt_one(0, EXO_PT_MAP, PAGE(0), frame, 1, EXO_PROT_WRITE, s_a), E(RIGHTS));
    EQ(pt_one(0, EXO_PT_MAP, PAGE(0), frame, 1, 0, s_a), 1);
    EQ(unmap(PAGE(0)), 1);
    EQ(exo_frame_share(s, frame, 1, &a_none), 0);
    EQ(pt_one(0, EXO_PT_MAP, PAGE(0), frame, 1, 0, s_a), E(RIGHTS));
    EQ(exo_frame_share(s, frame, 1, &c), 0);
    frame_put(frame);
}

/* n frames, all or none: the last of them belongs to somebody else. */
void test_frame_share_whole(void)
{
    uint32_t s = hold(name(0x5a, ALL)), list[4] = {EXO_FRAME_ANY};
    struct exo_cap who = name(0x5b, RW);
    EQ(exo_frame_alloc(s, list, 4, EXO_FRAME_RUN), 0);
    EQ(exo_frame_guard(s, 0, list[3], 1), 0);
    EQ(exo_frame_share(s, list[0], 4, &who), E(RIGHTS));
    for (unsigned i = 0; i < 4; i++)
        EQ(FRAMES[list[i]].acl[0].rights | FRAMES[list[i]].acl[1].rights, 0);
    EQ(exo_frame_guard(s, 0, list[0], 4), E(RIGHTS));
    EQ(FRAMES[list[0]].guard_len, 8);
    EQ(exo_frame_share(0, list[0], 4, &who), 0);
    EQ(exo_frame_free(0, list, 4), 4);
}

void test_frame_guard(void)
{
    struct exo_cap a = name(0x5a, ALL), b = name(0x5b, ALL), who = name(0x5c, RW);
    uint32_t s = hold(a), to = hold(b), readonly = hold(name(0x5b, ALL & ~EXO_RIGHT_WRITE));
    uint32_t weak = hold(name(0x5a, RW));
    EQ(exo_quota_set(0, &b, EXO_QUOTA_FRAMES, 1), 0);
    frame_t frame = frame_new_under(s, EXO_FRAME_ZERO), second = frame_new_under(s, 0);
    EQ(exo_frame_share(s, frame, 1, &who), 0);
    EQ(exo_frame_guard(weak, to, frame, 1), E(RIGHTS));
    EQ(exo_frame_guard(to, to, frame, 1), E(RIGHTS));
    EQ(exo_frame_guard(s, readonly, frame, 1), E(RIGHTS));
    EQ(exo_frame_guard(s, 13, frame, 1), E(SLOT));
    EQ(exo_frame_guard(13, to, frame, 1), E(SLOT));
    EQ(exo_frame_guard(s, to, frame, 0), E(ARG));
    EQ(exo_frame_guard(s, to, frame, EXO_SHARE_MAX + 1), E(ARG));
    EQ(exo_frame_guard(s, to, INFO->frames, 1), E(FRAME));
    EQ(exo_frame_guard(0, to, own_pml4(), 1), E(FRAME));
    EQ(map(PAGE(0), frame, EXO_PROT_WRITE), 1);
    WORD(PAGE(0)) = 77;
    EQ(exo_frame_guard(s, to, frame, 1), E(BUSY));
    EQ(unmap(PAGE(0)), 1);
    EQ(exo_frame_guard(s, to, frame, 1), 0);
    EQ(FRAMES[frame].guard_bits, b.bits);
    EQ(FRAMES[frame].acl[0].rights | FRAMES[frame].acl[1].rights, 0);
    EQ(quota_info(&b)->used[EXO_QUOTA_FRAMES], 1);
    EQ(exo_frame_guard(s, to, second, 1), E(QUOTA));
    EQ(FRAMES[second].guard_bits, a.bits);
    EQ(map(PAGE(0), frame, 0), 1);
    EQ(WORD(PAGE(0)), 77); /* contents stay */
    EQ(unmap(PAGE(0)), 1);
    frame_put(frame);
    frame_put(second);
    EQ(exo_quota_set(0, &b, EXO_QUOTA_FRAMES, 0), 0);
}

/* Takes all memory there is; what needs a frame fails, and all comes back. */
void test_frame_exhaustion(void)
{
    struct exo_cap a = name(0x5a, ALL);
    uint32_t s = hold(a), list[EXO_FRAMES_MAX], n = EXO_FRAMES_MAX;
    while (n) {
        for (unsigned i = 0; i < n; i++)
            list[i] = EXO_FRAME_ANY;
        int64_t error = exo_frame_alloc(s, list, n, 0);
        if (error && !CHECK(error == E(NOMEM) || error == E(QUOTA)))
            break;
        if (error)
            n /= 2;
    }
    EQ(INFO->free_frames, 0);
    struct exo_env_spec spec = {.name = "hungry"};
    int64_t error = exo_env_create(0, &spec);
    CHECK(error == E(NOMEM) || error == E(QUOTA));
    error = map(PAGE(0), list[0], 0); /* needs tables */
    CHECK(error == E(NOMEM) || error == E(QUOTA) || error == E(FRAME));
    uint32_t frame = EXO_FRAME_ANY;
    error = exo_frame_alloc(0, &frame, 1, EXO_FRAME_RUN);
    CHECK(error == E(NOMEM));
    n = 0;
    for (uint32_t i = 0; i < INFO->frames; i++) {
        if (FRAMES[i].type == EXO_FRAME_USER && FRAMES[i].guard_len == 8 && FRAMES[i].guard_bits == a.bits)
            list[n++] = i;
        if (n == EXO_FRAMES_MAX || (n && i == INFO->frames - 1)) {
            EQ(exo_frame_free(s, list, n), n);
            n = 0;
        }
    }
}
