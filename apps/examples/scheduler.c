/* SPDX-License-Identifier: MIT
 *
 * scheduler.c: a program with a scheduling policy of its own: of its ready threads the one that has run least so far is next.
 * The whole policy is between the two lines; docs/write-a-scheduler.md explains it. Layer: apps.
 *
 *     build/bin/exon-cc -O2 -o scheduler apps/examples/scheduler.c && build/bin/exon-run scheduler
 */
#include <pthread.h>
#include <stdio.h>

#include "sched/policy.h"

/* ---- The policy ---- */

static struct thread_queue ready; /* the one that has run least is first */

static void enqueue(struct thread *thread, enum sched_why why)
{
    struct thread *before = ready.last;
    (void)why;
    while (before && before->run_ns > thread->run_ns)
        before = before->queue_prev;
    thread_queue_insert(&ready, before, thread);
}

static void dequeue(struct thread *thread) { thread_queue_remove(&ready, thread); }

static struct thread *pick(void) { return thread_queue_take(&ready); }

static bool tick(struct thread *thread) { return ready.first && ready.first->run_ns < thread->run_ns; }

static uint32_t held(void) { return ready.count; }

static const struct sched_policy least_run = {
    .name = "least-run", .enqueue = enqueue, .dequeue = dequeue, .pick = pick, .tick = tick, .count = held};

const struct sched_policy *const sched_policy = &least_run;

/* ---- Threads that it runs ---- */

static void *count(void *argument)
{
    volatile unsigned long *counter = argument;
    for (uint64_t end = exo_clock_ns() + 100000000; exo_clock_ns() < end;)
        ++*counter;
    return NULL;
}

int main(void)
{
    pthread_t threads[3];
    unsigned long counters[3] = {0};
    for (int i = 0; i < 3; i++)
        pthread_create(&threads[i], NULL, count, &counters[i]);
    for (int i = 0; i < 3; i++)
        pthread_join(threads[i], NULL);
    printf("policy %s: %lu %lu %lu\n", sched_policy_now()->name, counters[0], counters[1], counters[2]);
    return 0;
}
