/* SPDX-License-Identifier: MIT
 *
 * suite.c: the runner of suites that are the first environment (suite.h): sets the suite up, runs its table, and looks for
 * leaks after each test. A child watches the time: a test over its limit ends the suite as a failure.
 */
#include "suite.h"

extern char __executable_start[], end[];

/* Emulated CPUs that spin for a lock whose holder the host has put aside are slow. */
enum { SMP_FACTOR = 8 };

static struct vcpu main_vcpu;
static uint8_t upcall_stack[UPCALL_STACK_BYTES] __attribute__((aligned(16)));

/* Failed checks of the test that runs; several CPUs may add. */
static struct failures suite_failures;
struct failures *failures = &suite_failures;

const struct test *volatile suite_current;
static volatile uint64_t deadline_ns = EXO_FOREVER;
static uint32_t passed, failed;

static void record(struct failure failure)
{
    uint32_t i = __atomic_fetch_add(&failures->count, 1, __ATOMIC_ACQ_REL);
    if (i < FAILURES_MAX)
        failures->entry[i] = failure;
}

bool check_equal(int64_t got, int64_t wanted, const char *what, const char *file, int line)
{
    if (got != wanted)
        record((struct failure){what, file, line, got, wanted, true});
    return got == wanted;
}

bool check_true(bool holds, const char *what, const char *file, int line)
{
    if (!holds)
        record((struct failure){what, file, line, 0, 0, false});
    return holds;
}

static const char *base(const char *path)
{
    const char *name = path;
    for (; *path; path++)
        if (*path == '/')
            name = path + 1;
    return name;
}

static void report_failures(const char *test)
{
    for (uint32_t i = 0; i < failures->count && i < FAILURES_MAX; i++) {
        const struct failure *f = &failures->entry[i];
        const char *start = i ? "  ... " : "FAIL ";
        if (f->numbers)
            say("%s%s: %s:%d %s is %d (%x), not %d (%x)", start, test, base(f->file), (int64_t)f->line, f->what,
                f->got, f->got, f->wanted, f->wanted);
        else
            say("%s%s: %s:%d not true: %s", start, test, base(f->file), (int64_t)f->line, f->what);
    }
}

_Noreturn void suite_end(bool good)
{
    if (!good && suite_current) {
        report_failures(suite_current->name);
        failed++;
    }
    say("%s: %u passed, %u failed", suite_name, (uint64_t)passed, (uint64_t)failed);
    say("exit-status %d", (int64_t)(failed || !good || !passed));
    exo_power(0, EXO_POWER_OFF, failed || !good);
    for (;;)
        exo_wait(NULL, 0, EXO_FOREVER);
}

/* Leaks */

struct census {
    uint64_t frames, envs, slots, slices, quota_entries, quota[EXO_QUOTA_KINDS];
    uint64_t limit[EXO_QUOTA_KINDS];
};

static struct census census_take(void)
{
    struct census c = {.frames = INFO->free_frames};
    for (uint32_t i = 0; i < EXO_ENVS_MAX; i++) {
        c.envs += ENVS[i].state != EXO_ENV_FREE;
        for (uint32_t slot = 0; ENVS[i].state != EXO_ENV_FREE && slot < EXO_CAP_SLOTS; slot++)
            c.slots += ENVS[i].caps[slot].rights != 0;
    }
    for (uint32_t i = 0; i < INFO->quotas; i++)
        c.quota_entries += QUOTAS[i].used_entry;
    for (uint32_t i = 0; i < INFO->cpus * EXO_SLICES; i++)
        c.slices += SLICES[i].allocated;
    for (unsigned kind = 0; kind < EXO_QUOTA_KINDS; kind++) {
        c.quota[kind] = QUOTAS[0].used[kind];
        c.limit[kind] = QUOTAS[0].limit[kind];
    }
    return c;
}

static void scratch_clear(void)
{
    for (uint32_t k = 0; k < SCRATCH_PAGES; k += 512)
        if (pt_one(0, EXO_PT_UNMAP, PAGE(k), 0, 512, 0, 0) != 1)
            pt_one(0, EXO_PT_UNMAP, PAGE(k), 0, 1, EXO_PROT_LARGE, 0);
    for (uint32_t k = 0; k < SCRATCH_PAGES; k += 512)
        pt_one(0, EXO_PT_PRUNE, PAGE(k), 0, 512, 0, 0);
}

void suite_clean_up(void)
{
    children_end();
    scratch_clear();
    for (uint32_t slot = 2; slot < EXO_CAP_SLOTS; slot++)
        exo_cap_drop(slot);
    uint64_t give_up = now_ns() + 2000 * MS;
    while (env_info(act_here()->env)->sweeping && now_ns() < give_up)
        sleep_ns(MS / 4);
    events_take();
    act_here()->disabled = 1;
    act_here()->save_slot = 1;
    main_vcpu.hook = NULL;
    main_vcpu.upcall = NULL;
}

static void check_leaks(const struct census *before)
{
    struct census after = census_take();
    EQ(after.frames, before->frames);
    EQ(after.envs, before->envs);
    EQ(after.slots, before->slots);
    EQ(after.quota_entries, before->quota_entries);
    EQ(after.slices, before->slices);
    for (unsigned kind = 0; kind < EXO_QUOTA_KINDS; kind++) {
        EQ(after.quota[kind], before->quota[kind]);
        EQ(after.limit[kind], before->limit[kind]);
    }
}

bool suite_run(const struct test *test)
{
    failures->count = 0;
    struct census before = census_take();
    uint64_t start_ns = now_ns();
    if (suite_word("trace"))
        exo_trace_set(0, ~0u); /* a test before may have chosen otherwise */
    deadline_ns = start_ns + test->limit_ms * MS * (INFO->cpus > 1 ? SMP_FACTOR : 1);
    suite_current = test;
    test->function();
    suite_clean_up();
    check_leaks(&before);
    suite_current = NULL;
    deadline_ns = now_ns() + 10000 * MS;
    bool good = !failures->count;
    if (good) {
        passed++;
        say("ok %s (%u ms)", test->name, (now_ns() - start_ns) / MS);
    } else {
        failed++;
        report_failures(test->name);
    }
    return good;
}

/* The watch, in an environment of its own with the empty prefix in slot 0. */
static void watch(void *unused)
{
    (void)unused;
    for (;;) {
        const struct test *test = suite_current;
        if (now_ns() > deadline_ns && test == suite_current) {
            say("FAIL %s: took too long", test ? test->name : "suite");
            suite_end(false);
        }
        events_take();
        exo_wait(NULL, 0, now_ns() + 50 * MS);
    }
}

static void watch_start(void)
{
    int64_t env = child_make(0, "watch");
    EQ(exo_cap_give(0, (env_id_t)env, 0, 0), 0);
    int64_t act = child_act((env_id_t)env, watch, NULL);
    EQ(exo_slice_alloc(0, 0, 1), 1);
    EQ(exo_slice_bind(0, 0, 1, (env_id_t)env, (uint32_t)act), 0);
    children_keep();
}

const char *suite_word(const char *key)
{
    for (const char *line = (const char *)EXO_PUB_CMDLINE; *line; line++) {
        unsigned i = 0;
        while (key[i] && line[i] == key[i])
            i++;
        if (!key[i] && line[i] == '=')
            return line + i + 1;
    }
    return NULL;
}

/* NAME=WORD on the command line, with the suite's name, runs those tests whose names begin with WORD. */
static bool chosen(const struct test *test)
{
    const char *want = suite_word(suite_name), *name = test->name;
    if (!want)
        return true;
    for (; *want && *want != ' ' && *want == *name; want++)
        name++;
    return !*want || *want == ' ';
}

/* envs=N on the command line: that many environments more, which hold the suite's name and never run, so that paths can be
 * compared that must not depend on how many there are. */
static void bystanders_make(void)
{
    const struct exo_env_spec spec = {.name = "bystander"};
    const char *digits = suite_word("envs");
    uint32_t n = 0;
    for (; digits && *digits >= '0' && *digits <= '9'; digits++)
        n = n * 10 + (uint32_t)(*digits - '0');
    for (; n; n--) {
        int64_t env = exo_env_create(0, &spec);
        CHECK(env > 0 && exo_cap_give(0, (env_id_t)env, 1, 1) == 0);
    }
}

static void image_share(void)
{
    struct exo_cap who = SUITE_NAME;
    who.rights = EXO_RIGHT_READ | EXO_RIGHT_WRITE;
    for (uint64_t va = (uint64_t)__executable_start; va < (uint64_t)end; va += EXO_PAGE_BYTES)
        if (pte(va) & EXO_PTE_P)
            EQ(exo_frame_share(0, (frame_t)((pte(va) & EXO_PTE_ADDR) >> EXO_PAGE_BITS), 1, &who), 0);
}

_Noreturn void suite_begin(struct exo_activation *act);
_Noreturn void suite_begin(struct exo_activation *act)
{
    const struct exo_cap suite_name = SUITE_NAME;
    act->user[1] = (uint64_t)&main_vcpu;
    act->stack = (uint64_t)(upcall_stack + sizeof upcall_stack);
    act->entry[EXO_UPCALL_RUN] = act->entry[EXO_UPCALL_EVENT] = (uint64_t)upcall_entry;
    act->entry[EXO_UPCALL_FAULT] = (uint64_t)fault_entry;
    act->resume_lo = (uint64_t)fault_resume_lo;
    act->resume_hi = (uint64_t)fault_resume_hi;
    if (INFO->magic != EXO_INFO_MAGIC || INFO->abi_version != EXO_ABI_VERSION) {
        say("FAIL start: the published tables are of another version");
        suite_end(false);
    }
    EQ(exo_cap_derive(0, 1, &suite_name), 0);
    image_share();
    watch_start();
    bystanders_make();
    if (failures->count) {
        report_failures("start");
        suite_end(false);
    }
    sleep_ns(2 * MS);
    suite_prepare();
    suite_clean_up();
    for (const struct test *test = suite_tests; test < suite_tests + suite_test_count; test++)
        if (chosen(test))
            suite_run(test);
    suite_end(failed == 0);
}
