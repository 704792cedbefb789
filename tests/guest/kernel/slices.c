/* SPDX-License-Identifier: MIT
 *
 * slices.c: tests of slice_alloc, slice_free, slice_bind and yield.
 */
#include "runtime.h"
#include "tests.h"

enum { ALL = EXO_RIGHTS_ALL, RW = EXO_RIGHT_READ | EXO_RIGHT_WRITE };

void test_slice_alloc(void)
{
    uint32_t a = hold(name(0x5a, ALL)), weak = hold(name(0x5a, RW)), b = hold(name(0x5b, ALL));
    uint32_t reads = hold(name(0x5a, ALL & ~EXO_RIGHT_WRITE));
    EQ(exo_slice_alloc(a, 0, 100), 100);
    EQ(slice_info(0, 100)->allocated, 1);
    EQ(slice_info(0, 100)->guard_len, 8);
    EQ(slice_info(0, 100)->env, 0);
    EQ(exo_slice_alloc(a, 0, 100), E(BUSY));
    EQ(exo_slice_alloc(0, 0, 0), E(BUSY));
    int64_t any = exo_slice_alloc(a, 0, EXO_SLICE_ANY);
    CHECK(any > 1 && any < EXO_SLICES && any != 100);
    EQ(exo_slice_alloc(reads, 0, 101), E(RIGHTS));
    EQ(exo_slice_alloc(9, 0, 101), E(SLOT));
    EQ(exo_slice_alloc(a, 0, EXO_SLICES), E(ARG));
    EQ(exo_slice_alloc(a, 0, 0x80000000), E(ARG));
    EQ(exo_slice_alloc(a, INFO->cpus, 0), E(NODEV));
    EQ(exo_slice_alloc(a, EXO_CPUS_MAX, 0), E(NODEV));
    EQ(exo_slice_alloc(a, 0xffffffff, EXO_SLICE_ANY), E(NODEV));
    EQ(exo_slice_free(weak, 0, 100), E(RIGHTS));
    EQ(exo_slice_free(b, 0, 100), E(RIGHTS));
    EQ(exo_slice_free(9, 0, 100), E(SLOT));
    EQ(exo_slice_free(a, 0, EXO_SLICES), E(ARG));
    EQ(exo_slice_free(a, INFO->cpus, 0), E(NODEV));
    EQ(exo_slice_free(a, 0, 999), E(RIGHTS)); /* nobody's */
    EQ(exo_slice_free(a, 0, 100), 0);
    EQ(exo_slice_free(a, 0, 100), E(RIGHTS));
    EQ(exo_slice_free(0, 0, (uint32_t)any), 0);
}

void test_slice_full(void)
{
    uint32_t cpu = INFO->cpus - 1, a = hold(name(0x5a, ALL)), taken = 0;
    int64_t at;
    while ((at = exo_slice_alloc(a, cpu, EXO_SLICE_ANY)) >= 0)
        taken++;
    EQ(at, E(LIMIT));
    EQ(taken, cpu ? EXO_SLICES : EXO_SLICES - 2);
    for (uint32_t i = 0; i < EXO_SLICES; i++)
        if (slice_info(cpu, i)->guard_len == 8)
            EQ(exo_slice_free(a, cpu, i), 0);
}

static volatile uint64_t counts[16];

static void counter(void *arg)
{
    for (;;)
        counts[(uint64_t)arg]++;
}

static void one_round(void *arg)
{
    for (;;) {
        counts[(uint64_t)arg]++;
        events_take();
        exo_wait(NULL, 0, EXO_FOREVER);
    }
}

static void yielder(void *arg)
{
    for (;;) {
        counts[(uint64_t)arg]++;
        exo_yield(0, EXO_ACT_ANY);
    }
}

void test_slice_bind(void)
{
    uint32_t a = hold(name(0x5a, ALL)), b = hold(name(0x5b, ALL));
    int64_t env = child_make(b, "bound");
    EQ(exo_slice_alloc(a, 0, 200), 200);
    EQ(exo_slice_bind(a, 0, 200, (env_id_t)env, 0), E(RIGHTS)); /* the slice is a's, the environment is not */
    EQ(exo_slice_bind(0, 0, 200, (env_id_t)env, 0), E(ENV));    /* no such activation yet */
    counts[0] = 0;
    EQ(child_act((env_id_t)env, counter, NULL), 0);
    EQ(exo_slice_bind(b, 0, 200, (env_id_t)env, 0), E(RIGHTS));
    EQ(exo_slice_bind(9, 0, 200, (env_id_t)env, 0), E(SLOT));
    EQ(exo_slice_bind(0, 0, 201, (env_id_t)env, 0), E(RIGHTS)); /* not allocated */
    EQ(exo_slice_bind(0, 0, EXO_SLICES, (env_id_t)env, 0), E(ARG));
    EQ(exo_slice_bind(0, INFO->cpus, 200, (env_id_t)env, 0), E(NODEV));
    EQ(exo_slice_bind(0, 0, 200, (env_id_t)env, EXO_ACTS_MAX), E(ARG));
    EQ(exo_slice_bind(0, 0, 200, (env_id_t)env, 1), E(ENV));
    EQ(exo_slice_bind(0, 0, 200, (env_id_t)env + (1 << EXO_ENV_BITS), 0), E(ENV));
    EQ(exo_slice_bind(0, 0, 200, 0, 1), E(ENV));
    sleep_ns(3 * MS);
    EQ(counts[0], 0);
    EQ(exo_slice_bind(0, 0, 200, (env_id_t)env, 0), 0);
    EQ(exo_slice_bind(0, 0, 200, (env_id_t)env, 0), 0); /* again */
    EQ(slice_info(0, 200)->env, env);
    EQ(env_info((env_id_t)env)->act[0].slices, 1);
    CHECK(await_more(&counts[0], 0));
    EQ(exo_slice_bind(0, 0, 200, EXO_ENV_NONE, 77), 0);
    EQ(env_info((env_id_t)env)->act[0].slices, 0);
    sleep_ns(2 * MS);
    uint64_t stopped = counts[0];
    sleep_ns(5 * MS);
    EQ(counts[0], stopped);
    EQ(exo_slice_bind(0, 0, 200, (env_id_t)env, 0), 0);
    CHECK(await_more(&counts[0], stopped));
    EQ(exo_slice_free(0, 0, 200), 0); /* while bound */
    EQ(env_info((env_id_t)env)->act[0].slices, 0);
}

void test_slice_bind_limits(void)
{
    int64_t env = child_make(0, "greedy");
    EQ(child_act((env_id_t)env, counter, (void *)1), 0);
    for (uint32_t i = 0; i < EXO_ACT_SLICES + 1; i++) {
        EQ(exo_slice_alloc(0, 0, 300 + i), 300 + i);
        EQ(exo_slice_bind(0, 0, 300 + i, (env_id_t)env, 0), i < EXO_ACT_SLICES ? 0 : E(LIMIT));
    }
    EQ(env_info((env_id_t)env)->act[0].slices, EXO_ACT_SLICES);
    EQ(exo_slice_bind(0, 0, 301, (env_id_t)env, 0), 0); /* its own already */
    if (INFO->cpus > 1) {
        EQ(exo_slice_alloc(0, 1, 5), 5);
        EQ(exo_slice_bind(0, 1, 5, (env_id_t)env, 0), E(BUSY)); /* all on one CPU */
        EQ(exo_slice_free(0, 1, 5), 0);
    }
    for (uint32_t i = 0; i < EXO_ACT_SLICES + 1; i++) /* in another order than they came */
        EQ(exo_slice_free(0, 0, 300 + (i * 7) % (EXO_ACT_SLICES + 1)), 0);
    EQ(env_info((env_id_t)env)->act[0].slices, 0);
}

/* The CPU time that two environments get in a while: their ratio, in hundredths. */
static uint64_t ratio(const int64_t env[2])
{
    uint64_t ran[2];
    for (unsigned i = 0; i < 2; i++)
        ran[i] = env_info((env_id_t)env[i])->act[0].run_ns;
    sleep_ns(200 * MS);
    for (unsigned i = 0; i < 2; i++)
        ran[i] = env_info((env_id_t)env[i])->act[0].run_ns - ran[i];
    return ran[1] < MS ? ~0ull : ran[0] * 100 / ran[1];
}

/* A busy host takes an emulated CPU away for many slices at once: one of a few measurements has to be undisturbed. */
static bool ratio_between(const int64_t env[2], uint64_t low, uint64_t high)
{
    for (unsigned i = 0; i < 10; i++) {
        uint64_t r = ratio(env);
        if (r >= low && r <= high)
            return true;
    }
    return false;
}

void test_slice_fair(void)
{
    uint32_t cpu = INFO->cpus - 1;
    counts[0] = counts[1] = 0;
    int64_t env[2] = {child_run(counter, (void *)0, cpu), child_run(counter, (void *)1, cpu)};
    CHECK(ratio_between(env, 75, 133));
    CHECK(child_slice((env_id_t)env[0], 0, cpu) >= 0);
    CHECK(ratio_between(env, 150, 270)); /* two slices in every round are twice the time */
}

/* A patron runs an activation without slices. */
void test_yield_directed(void)
{
    int64_t env = child_make(0, "yielded");
    counts[2] = 0;
    EQ(child_act((env_id_t)env, one_round, (void *)2), 0);
    sleep_ns(3 * MS);
    EQ(counts[2], 0);
    EQ(exo_yield((env_id_t)env, 0), 0);
    uint64_t end = now_ns() + 100 * MS;
    while (!counts[2] && now_ns() < end) /* the slice may have been at its end */
        exo_yield((env_id_t)env, 0);
    int64_t result;
    while ((result = exo_yield((env_id_t)env, 0)) == 0 && now_ns() < end + 1000 * MS)
        ; /* it counted, and could not yet go to sleep */
    EQ(result, E(STATE)); /* it waits */
    EQ(counts[2], 1);
    EQ(exo_yield((env_id_t)env, 1), E(ENV));
    EQ(exo_yield((env_id_t)env, EXO_ACTS_MAX), E(ENV));
    EQ(exo_yield((env_id_t)env, 0x80000000), E(ENV));
    EQ(exo_yield((env_id_t)env, EXO_ACT_ANY), E(ENV));
    EQ(exo_yield(0x3ff, 0), E(ENV));
    EQ(exo_yield(EXO_ENV_NONE, 0), E(ENV));
    EQ(exo_yield(0, 0), E(STATE)); /* oneself runs */
    EQ(exo_yield(0, 1), E(ENV));
    EQ(exo_yield(0, EXO_ACT_ANY), 0);
}

/* What a call keeps is there again, what it loses is zero; result 0 alone. Returns what differs, in bits. FS base stands for
 * the whole of its kind, xmm7 for the extended state, the carry for the flags. */
static uint64_t yield_look(env_id_t to, uint64_t seed)
{
    uint64_t differs, act = 0, fs[2] = {0, seed}, number = EXO_CALL_YIELD;
    EQ(exo_fs_base_set((uint64_t)fs), 0);
    __asm__ volatile("mov %[seed], %%rbx\n\tmovq %%rbx, %%xmm7\n\t"
                     "lea 1(%%rbx), %%r12\n\tlea 2(%%rbx), %%r13\n\tlea 3(%%rbx), %%r14\n\tlea 4(%%rbx), %%r15\n\t"
                     "mov %%rbx, %%rdx\n\tmov %%rbx, %%r8\n\tmov %%rbx, %%r9\n\tmov %%rbx, %%r10\n\tstc\n\tsyscall\n\t"
                     "sbb %%rcx, %%rcx\n\tinc %%rcx\n\tor %%rax, %%rcx\n\tor %%rdi, %%rcx\n\tor %%rsi, %%rcx\n\t"
                     "or %%rdx, %%rcx\n\tor %%r8, %%rcx\n\tor %%r9, %%rcx\n\tor %%r10, %%rcx\n\t"
                     "movq %%xmm7, %%rdx\n\txor %%rbx, %%rdx\n\tor %%rdx, %%rcx\n\t"
                     "mov %%fs:8, %%rdx\n\txor %%rbx, %%rdx\n\tor %%rdx, %%rcx\n\t"
                     "sub $1, %%r12\n\tsub $2, %%r13\n\tsub $3, %%r14\n\tsub $4, %%r15\n\txor %%rbx, %%r12\n\t"
                     "xor %%rbx, %%r13\n\txor %%rbx, %%r14\n\txor %%rbx, %%r15\n\tor %%r12, %%rcx\n\tor %%r13, %%rcx\n\t"
                     "or %%r14, %%rcx\n\tor %%r15, %%rcx\n\txor %[seed], %%rbx\n\tor %%rbx, %%rcx"
                     : "+a"(number), "=&c"(differs), "+D"(to), "+S"(act)
                     : [seed] "m"(seed)
                     : "rbx", "rdx", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15", "memory", "cc");
    return differs;
}

static volatile uint64_t partner_differs;

static void partner(void *to)
{
    for (uint64_t seed = 0x7777777700000000;; seed++) {
        partner_differs |= yield_look((env_id_t)to, seed);
        counts[11]++;
    }
}

/* The context that was left behind has nothing in it but what ring 3 had, and will have. */
static bool saved_by_call(void)
{
    const struct exo_context *at = (const struct exo_context *)(act_here()->self + EXO_PAGE_BYTES);
    uint64_t lost = at->rax | at->rcx | at->rdx | at->rsi | at->rdi | at->r8 | at->r9 | at->r10 | at->r11;
    return !lost && at->cs == EXO_USER_CS && at->ss == EXO_USER_SS;
}

/* Both ways of doing it: in assembly, and, as a switch is traced, in C. The contexts are the same. */
void test_yield_kept(void)
{
    int64_t env = child_make(0, "partner");
    const volatile struct exo_act_info *self = &env_info(act_here()->env)->act[0], *other = &env_info((env_id_t)env)->act[0];
    EQ(child_act((env_id_t)env, partner, (void *)act_here()->env), 0);
    for (unsigned traced = 0; traced < 2; traced++) {
        counts[11] = partner_differs = 0;
        uint64_t ran = other->run_ns, end = now_ns() + 5000 * MS;
        EQ(exo_trace_set(0, traced ? 1u << EXO_TRACE_SWITCH : 0), 0);
        for (uint64_t seed = 0x123456789abcdef0; counts[11] < 500 && now_ns() < end; seed += 16)
            EQ(yield_look((env_id_t)env, seed), 0);
        EQ(exo_trace_set(0, 0), 0);
        CHECK(counts[11] >= 500);
        EQ(partner_differs, 0);
        CHECK(other->run_ns > ran);
        EQ(other->state, EXO_ACT_READY);
        EQ(other->cpu, 0);
        EQ(self->state, EXO_ACT_RUNNING);
        bool clean = false; /* what a preemption saved there is another matter */
        for (unsigned tries = 0; tries < 100 && !clean; tries++)
            clean = yield_look((env_id_t)env, tries) == 0 && saved_by_call();
        CHECK(clean);
    }
    EQ(exo_fs_base_set(0), 0);
}

/* Who yields enabled comes back by its `run` upcall, with its state where it wished; so does an heir that was enabled. */
static void count_run(struct exo_activation *act, uint64_t slot, uint64_t pending)
{
    counts[12]++;
    counts[13] += slot != act->save_slot || pending;
    act->pending = 0;
    for (;;)
        exo_resume((uint32_t)slot);
}

static void partner_enabled(void *to)
{
    vcpu()->upcall = count_run;
    for (uint64_t seed = 5;; seed++) {
        act_here()->disabled = 0;
        partner_differs |= yield_look((env_id_t)to, seed);
        counts[11]++;
    }
}

void test_yield_enabled(void)
{
    int64_t env = child_make(0, "enabled");
    counts[11] = counts[12] = counts[13] = partner_differs = 0;
    EQ(child_act((env_id_t)env, partner_enabled, (void *)act_here()->env), 0);
    for (uint64_t end = now_ns() + 5000 * MS; counts[11] < 100 && now_ns() < end;)
        EQ(yield_look((env_id_t)env, counts[11]), 0);
    CHECK(counts[11] >= 100);
    CHECK(counts[12] >= 100);
    EQ(counts[13], 0);
    EQ(partner_differs, 0);
    EQ(exo_fs_base_set(0), 0);
}

/* One that never gives up what it was given loses it at the slice's end. */
void test_yield_to_hog(void)
{
    int64_t env = child_make(0, "hog");
    counts[3] = 0;
    EQ(child_act((env_id_t)env, counter, (void *)3), 0);
    uint64_t before = now_ns();
    for (unsigned i = 0; i < 10; i++)
        EQ(exo_yield((env_id_t)env, 0), 0);
    CHECK(now_ns() - before < 500 * MS);
    CHECK(counts[3] > 0);
    EQ(env_info((env_id_t)env)->act[0].state, EXO_ACT_READY);
}

void test_yield_round(void)
{
    uint32_t cpu = INFO->cpus - 1;
    for (unsigned i = 0; i < 4; i++) {
        counts[4 + i] = 0;
        CHECK(child_run(yielder, (void *)(uint64_t)(4 + i), cpu) > 0);
    }
    for (unsigned i = 0; i < 4; i++) {
        for (unsigned tries = 0; tries < 100 && counts[4 + i] <= 10; tries++)
            sleep_ns(10 * MS);
        CHECK(counts[4 + i] > 10);
    }
}

/* A running activation is moved to another CPU, which is idle: it goes on there. */
void test_slice_move(void)
{
    if (INFO->cpus < 3)
        return;
    for (unsigned round = 0; round < 10; round++) {
        uint32_t from = 1 + round % 2, to = 3 - from;
        int64_t env = child_make(0, "moved");
        counts[8] = 0;
        EQ(child_act((env_id_t)env, counter, (void *)8), 0);
        EQ(exo_slice_alloc(0, from, 10), 10);
        EQ(exo_slice_alloc(0, to, 10), 10);
        EQ(exo_slice_bind(0, from, 10, (env_id_t)env, 0), 0);
        CHECK(await_more(&counts[8], 0));
        EQ(exo_slice_bind(0, from, 10, EXO_ENV_NONE, 0), 0);
        EQ(exo_slice_bind(0, to, 10, (env_id_t)env, 0), 0);
        /* When the slice under way ends, which the host may delay. */
        for (unsigned tries = 0; tries < 200 && env_info((env_id_t)env)->act[0].cpu != to; tries++)
            sleep_ns(3 * MS);
        EQ(env_info((env_id_t)env)->act[0].cpu, to);
        CHECK(await_more(&counts[8], counts[8]));
        children_end();
        EQ(exo_slice_free(0, from, 10), 0);
        EQ(exo_slice_free(0, to, 10), 0);
    }
}

/* The same by a directed yield from a CPU that is not its own. */
void test_yield_across(void)
{
    if (INFO->cpus < 2)
        return;
    int64_t env = child_run(counter, (void *)9, 1), hog = child_run(counter, (void *)10, 1);
    CHECK(env > 0 && hog > 0);
    for (unsigned i = 0; i < 50; i++) {
        int64_t result = exo_yield((env_id_t)env, 0); /* ready while the hog runs */
        CHECK(result == 0 || result == E(STATE));
        if (i == 25)
            EQ(exo_env_destroy(0, (env_id_t)hog), 0);
        sleep_ns(MS / 3);
    }
    uint64_t count = counts[9];
    CHECK(await_more(&counts[9], count));
}
