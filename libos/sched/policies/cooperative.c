/* SPDX-License-Identifier: MIT
 *
 * cooperative.c: a thread runs until it blocks or yields; nothing takes the CPU from it. Layer: libos/sched. All operations are
 * O(1). Source: Conway, "Design of a Separable Transition-Diagram Compiler", CACM 6(7), 1963 (coroutines).
 */
#include "sched/policy.h"

static struct thread_queue ready;

static void enqueue(struct thread *thread, enum sched_why why)
{
    if (why == SCHED_PREEMPTED || why == SCHED_MOVED)
        thread_queue_push(&ready, thread); /* its affinity changed: it keeps its turn */
    else
        thread_queue_add(&ready, thread);
}

static void dequeue(struct thread *thread) { thread_queue_remove(&ready, thread); }

static struct thread *pick(void) { return thread_queue_take(&ready); }

static bool tick(struct thread *thread)
{
    (void)thread;
    return false;
}

static uint32_t count(void) { return ready.count; }

const struct sched_policy sched_cooperative = {
    .name = "cooperative", .enqueue = enqueue, .dequeue = dequeue, .pick = pick, .tick = tick, .count = count};
