/* SPDX-License-Identifier: MIT
 *
 * slice_ends.c: the program's own function at the end of its slices (exo_slice_end_hook). Layer: tests.
 */
#include <pthread.h>
#include <string.h>

#include "exo/exo.h"
#include "sched/thread.h"
#include "suite.h"

enum { ENDS = 20 };

static volatile unsigned ends, strange;
static volatile uint64_t last_rip;
static struct thread *spinner;

static void on_end(struct thread *running, const struct exo_context *context)
{
    strange += running != spinner || !exo_act()->disabled || context->fs_base != (uintptr_t)spinner;
    last_rip = context->rip;
    ends++;
}

/* Computes until `wanted` slices ended, or ten seconds have passed. Returns whether the sums came out right. */
static int spin(unsigned wanted)
{
    double sum = 0, check = 0;
    uint64_t turns = 0, end = exo_clock_ns() + 10000000000ull;
    for (ends = 0; ends < wanted && exo_clock_ns() < end; turns++) {
        sum += (double)turns;
        check = (double)turns * ((double)turns + 1) / 2;
    }
    return sum == check;
}

static void test_every_end(void)
{
    strange = 0;
    spinner = thread_self();
    CHECK(exo_slice_end_hook(on_end) == NULL);
    CHECK(spin(ENDS));
    CHECK(ends >= ENDS);
    EQUAL(strange, 0);
    CHECK(last_rip != 0);
    CHECK(exo_slice_end_hook(NULL) == on_end);
    unsigned before = ends;
    for (uint64_t until = exo_clock_ns() + 10000000; exo_clock_ns() < until;)
        ;
    EQUAL(ends, before);
}

/* Other threads go on. */
static volatile int stop;
static void *beside(void *argument)
{
    uint64_t *turns = argument;
    while (!stop)
        ++*turns;
    return NULL;
}

static void on_any_end(struct thread *running, const struct exo_context *context)
{
    strange += !running || context->fs_base != (uintptr_t)running;
    ends++;
}

static void test_threads(void)
{
    uint64_t turns = 0;
    pthread_t thread;
    strange = 0;
    exo_slice_end_hook(on_any_end);
    CHECK(pthread_create(&thread, NULL, beside, &turns) == 0);
    CHECK(spin(ENDS));
    stop = 1;
    CHECK(pthread_join(thread, NULL) == 0);
    exo_slice_end_hook(NULL);
    CHECK(ends >= ENDS && turns > 0);
    EQUAL(strange, 0);
}

static const struct suite_test tests[] = {
    {test_every_end, "every end", 30},
    {test_threads, "threads", 30},
};

int main(void) { return SUITE_RUN(tests); }
