/* SPDX-License-Identifier: MIT
 *
 * round_robin.c: the default policy: ready threads in one queue, each runs until its slice ends or it blocks. Layer:
 * libos/sched. All operations are O(1). Source: Corbato, Merwin-Daggett, Daley, "An Experimental Time-Sharing System", AFIPS
 * SJCC 1962. On several CPUs they take from the same queue.
 */
#include "sched/policy.h"

static struct thread_queue ready;

static void enqueue(struct thread *thread, enum sched_why why)
{
    (void)why;
    thread_queue_add(&ready, thread);
}

static void dequeue(struct thread *thread) { thread_queue_remove(&ready, thread); }

static struct thread *pick(void) { return thread_queue_take(&ready); }

static bool tick(struct thread *thread)
{
    (void)thread;
    return ready.first != NULL;
}

static uint32_t count(void) { return ready.count; }

const struct sched_policy sched_round_robin = {
    .name = "round-robin", .enqueue = enqueue, .dequeue = dequeue, .pick = pick, .tick = tick, .count = count};
