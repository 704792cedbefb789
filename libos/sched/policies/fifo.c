/* SPDX-License-Identifier: MIT
 *
 * fifo.c: first come, first served: of the threads that are ready the one that was made first runs, until it ends, blocks or
 * yields; one that wakes takes the CPU back from those that came after it. A batch of jobs is done in its order. Layer:
 * libos/sched. enqueue is O(n), the rest O(1). Source: Conway, Maxwell, Miller, "Theory of Scheduling", 1967, §3.
 */
#include "sched/policy.h"

#define arrival policy[0] /* a number, from 1; one who yields comes anew */

static struct thread_queue ready;
static uint64_t arrivals;

static void enqueue(struct thread *thread, enum sched_why why)
{
    struct thread *at = ready.last;
    if (!thread->arrival || why == SCHED_YIELDED)
        thread->arrival = ++arrivals;
    while (at && at->arrival > thread->arrival)
        at = at->queue_prev;
    thread_queue_insert(&ready, at, thread);
}

static void dequeue(struct thread *thread) { thread_queue_remove(&ready, thread); }

static struct thread *pick(void) { return thread_queue_take(&ready); }

static bool preempts(const struct thread *other, const struct thread *running) { return other->arrival < running->arrival; }

/* The thread that runs before the policy knew it (the main one) came first. */
static bool tick(struct thread *thread) { return ready.first && preempts(ready.first, thread); }

static uint32_t count(void) { return ready.count; }

const struct sched_policy sched_fifo = {
    .name = "fifo", .enqueue = enqueue, .dequeue = dequeue, .pick = pick, .tick = tick, .count = count, .preempts = preempts};
