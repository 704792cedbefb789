/* SPDX-License-Identifier: MIT
 *
 * round_robin.c: the default policy: ready threads in one queue, each runs until its slice ends or it blocks. Also the
 * queue that other policies use. Layer: libos/sched. Guarded by sched_lock.
 */
#include "sched/policy.h"

void thread_queue_add(struct thread_queue *queue, struct thread *thread)
{
    thread->queue_next = NULL;
    thread->queue_prev = queue->last;
    if (queue->last)
        queue->last->queue_next = thread;
    else
        queue->first = thread;
    queue->last = thread;
}

void thread_queue_remove(struct thread_queue *queue, struct thread *thread)
{
    if (thread->queue_prev)
        thread->queue_prev->queue_next = thread->queue_next;
    else
        queue->first = thread->queue_next;
    if (thread->queue_next)
        thread->queue_next->queue_prev = thread->queue_prev;
    else
        queue->last = thread->queue_prev;
    thread->queue_next = thread->queue_prev = NULL;
}

static struct thread_queue ready;

static void enqueue(struct thread *thread, bool preempted)
{
    (void)preempted;
    thread_queue_add(&ready, thread);
}

static void dequeue(struct thread *thread) { thread_queue_remove(&ready, thread); }

static struct thread *pick(void)
{
    struct thread *thread = ready.first;
    if (thread)
        thread_queue_remove(&ready, thread);
    return thread;
}

static bool tick(struct thread *thread)
{
    (void)thread;
    return ready.first != NULL;
}

const struct sched_policy sched_round_robin = {"round-robin", enqueue, dequeue, pick, tick};

__attribute__((weak)) const struct sched_policy *const sched_policy = &sched_round_robin;
