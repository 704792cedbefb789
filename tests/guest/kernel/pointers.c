/* SPDX-License-Identifier: MIT
 *
 * pointers.c: every call that takes a pointer gets pointers that are none.
 */
#include "runtime.h"
#include "tests.h"

static int64_t to_cap_derive(void *p)
{
    return exo_cap_derive(0, 5, p);
}

static int64_t to_cap_revoke(void *p)
{
    return exo_cap_revoke(0, p);
}

static int64_t to_quota_set(void *p)
{
    return exo_quota_set(0, p, EXO_QUOTA_FRAMES, 0);
}

static int64_t to_frame_alloc(void *p)
{
    return exo_frame_alloc(0, p, EXO_FRAMES_MAX, 0);
}

static int64_t to_frame_free(void *p)
{
    return exo_frame_free(0, p, EXO_FRAMES_MAX);
}

static int64_t to_frame_share(void *p)
{
    return exo_frame_share(0, INFO->module_frame, 1, p);
}

static int64_t to_pt_update(void *p)
{
    return exo_pt_update(0, 0, p, EXO_PT_OPS_MAX);
}

static int64_t to_env_create(void *p)
{
    return exo_env_create(0, p);
}

static int64_t to_act_create(void *p)
{
    return exo_act_create(0, 0, p);
}

static int64_t to_wait(void *p)
{
    return exo_wait(p, EXO_TERMS_MAX, 0);
}

static int64_t to_log_write(void *p)
{
    return exo_log_write(0, EXO_LOG_DEBUG, p, EXO_LOG_TEXT - 1);
}

static int64_t to_driver_name(void *p)
{
    return exo_driver_name(0, 0, p);
}

static const struct {
    int64_t (*call)(void *);
    const char *name;
    uint32_t bytes;
} calls[] = {
    {to_cap_derive, "cap_derive", 16},    {to_cap_revoke, "cap_revoke", 16},
    {to_quota_set, "quota_set", 16},      {to_frame_alloc, "frame_alloc", 4 * EXO_FRAMES_MAX},
    {to_frame_free, "frame_free", 4 * EXO_FRAMES_MAX}, {to_frame_share, "frame_share", 16},
    {to_pt_update, "pt_update", sizeof(struct exo_pt_op) * EXO_PT_OPS_MAX}, {to_env_create, "env_create", 24},
    {to_act_create, "act_create", sizeof(struct exo_act_spec)}, {to_wait, "wait", 8 * sizeof(struct exo_term)},
    {to_log_write, "log_write", EXO_LOG_TEXT - 1}, {to_driver_name, "driver_name", 16},
};
enum { CALLS = sizeof calls / sizeof calls[0] };

static void all_fault(uint64_t address)
{
    for (unsigned i = 0; i < CALLS; i++)
        check_equal(calls[i].call((void *)address), E(FAULT), calls[i].name, "pointers.c, page", (int)(address >> 12));
}

void test_pointers_bad(void)
{
    static const uint64_t bad[] = {
        0, 8, 0x10000, 0x00007efffffffff8,             /* nothing there */
        0x00007fffffffeff8, 0x00007ffffffff000, 0x00007ffffffffff8, /* up to the end of the lower half */
        0x0000800000000000, 0x8000000000000000, 0xfffe000000000000, /* not canonical */
        EXO_PUB_INFO, EXO_PUB_ENVS, EXO_PUB_FRAMES, EXO_PUB_CLOCK, /* readable, but not the caller's memory */
        0xffff880000000000, 0xfffffe0000000000, 0xffffffff80000000, 0xffffffff80100000, /* the kernel's */
        0xfffffffffffff000, 0xfffffffffffffff8, 0xffffffffffffffff, 0xffffffffffffff00, /* wrapping */
    };
    for (unsigned i = 0; i < sizeof bad / sizeof bad[0]; i++)
        all_fault(bad[i]);
}

/* The last byte lies in a page that is not there; and in one that has no access. */
void test_pointers_straddle(void)
{
    frame_t frame = frame_new();
    EQ(map(PAGE(0), frame, EXO_PROT_WRITE), 1);
    for (unsigned i = 0; i < CALLS; i++)
        for (unsigned k = 0; k < 2; k++) {
            uint64_t address = PAGE(1) - calls[i].bytes + (k ? 1 : calls[i].bytes - 1);
            check_equal(calls[i].call((void *)address), E(FAULT), calls[i].name, "pointers.c", __LINE__);
        }
    EQ(map(PAGE(1), frame, EXO_PROT_WRITE), 1);
    EQ(pt_one(0, EXO_PT_PROTECT, PAGE(1), 0, 1, EXO_PROT_NONE, 0), 1);
    all_fault(PAGE(1));
    all_fault(PAGE(1) - 8);
    EQ(pt_one(0, EXO_PT_PROTECT, PAGE(0), 0, 1, EXO_PROT_NONE, 0), 1);
    all_fault(PAGE(0));
    EQ(pt_one(0, EXO_PT_UNMAP, PAGE(0), 0, 2, 0, 0), 1);
    frame_put(frame);
}

/* Results are written to writable memory alone: not to read-only pages, code, the window, or published pages. */
void test_pointers_output(void)
{
    frame_t frame = frame_new();
    EQ(map(PAGE(0), frame, EXO_PROT_WRITE), 1);
    uint32_t *list = (uint32_t *)PAGE(0);
    for (unsigned i = 0; i < EXO_FRAMES_MAX; i++)
        list[i] = EXO_FRAME_ANY;
    EQ(pt_one(0, EXO_PT_PROTECT, PAGE(0), 0, 1, 0, 0), 1);
    uint32_t free_frames = INFO->free_frames;
    EQ(to_frame_alloc(list), E(FAULT));
    EQ(list[0], EXO_FRAME_ANY);
    const uint64_t others[] = {(uint64_t)test_pointers_output, EXO_WINDOW_PML4, EXO_WINDOW_PT + (PAGE(0) >> 12) * 8};
    for (unsigned i = 0; i < 3; i++) { /* what stands there is no list of frames, either */
        int64_t error = to_frame_alloc((void *)others[i]);
        CHECK(error == E(FAULT) || error == E(FRAME) || error == E(BUSY));
    }
    EQ(INFO->free_frames, free_frames);
    EQ(unmap(PAGE(0)), 1);
    frame_put(frame);
}
