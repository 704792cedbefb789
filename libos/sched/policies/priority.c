/* SPDX-License-Identifier: MIT
 *
 * priority.c: fixed priorities: the ready thread with the highest runs, and takes the CPU from a lower one at once. Threads of
 * the same priority take turns a slice each, but for those of class SCHED_FIFO, which run until they block. Layer: libos/sched.
 * All operations are O(1). Source: POSIX.1-2017, XSH 2.8.4 (SCHED_FIFO, SCHED_RR). On several CPUs the highest ones run.
 */
#include "sched/policy.h"

#define LEVELS 128 /* a priority beyond 0 .. 127 counts as the nearest */
#define CLASS_FIFO 1
#define turn_over policy[0] /* its slice ended: to the end of its level */

static struct thread_queue ready[LEVELS];
static uint64_t levels[LEVELS / 64]; /* bit n: level n is not empty */

static unsigned level_of(const struct thread *thread)
{
    return thread->priority < 0 ? 0 : thread->priority >= LEVELS ? LEVELS - 1 : (unsigned)thread->priority;
}

static void mark(unsigned level)
{
    uint64_t bit = 1ull << level % 64;
    levels[level / 64] = ready[level].first ? levels[level / 64] | bit : levels[level / 64] & ~bit;
}

static void enqueue(struct thread *thread, enum sched_why why)
{
    unsigned level = level_of(thread);
    if (why == SCHED_PREEMPTED && !thread->turn_over)
        thread_queue_push(&ready[level], thread);
    else
        thread_queue_add(&ready[level], thread);
    thread->turn_over = 0;
    mark(level);
}

static void dequeue(struct thread *thread)
{
    thread_queue_remove(&ready[level_of(thread)], thread);
    mark(level_of(thread));
}

/* The highest level that is not empty, at most `limit`; -1: none. */
static int highest(int limit)
{
    for (int word = limit / 64; limit >= 0 && word >= 0; word--) {
        uint64_t bits = levels[word] & (word == limit / 64 ? ~0ull >> (63 - limit % 64) : ~0ull);
        if (bits)
            return word * 64 + 63 - __builtin_clzll(bits);
    }
    return -1;
}

static struct thread *pick(void)
{
    struct thread *thread = NULL;
    for (int level = highest(LEVELS - 1); level >= 0 && !thread; level = highest(level - 1)) {
        thread = thread_queue_take(&ready[level]);
        mark((unsigned)level);
    }
    return thread;
}

static bool tick(struct thread *thread)
{
    int level = (int)level_of(thread), top = highest(LEVELS - 1);
    thread->turn_over = top == level && thread->sched_class != CLASS_FIFO;
    return top > level || thread->turn_over;
}

static bool preempts(const struct thread *other, const struct thread *running) { return other->priority > running->priority; }

static uint32_t count(void)
{
    uint32_t sum = 0;
    for (int level = highest(LEVELS - 1); level >= 0; level = highest(level - 1))
        sum += ready[level].count;
    return sum;
}

const struct sched_policy sched_priority = {
    .name = "priority", .enqueue = enqueue, .dequeue = dequeue, .pick = pick, .tick = tick, .preempts = preempts,
    .count = count};
