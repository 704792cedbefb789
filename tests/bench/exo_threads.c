/* SPDX-License-Identifier: MIT
 *
 * exo_threads.c: Exon alone: threads of the libOS below POSIX: yield, mutex, condition variable, making and joining.
 * Layer: tests.
 */
#include "bench.h"

#include "sched/policy.h"
#include "sched/thread.h"
#include "sync/sync.h"

/* The library's policies are tested; what they cost is measured without the watch over them. */
bool sched_check = false;

static struct sync_mutex lock;
static struct sync_cond changed;
static struct thread *partner;
static volatile int turn, over;

static void start(void *(*function)(void *))
{
    over = turn = 0;
    bench_need(thread_create(&partner, "partner", 0, function, NULL) == 0, "thread_create fails");
    thread_yield();
}

static void stop(void)
{
    sync_mutex_lock(&lock);
    over = turn = 1;
    sync_cond_broadcast(&changed);
    sync_mutex_unlock(&lock);
    thread_join(partner, NULL);
}

static void run_mutex(uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        sync_mutex_lock(&lock);
        sync_mutex_unlock(&lock);
    }
}
/* row exo_mutex: library mutex lock and unlock | Threads | goal 40 | Exon alone
 * libos/sync; Exon alone. */
BENCH(exo_mutex, 1000, run_mutex, NULL, NULL)

static void *yield_loop(void *argument)
{
    while (!over)
        thread_yield();
    return argument;
}

static void before_yield(void) { start(yield_loop); }

static void run_yield(uint32_t n)
{
    for (uint32_t i = 0; i < n; i += 2)
        thread_yield();
}
/* row exo_thread_yield: library yield, two threads | Threads | goal 200 | Exon alone
 * libos/sched, round robin; Exon alone. */
BENCH(exo_thread_yield, 200, run_yield, before_yield, stop)

static void *cond_loop(void *argument)
{
    sync_mutex_lock(&lock);
    while (!over) {
        while (turn != 1)
            sync_cond_wait(&changed, &lock, EXO_FOREVER);
        turn = 0;
        sync_cond_signal(&changed);
    }
    sync_mutex_unlock(&lock);
    return argument;
}

static void before_cond(void) { start(cond_loop); }

static void run_cond(uint32_t n)
{
    sync_mutex_lock(&lock);
    for (uint32_t i = 0; i < n; i += 2) {
        turn = 1;
        sync_cond_signal(&changed);
        while (turn != 0)
            sync_cond_wait(&changed, &lock, EXO_FOREVER);
    }
    sync_mutex_unlock(&lock);
}
/* row exo_cond_one_way: library condition, one way | Threads | goal 600 | Exon alone
 * libos/sync; Exon alone. */
BENCH(exo_cond_one_way, 80, run_cond, before_cond, stop)

static void *nothing(void *argument) { return argument; }

static void run_create(uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        struct thread *thread;
        bench_need(thread_create(&thread, "short", 0, nothing, NULL) == 0, "thread_create fails");
        thread_join(thread, NULL);
    }
}
/* row exo_thread_create_join: library thread create and join | Threads | goal 3000 | Exon alone
 * libos/sched without pthread.h; Exon alone. */
BENCH(exo_thread_create_join, 8, run_create, NULL, NULL)

/* Two threads that only look at the clock, so that each is taken off the CPU at the end of its slice: the shortest time from the
 * last look of one to the first one of the other. It holds an interrupt, the kernel's scheduler, the run upcall, this library's
 * switch, and what is left of two rounds of the loop. */
static volatile uint64_t looked[2]; /* each one's last look */
static uint64_t preempted_in;
static volatile uint32_t preemptions, wanted_preemptions;

static void *look(void *argument)
{
    volatile uint64_t *mine = argument, *other = &looked[mine == looked];
    while (preemptions < wanted_preemptions) {
        uint64_t from = *other, now = bench_ticks();
        if (from > *mine) {
            preempted_in = now - from < preempted_in ? now - from : preempted_in;
            preemptions++;
            for (uint32_t i = preemptions % 17; i > 0; i--) /* the next interrupt finds the loop elsewhere */
                bench_barrier();
        }
        *mine = now;
    }
    return NULL;
}

static uint64_t own_preemption(uint32_t n)
{
    preempted_in = ~0ull;
    preemptions = 0;
    wanted_preemptions = n;
    looked[0] = looked[1] = bench_ticks();
    bench_need(thread_create(&partner, "partner", 0, look, (void *)&looked[1]) == 0, "thread_create fails");
    look((void *)&looked[0]);
    thread_join(partner, NULL);
    return preempted_in;
}
/* row exo_preemption: preemption of a thread | Threads | goal 600 | Exon alone
 * its slice ends: interrupt, kernel, run upcall, the next thread runs; Exon alone. */
BENCH_OWN(exo_preemption, 100, own_preemption)
