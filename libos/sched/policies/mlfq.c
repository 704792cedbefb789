/* SPDX-License-Identifier: MIT
 *
 * mlfq.c: a multi-level feedback queue: a thread begins at the top; when it has used up its allotment at a level, in however many
 * pieces, it goes down one, where allotments are twice as long; every BOOST_NS all go back to the top. Who mostly waits stays
 * above who computes. Layer: libos/sched. All operations are O(1), but for the boost, which is O(n). Source: Corbato et al.,
 * AFIPS SJCC 1962; the rules are those of Arpaci-Dusseau, "Operating Systems: Three Easy Pieces", ch. 8.
 */
#include "sched/policy.h"

#define LEVELS 8
#define ALLOTMENT_NS 2000000ull /* at the top */
#define BOOST_NS 200000000ull

#define level policy[0]
#define since policy[1] /* run_ns when it came to its level */
#define epoch policy[2] /* of the last boost that it has seen */

static struct thread_queue ready[LEVELS];
static uint64_t now_epoch;

static void to_level(struct thread *thread, uint64_t to)
{
    thread->level = to;
    thread->since = thread->run_ns;
    thread->epoch = now_epoch;
}

/* Accounts what thread has run: boost, or a step down. */
static void settle(struct thread *thread)
{
    if (thread->epoch != now_epoch)
        to_level(thread, 0);
    else if (thread->run_ns - thread->since >= ALLOTMENT_NS << thread->level)
        to_level(thread, thread->level < LEVELS - 1 ? thread->level + 1 : thread->level);
}

static void boost(void)
{
    uint64_t current = exo_clock_ns() / BOOST_NS + 1;
    if (current == now_epoch)
        return;
    now_epoch = current;
    for (struct thread *thread = ready[0].first; thread; thread = thread->queue_next)
        to_level(thread, 0);
    for (unsigned from = 1; from < LEVELS; from++)
        for (struct thread *thread; (thread = ready[from].first);) {
            thread_queue_remove(&ready[from], thread);
            to_level(thread, 0);
            thread_queue_add(&ready[0], thread);
        }
}

static void enqueue(struct thread *thread, enum sched_why why)
{
    uint64_t before = thread->level;
    settle(thread);
    if (why == SCHED_PREEMPTED && before == thread->level && thread->run_ns == thread->since)
        thread_queue_push(&ready[thread->level], thread);
    else
        thread_queue_add(&ready[thread->level], thread);
}

static void dequeue(struct thread *thread) { thread_queue_remove(&ready[thread->level], thread); }

static struct thread *pick(void)
{
    struct thread *thread = NULL;
    for (unsigned i = 0; i < LEVELS && !thread; i++)
        thread = thread_queue_take(&ready[i]);
    return thread;
}

static bool tick(struct thread *thread)
{
    boost();
    settle(thread);
    for (unsigned i = 0; i <= thread->level; i++)
        if (ready[i].first)
            return true;
    return false;
}

static bool preempts(const struct thread *other, const struct thread *running) { return other->level < running->level; }

static void leave(struct thread *thread) { settle(thread); }

static uint32_t count(void) { return thread_queues_count(ready, LEVELS); }

const struct sched_policy sched_mlfq = {.name = "mlfq", .enqueue = enqueue, .dequeue = dequeue, .pick = pick, .tick = tick,
                                        .preempts = preempts, .leave = leave, .count = count};
