/* SPDX-License-Identifier: MIT
 *
 * work_stealing.c: each virtual CPU has a deque of its own: what is made or woken there goes to the bottom and is taken from there
 * first, while its data is warm; a CPU without work takes the oldest one from the top of another's, chosen at random. One whose
 * slice ended goes to the top, so that all run. Layer: libos/sched. O(1), pick O(CPUs). Source: Blumofe, Leiserson,
 * "Scheduling Multithreaded Computations by Work Stealing", JACM 46(5), 1999. The deques stand under sched_lock.
 */
#include "sched/policy.h"

#define home policy[0] /* whose deque it is in */

static struct thread_queue deque[EXO_ACTS_MAX]; /* first is the bottom */
static uint32_t random_state = 2463534242u;

static void enqueue(struct thread *thread, enum sched_why why)
{
    thread->home = sched_act_index();
    if (why == SCHED_NEW || why == SCHED_WOKEN)
        thread_queue_push(&deque[thread->home], thread);
    else
        thread_queue_add(&deque[thread->home], thread);
}

static void dequeue(struct thread *thread) { thread_queue_remove(&deque[thread->home], thread); }

/* The oldest thread of another's deque. */
static struct thread *steal(unsigned from)
{
    struct thread *thread = deque[from].last;
    while (thread && !sched_may_run_here(thread))
        thread = thread->queue_prev;
    if (thread)
        thread_queue_remove(&deque[from], thread);
    return thread;
}

static struct thread *pick(void)
{
    struct thread *thread = thread_queue_take(&deque[sched_act_index()]);
    random_state ^= random_state << 13;
    random_state ^= random_state >> 17;
    random_state ^= random_state << 5;
    for (unsigned i = 0; i < EXO_ACTS_MAX && !thread; i++)
        thread = steal((random_state + i) % EXO_ACTS_MAX);
    return thread;
}

static bool tick(struct thread *thread)
{
    (void)thread;
    return deque[sched_act_index()].first != NULL;
}

static uint32_t count(void) { return thread_queues_count(deque, EXO_ACTS_MAX); }

const struct sched_policy sched_work_stealing = {
    .name = "work-stealing", .enqueue = enqueue, .dequeue = dequeue, .pick = pick, .tick = tick, .count = count};
