/* SPDX-License-Identifier: MIT
 *
 * slice_end.c: tests of the slice_end upcall, its grace, and what an overrun costs.
 */
#include "runtime.h"
#include "tests.h"

/* slice_end: entered once at the end of the slice, with time enough to yield; nothing is owed that way but what it took. */
static volatile uint64_t ends, runs, end_debts;

static void at_run(struct exo_activation *act, uint64_t slot, uint64_t pending)
{
    (void)pending;
    runs++;
    events_take();
    (void)act;
    exo_resume((uint32_t)slot);
}

void end_handler(struct exo_activation *act, uint64_t slot);
void end_handler(struct exo_activation *act, uint64_t slot)
{
    ends++;
    if (vcpu()->hook) /* overrun: the grace is spent, and more */
        for (;;)
            ;
    exo_yield(0, EXO_ACT_ANY);
    end_debts += env_info(act->env)->act[act->index].debt_ns;
    exo_resume((uint32_t)slot);
}

__asm__(".globl end_entry\nend_entry: xor %ebp, %ebp\ncall end_handler\nud2");
void end_entry(void);

static bool never(struct exo_fault *fault)
{
    (void)fault;
    return false;
}

static volatile uint64_t ticks;

static void ticker(void *overruns)
{
    vcpu()->upcall = at_run;
    vcpu()->hook = overruns ? never : NULL;
    act_here()->entry[EXO_UPCALL_SLICE_END] = (uint64_t)end_entry;
    act_here()->disabled = 0;
    __asm__ volatile("" ::: "memory");
    for (;;)
        ticks++;
}

void test_slice_end(void)
{
    uint32_t cpu = INFO->cpus - 1;
    CHECK(INFO->grace_ns > 0 && INFO->grace_ns <= INFO->slice_ns / 4);
    ends = runs = ticks = end_debts = 0;
    env_id_t env = (env_id_t)child_run(ticker, NULL, cpu);
    CHECK(await_more(&ends, 20));
    CHECK(ticks > 0);
    EQ(end_debts, 0);
    CHECK(env_info(env)->act[0].charged_ns > 10 * INFO->slice_ns);
    CHECK(env_info(env)->act[0].debt_ns <= INFO->slice_ns);
}

/* One that never gives up after slice_end is preempted, keeps its state, and has no more time than its neighbour. */
static volatile uint64_t neighbour;

static void count_neighbour(void *unused)
{
    (void)unused;
    for (;;)
        neighbour++;
}

void test_slice_end_overrun(void)
{
    uint32_t cpu = INFO->cpus - 1;
    ends = neighbour = 0;
    env_id_t greedy = (env_id_t)child_run(ticker, (void *)1, cpu);
    CHECK(await_more(&ends, 0));
    env_id_t other = (env_id_t)child_run(count_neighbour, NULL, cpu);
    bool fair = false;
    for (unsigned i = 0; i < 20 && !fair; i++) {
        uint64_t a = env_info(greedy)->act[0].run_ns, b = env_info(other)->act[0].run_ns;
        sleep_ns(100 * MS);
        a = env_info(greedy)->act[0].run_ns - a;
        b = env_info(other)->act[0].run_ns - b;
        fair = a * 100 < b * 115 && b * 100 < a * 133;
    }
    CHECK(fair);
    EQ(env_info(greedy)->act[0].state == EXO_ACT_STOPPED, 0);
    CHECK(ends >= 1);
}
