/* SPDX-License-Identifier: MIT
 *
 * policy.h: which ready thread runs next: a small table of functions. Layer: libos/sched.
 *
 * An application chooses a policy by `exon-run --sched NAME` (EXON_SCHED in its environment), by linking (-lsched-stride),
 * by sched_policy_set, or by defining `sched_policy` in its own source (the library's is weak); docs/write-a-scheduler.md
 * shows how to write one.
 *
 * All functions are called disabled with sched_lock held; they neither block nor allocate. A thread is in the policy's hands
 * from enqueue to the pick or dequeue that takes it out; the running thread is not. thread->run_ns, the CPU time that it has
 * had, is up to date in enqueue, tick and leave. thread->policy is the policy's own, 0 for a thread that it does not know.
 */
#ifndef LIBOS_POLICY_H
#define LIBOS_POLICY_H

#include <stdbool.h>

#include "sched/thread.h"

/* Why a thread becomes ready: new; woken from a wait; it gave up the CPU; it was taken off it (slice, or a more urgent one);
 * its priority or affinity changed while it was ready. */
enum sched_why { SCHED_NEW, SCHED_WOKEN, SCHED_YIELDED, SCHED_PREEMPTED, SCHED_MOVED };

struct sched_policy {
    const char *name;
    /* A thread became ready. */
    void (*enqueue)(struct thread *thread, enum sched_why why);
    /* A ready thread is to be taken out. */
    void (*dequeue)(struct thread *thread);
    /* Takes out the thread to run next on this virtual CPU (sched_may_run_here); NULL: none is ready. */
    struct thread *(*pick)(void);
    /* A slice ended, or an event came, while thread ran. Returns true if another shall be picked. */
    bool (*tick)(struct thread *thread);
    /* Shall a thread that became ready run at once in place of one that runs? NULL: never, it waits for pick. */
    bool (*preempts)(const struct thread *ready, const struct thread *running);
    /* The running thread blocked or ended (its state says which). May be NULL. */
    void (*leave)(struct thread *thread);
    /* The policy begins to be the program's; it holds no thread. May be NULL. */
    void (*start)(void);
    /* How many threads it holds: enqueued, and not yet picked or dequeued. For check.c, which compares it with its own count at
     * each pick; so it is to be found cheaply (thread_queue.count), from where the threads are. NULL: a forgotten thread is
     * noticed when pick says that none is ready. */
    uint32_t (*count)(void);
};

/* What the program starts with. */
extern const struct sched_policy *const sched_policy;

/* What it has, and changing it: ready threads go over. Any thread may call it. */
const struct sched_policy *sched_policy_now(void);
void sched_policy_set(const struct sched_policy *policy);

/* The library's, each in a file of its own in sched/policies, which says how it works. NULL ends the list. */
extern const struct sched_policy sched_cooperative, sched_fifo, sched_round_robin, sched_priority, sched_mlfq, sched_lottery,
    sched_stride, sched_edf, sched_eevdf, sched_work_stealing;
extern const struct sched_policy *const sched_policies[];

/* The one of that name, or NULL. */
const struct sched_policy *sched_policy_find(const char *name);

/* The sequence of the lottery's draws begins anew. */
void sched_lottery_seed(uint64_t seed);

/* Is the policy watched by check.c? A program may define it false; EXON_SCHED_CHECK=0 or 1 in its environment decides. */
extern bool sched_check;

/* The CPU of the slices of the virtual CPU that runs, as a bit of thread->affinity; that virtual CPU, below EXO_ACTS_MAX. */
uint64_t sched_here(void);
uint32_t sched_act_index(void);
static inline bool sched_may_run_here(const struct thread *thread)
{
    return !thread->affinity || (thread->affinity & sched_here());
}

/* Lists for policies: first in, first out, linked by queue_next and queue_prev. */
struct thread_queue {
    struct thread *first, *last;
    uint32_t count;
};
static inline void thread_queue_add(struct thread_queue *queue, struct thread *thread)
{
    thread->queue_next = NULL;
    thread->queue_prev = queue->last;
    queue->count++;
    if (queue->last)
        queue->last->queue_next = thread;
    else
        queue->first = thread;
    queue->last = thread;
}

/* In front. */
static inline void thread_queue_push(struct thread_queue *queue, struct thread *thread)
{
    thread->queue_prev = NULL;
    thread->queue_next = queue->first;
    queue->count++;
    if (queue->first)
        queue->first->queue_prev = thread;
    else
        queue->last = thread;
    queue->first = thread;
}

static inline void thread_queue_remove(struct thread_queue *queue, struct thread *thread)
{
    queue->count--;
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

/* Behind `before`; NULL: in front. */
static inline void thread_queue_insert(struct thread_queue *queue, struct thread *before, struct thread *thread)
{
    if (!before) {
        thread_queue_push(queue, thread);
        return;
    }
    queue->count++;
    thread->queue_prev = before;
    thread->queue_next = before->queue_next;
    if (before->queue_next)
        before->queue_next->queue_prev = thread;
    else
        queue->last = thread;
    before->queue_next = thread;
}

/* Takes the first that may run here, or NULL. */
static inline struct thread *thread_queue_take(struct thread_queue *queue)
{
    struct thread *thread = queue->first;
    while (thread && !sched_may_run_here(thread))
        thread = thread->queue_next;
    if (thread)
        thread_queue_remove(queue, thread);
    return thread;
}

/* For policies with a queue a level or CPU. */
static inline uint32_t thread_queues_count(const struct thread_queue *queues, unsigned number)
{
    uint32_t sum = 0;
    for (unsigned i = 0; i < number; i++)
        sum += queues[i].count;
    return sum;
}

/* ---- For the core ---- */

/* Chooses the policy that the environment names, when the first thread is made. */
void sched_policy_start(void);

/* The same policy, watched (check.c); and with what threads do told to the kernel's trace (trace.c). The last is what the core
 * asks for: as the environment and sched_check want it. */
const struct sched_policy *sched_check_wrap(const struct sched_policy *policy);
const struct sched_policy *sched_trace_wrap(const struct sched_policy *policy);
const struct sched_policy *sched_policy_wrap(const struct sched_policy *policy);

/* The same policy, without what serves calls of other environments (exo/pct_serve.c). */
const struct sched_policy *sched_serving_wrap(const struct sched_policy *policy);

/* The policy is not to be trusted any more: goes on, enabled, at rip with rsp as thread `victim`. sched_lock held. */
_Noreturn void sched_abandon(struct thread *victim, uint64_t rip, uint64_t rsp);

#endif
