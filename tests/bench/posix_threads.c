/* SPDX-License-Identifier: MIT
 *
 * posix_threads.c: threads, mutexes, condition variables. Layer: tests. Linked only where pthread_create links.
 */
#include "bench.h"

#include <pthread.h>
#include <sched.h>
#include <stddef.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static pthread_t partner;
static volatile int turn, over;
static volatile uint32_t yields;

static void *nothing(void *argument) { return argument; }

static void run_create(uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        pthread_t thread;
        bench_need(pthread_create(&thread, NULL, nothing, NULL) == 0, "pthread_create fails");
        pthread_join(thread, NULL);
    }
}
/* row thread_create_join: thread create and join | Threads | goal 3000
 * of a thread that returns at once. Exon's library uses the stack of the one before again; musl maps and unmaps one
 * each time. */
BENCH(thread_create_join, 8, run_create, NULL, NULL)

static void run_mutex(uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        pthread_mutex_lock(&lock);
        pthread_mutex_unlock(&lock);
    }
}
/* row mutex: mutex lock and unlock | Threads | goal 40
 * nobody else wants it; neither enters the kernel. */
BENCH(mutex, 1000, run_mutex, NULL, NULL)

static void run_yield(uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        sched_yield();
}
/* row sched_yield: sched_yield, alone | Threads
 * no other thread. */
BENCH(sched_yield, 200, run_yield, NULL, NULL)

/* ---- A partner ---- */

static void start_partner(void *(*function)(void *))
{
    over = turn = 0;
    bench_need(pthread_create(&partner, NULL, function, NULL) == 0, "pthread_create fails");
    sched_yield();
}

static void stop_partner(void)
{
    pthread_mutex_lock(&lock);
    over = 1;
    turn = 1;
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&lock);
    pthread_join(partner, NULL);
}

/* Two threads that yield: one operation is one sched_yield of either of them, whomever the system then picks. */
static void *yield_loop(void *argument)
{
    while (!over) {
        yields++;
        sched_yield();
    }
    return argument;
}

static void before_yield(void) { start_partner(yield_loop); }

static void run_yield_two(uint32_t n)
{
    uint32_t end = yields + n;
    while ((int32_t)(end - yields) > 0) {
        yields++;
        sched_yield();
    }
}
/* row sched_yield_two: sched_yield, two threads | Threads | goal 200
 * two threads that do nothing else; one call, whomever the system then runs.
 * Exon (round robin): the other one. Linux (CFS): often the same. */
BENCH(sched_yield_two, 200, run_yield_two, before_yield, stop_partner)

/* Ping-pong by a condition variable: one operation is one way. */
static void *cond_loop(void *argument)
{
    pthread_mutex_lock(&lock);
    while (!over) {
        while (turn != 1)
            pthread_cond_wait(&changed, &lock);
        turn = 0;
        pthread_cond_signal(&changed);
    }
    pthread_mutex_unlock(&lock);
    return argument;
}

static void before_cond(void) { start_partner(cond_loop); }

static void run_cond(uint32_t n)
{
    pthread_mutex_lock(&lock);
    for (uint32_t i = 0; i < n; i += 2) {
        turn = 1;
        pthread_cond_signal(&changed);
        while (turn != 0)
            pthread_cond_wait(&changed, &lock);
    }
    pthread_mutex_unlock(&lock);
}
/* row cond_one_way: condition variable, one way | Threads | goal 600
 * two threads wake each other by turns. */
BENCH(cond_one_way, 80, run_cond, before_cond, stop_partner)
