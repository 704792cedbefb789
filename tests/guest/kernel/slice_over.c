/* SPDX-License-Identifier: MIT
 *
 * slice_over.c: tests of what happens at the end of a slice: who runs next, in what state, and who is charged. Each runs twice:
 * as the kernel does it in assembly (x86/timer.asm), and in C, which is what it does while switches are traced.
 */
#include "runtime.h"
#include "tests.h"

#define NOT_CANONICAL 0x0000800000000000ull

static void both_ways(void (*test)(void))
{
    for (unsigned traced = 0; traced < 2; traced++) {
        EQ(exo_trace_set(0, traced ? 1u << EXO_TRACE_SWITCH : 0), 0);
        test();
        children_end();
        EQ(exo_trace_set(0, 0), 0);
    }
}

static volatile uint64_t runs, events, bad;

static void at_upcall(struct exo_activation *act, uint64_t slot, uint64_t pending)
{
    const volatile struct exo_act_info *info = &env_info(act->env)->act[act->index];
    uint32_t taken = __atomic_exchange_n(&act->pending, 0, __ATOMIC_ACQ_REL); /* with one that came since */
    if (taken & EXO_EVENT_TIMER)
        exo_timer_set(now_ns() + INFO->slice_ns / 3 + (events * 7919) % INFO->slice_ns);
    if (taken)
        events++;
    else
        runs++;
    bad += (pending & ~taken) || !act->disabled || slot != act->save_slot;
    bad += info->state != EXO_ACT_RUNNING || info->cpu != act->cpu;
    bad += act->user[4] || act->user[5] || act->user[6]; /* registers of somebody else (entry.asm) */
    exo_resume((uint32_t)slot);
}

/* Spins with a mark in all registers. */
static void enabled(void *slot)
{
    struct registers mark;
    memset(&mark, 0x5e, sizeof mark);
    mark.mxcsr = 0x1f80;
    vcpu()->upcall = at_upcall;
    act_here()->save_slot = (uint32_t)(uint64_t)slot;
    act_here()->disabled = 0;
    registers_stop = 0;
    registers_hold(&mark, &mark);
}

struct counters {
    uint64_t runs, ran, charged;
};

/* All of one moment: no slice ended meanwhile. */
static struct counters counters(const volatile struct exo_act_info *info)
{
    struct counters now;
    do
        now = (struct counters){runs, info->run_ns, info->charged_ns};
    while (now.runs != runs || now.ran != info->run_ns);
    return now;
}

/* One that is enabled has a run upcall for each of its slices; its time is what it is charged, as nobody else runs on them. */
static void counts(void)
{
    uint32_t cpu = INFO->cpus - 1;
    runs = events = bad = 0;
    env_id_t env = (env_id_t)child_run(enabled, (void *)2, cpu);
    const volatile struct exo_act_info *info = &env_info(env)->act[0];
    CHECK(await_more(&runs, 5));
    struct counters before = counters(info);
    CHECK(await_more(&runs, before.runs + 20));
    struct counters after = counters(info);
    uint64_t slices = after.runs - before.runs, ran = after.ran - before.ran, charged = after.charged - before.charged;
    CHECK(ran >= (slices - 2) * INFO->slice_ns);
    CHECK(charged >= (slices - 2) * INFO->slice_ns);
    CHECK(ran <= charged + 2 * INFO->slice_ns && charged <= ran + 2 * INFO->slice_ns);
    CHECK(info->debt_ns <= INFO->slice_ns);
    EQ(events, 0);
    EQ(bad, 0);
}

void test_slice_over_counts(void)
{
    both_ways(counts);
}

static void spin(void *unused)
{
    (void)unused;
    for (;;)
        __builtin_ia32_pause();
}

/* An enabled one, a disabled one and another enabled one take turns on one CPU: all get their time. */
static void neighbours(void)
{
    uint32_t cpu = INFO->cpus - 1;
    runs = events = bad = 0;
    env_id_t env[3];
    env[0] = (env_id_t)child_run(enabled, (void *)1, cpu);
    env[1] = (env_id_t)child_run(spin, NULL, cpu);
    env[2] = (env_id_t)child_run(enabled, (void *)3, cpu);
    for (unsigned i = 0; i < 3; i++) {
        const volatile struct exo_act_info *info = &env_info(env[i])->act[0];
        CHECK(await_more(&info->run_ns, info->run_ns + 10 * INFO->slice_ns));
        CHECK(info->charged_ns > 5 * INFO->slice_ns);
        CHECK(info->state == EXO_ACT_RUNNING || info->state == EXO_ACT_READY);
        EQ(info->cpu, cpu);
    }
    CHECK(await_more(&runs, 5));
    EQ(events, 0);
    EQ(bad, 0);
}

void test_slice_over_neighbours(void)
{
    both_ways(neighbours);
}

/* An enabled activation spoils the state of its disabled neighbour, which goes on when its slice is over. */
static volatile uint32_t spoilt;

static void spoil(void *rip)
{
    volatile struct exo_context *victim = (volatile struct exo_context *)(EXO_ACT_BASE + EXO_PAGE_BYTES);
    volatile struct exo_activation *page = (volatile struct exo_activation *)EXO_ACT_BASE;
    vcpu()->upcall = at_upcall;
    act_here()->save_slot = 1;
    act_here()->disabled = 0;
    while (!victim->rip || page->fault_depth)
        ;
    for (;; spoilt = 1) {
        if (rip)
            victim->rip = (uint64_t)rip;
        else
            for (unsigned i = 512; i < 576; i++)
                victim->xsave[i] = 0xff;
    }
}

static void spoiled(void)
{
    for (unsigned k = 0; k < 2; k++) {
        if (!k && INFO->xsave != EXO_XSAVE_XSAVE)
            continue;
        uint32_t cpu = INFO->cpus - 1;
        int64_t env = child_make(0, "spoiled");
        spoilt = 0;
        EQ(child_act((env_id_t)env, spin, NULL), 0);
        EQ(child_act((env_id_t)env, spoil, (void *)(k ? NOT_CANONICAL : 0)), 1);
        CHECK(child_slice((env_id_t)env, 0, cpu) >= 0 && child_slice((env_id_t)env, 1, cpu) >= 0);
        CHECK(await_state((env_id_t)env, 0, EXO_ACT_STOPPED));
        CHECK(spoilt);
        EQ(env_info((env_id_t)env)->act[0].stop_vector, 256);
        const volatile struct exo_act_info *other = &env_info((env_id_t)env)->act[1];
        CHECK(await_more(&other->run_ns, other->run_ns + 2 * INFO->slice_ns)); /* it goes on */
        children_end();
    }
}

void test_slice_over_spoiled(void)
{
    both_ways(spoiled);
}

/* Events that come at any time are not lost at the ends of slices. */
static void alarmed(void *slot)
{
    exo_timer_set(now_ns());
    enabled(slot);
}

static void event(void)
{
    uint32_t cpu = INFO->cpus - 1;
    runs = events = bad = 0;
    child_run(alarmed, (void *)1, cpu);
    child_run(enabled, (void *)1, cpu);
    CHECK(await_more(&events, 50));
    CHECK(await_more(&runs, 5));
    EQ(bad, 0);
}

void test_slice_over_event(void)
{
    both_ways(event);
}

/* The same, while the kernel changes from one way to the other and back. */
void test_slice_over_tracing(void)
{
    uint32_t cpu = INFO->cpus - 1;
    runs = events = bad = 0;
    child_run(enabled, (void *)1, cpu);
    child_run(alarmed, (void *)2, cpu);
    child_run(spin, NULL, cpu);
    for (uint64_t end = now_ns() + 50 * INFO->slice_ns, turn = 1; now_ns() < end || runs < 10 || !events; turn++) {
        EQ(exo_trace_set(0, turn % 2 ? 1u << EXO_TRACE_SWITCH : 0), 0);
        if (now_ns() > end + 10000 * MS)
            break;
    }
    EQ(exo_trace_set(0, 0), 0);
    CHECK(runs >= 10 && events);
    EQ(bad, 0);
}

/* One without a slice runs on its patron's: who pays is the patron, and both are seen to run. */
static volatile uint64_t lent;

static void lend(void *guest)
{
    for (;; lent++)
        exo_yield((env_id_t)(uint64_t)guest, 0);
}

static void lending(void)
{
    uint32_t cpu = INFO->cpus - 1;
    runs = events = bad = lent = 0;
    env_id_t guest = (env_id_t)child_make(0, "guest");
    EQ(child_act(guest, enabled, (void *)3), 0);
    env_id_t patron = (env_id_t)child_run(lend, (void *)guest, cpu);
    const volatile struct exo_act_info *pays = &env_info(patron)->act[0], *runs_on_it = &env_info(guest)->act[0];
    CHECK(await_more(&runs_on_it->run_ns, 10 * INFO->slice_ns));
    CHECK(await_more(&runs, 3) && await_more(&lent, 3));
    EQ(runs_on_it->charged_ns, 0);
    CHECK(runs_on_it->slices == 0 && runs_on_it->debt_ns == 0);
    uint64_t ran = runs_on_it->run_ns; /* before what is charged: the slice under way is in neither */
    CHECK(await_more(&pays->charged_ns, ran));
    CHECK(pays->debt_ns <= INFO->slice_ns);
    EQ(bad, 0);
}

void test_slice_over_lent(void)
{
    both_ways(lending);
}

/* The slice that runs changes hands, its holder ends, and another is made that may be where that was: nobody is charged for more
 * than the time since it was made. */
static void rebinding(void)
{
    uint32_t cpu = INFO->cpus - 1;
    runs = events = bad = 0;
    int64_t at = exo_slice_alloc(0, cpu, EXO_SLICE_ANY);
    env_id_t neighbour = (env_id_t)child_run(enabled, (void *)2, cpu);
    for (unsigned i = 0; i < 12; i++) {
        uint64_t made = now_ns();
        env_id_t env = (env_id_t)child_make(0, "heir");
        const volatile struct exo_act_info *info = &env_info(env)->act[0];
        EQ(child_act(env, i % 3 ? enabled : spin, (void *)1), 0);
        EQ(exo_slice_bind(0, cpu, (uint32_t)at, env, 0), 0);
        CHECK(await_more(&info->run_ns, i % 4 * INFO->slice_ns));
        if (i & 1) {
            EQ(exo_slice_bind(0, cpu, (uint32_t)at, neighbour, 0), 0);
            EQ(exo_slice_bind(0, cpu, (uint32_t)at, env, 0), 0);
        }
        uint64_t charged = info->charged_ns, debt = info->debt_ns;
        CHECK(charged <= now_ns() - made + INFO->slice_ns && debt <= INFO->slice_ns);
        if (i & 2) {
            EQ(exo_slice_free(0, cpu, (uint32_t)at), 0);
            EQ(exo_slice_alloc(0, cpu, (uint32_t)at), at);
        }
        EQ(exo_env_destroy(0, env), 0);
    }
    uint64_t before = env_info(neighbour)->act[0].run_ns;
    CHECK(await_more(&env_info(neighbour)->act[0].run_ns, before + 2 * INFO->slice_ns));
    EQ(exo_slice_free(0, cpu, (uint32_t)at), 0);
    EQ(bad, 0);
}

void test_slice_over_rebound(void)
{
    both_ways(rebinding);
}

/* Directed yields run it on another CPU while its slices come up on its own: it is never in two places. */
static void elsewhere(void)
{
    uint32_t cpu = INFO->cpus - 1;
    uint64_t begin = now_ns(), here = 0;
    runs = events = bad = 0;
    env_id_t env = (env_id_t)child_run(enabled, (void *)1, cpu), neighbour = (env_id_t)child_run(enabled, (void *)3, cpu);
    const volatile struct exo_act_info *info = &env_info(env)->act[0];
    for (uint64_t end = begin + 40 * INFO->slice_ns; now_ns() < end || runs < 10;) {
        int64_t result = exo_yield(env, 0);
        CHECK(result == 0 || result == E(STATE));
        here += result == 0;
        uint64_t ran = info->run_ns; /* before the clock is read */
        CHECK(ran <= now_ns() - begin);
        if (now_ns() > end + 10000 * MS)
            break;
    }
    CHECK(runs >= 10 && here);
    uint64_t before = env_info(neighbour)->act[0].run_ns;
    CHECK(await_more(&env_info(neighbour)->act[0].run_ns, before));
    EQ(bad, 0);
}

void test_slice_over_elsewhere(void)
{
    both_ways(elsewhere);
}
