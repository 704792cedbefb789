/* SPDX-License-Identifier: MIT
 *
 * stride.c: the ready thread with the least pass runs; its pass grows by what it has run over its weight, so shares follow
 * weights without chance. One that waited comes back no earlier than where the others are. Layer: libos/sched. enqueue is O(n),
 * the rest O(1). Source: Waldspurger, Weihl, "Stride Scheduling", MIT/LCS/TM-528, 1995: of any two threads that stay ready, the
 * shares differ from their weights by less than one quantum.
 */
#include "sched/policy.h"

#define pass policy[0] /* ns of CPU time of a thread with the default weight */
#define paid policy[1] /* run_ns up to which pass has grown */

static struct thread_queue ready;
static uint64_t global_pass; /* of the thread that was picked last */

static void settle(struct thread *thread)
{
    uint64_t ran = thread->run_ns - thread->paid;
    thread->pass += ran * SCHED_WEIGHT_DEFAULT / thread_weight(thread);
    thread->paid = thread->run_ns;
}

static void enqueue(struct thread *thread, enum sched_why why)
{
    struct thread *at = ready.last;
    if (!thread->paid && !thread->pass)
        thread->paid = thread->run_ns; /* what it ran under another policy is not owed here */
    settle(thread);
    if ((why == SCHED_NEW || why == SCHED_WOKEN) && thread->pass < global_pass)
        thread->pass = global_pass;
    while (at && at->pass > thread->pass)
        at = at->queue_prev;
    thread_queue_insert(&ready, at, thread);
}

static void dequeue(struct thread *thread) { thread_queue_remove(&ready, thread); }

static struct thread *pick(void)
{
    struct thread *thread = thread_queue_take(&ready);
    if (thread && thread->pass > global_pass)
        global_pass = thread->pass;
    return thread;
}

static bool tick(struct thread *thread)
{
    settle(thread);
    return ready.first && ready.first->pass < thread->pass;
}

static void leave(struct thread *thread) { settle(thread); }

static uint32_t count(void) { return ready.count; }

const struct sched_policy sched_stride = {
    .name = "stride", .enqueue = enqueue, .dequeue = dequeue, .pick = pick, .tick = tick, .count = count, .leave = leave};
