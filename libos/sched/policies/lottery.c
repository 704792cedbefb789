/* SPDX-License-Identifier: MIT
 *
 * lottery.c: each slice is drawn among the ready threads, who hold as many tickets as their weight. One that blocks before its
 * quantum is over holds more until it wins again, in proportion (compensation tickets). Layer: libos/sched. pick is O(n), the
 * rest O(1). Source: Waldspurger, Weihl, "Lottery Scheduling", OSDI 1994: after n draws a share is off by about sqrt(n p (1 - p))
 * draws. The numbers are those of Marsaglia's xorshift64*, from a fixed seed: a run repeats.
 */
#include "sched/policy.h"

#define QUANTUM_NS 1000000ull
#define COMPENSATION_MAX 64

#define began policy[0]        /* run_ns when it last won */
#define compensation policy[1] /* tickets beyond its weight */

static struct thread_queue ready;
static uint64_t state = 88172645463325252ull;

void sched_lottery_seed(uint64_t seed) { state = seed ? seed : 1; }

static uint64_t draw(uint64_t below)
{
    state ^= state >> 12;
    state ^= state << 25;
    state ^= state >> 27;
    return (uint64_t)(((unsigned __int128)(state * 2685821657736338717ull) * below) >> 64);
}

static uint64_t tickets(const struct thread *thread) { return thread_weight(thread) + thread->compensation; }

static void enqueue(struct thread *thread, enum sched_why why)
{
    (void)why;
    thread_queue_add(&ready, thread);
}

static void dequeue(struct thread *thread) { thread_queue_remove(&ready, thread); }

static struct thread *pick(void)
{
    struct thread *thread;
    uint64_t total = 0;
    for (thread = ready.first; thread; thread = thread->queue_next)
        total += sched_may_run_here(thread) ? tickets(thread) : 0;
    if (!total)
        return NULL;
    uint64_t winner = draw(total);
    for (thread = ready.first; thread; thread = thread->queue_next) {
        uint64_t held = sched_may_run_here(thread) ? tickets(thread) : 0;
        if (winner < held)
            break;
        winner -= held;
    }
    thread_queue_remove(&ready, thread);
    thread->began = thread->run_ns;
    thread->compensation = 0;
    return thread;
}

static bool tick(struct thread *thread) { return ready.first && thread->run_ns - thread->began >= QUANTUM_NS / 2; }

static void leave(struct thread *thread)
{
    uint64_t used = thread->run_ns - thread->began, least = QUANTUM_NS / COMPENSATION_MAX;
    if (used < QUANTUM_NS)
        thread->compensation = thread_weight(thread) * QUANTUM_NS / (used > least ? used : least) - thread_weight(thread);
}

static uint32_t count(void) { return ready.count; }

const struct sched_policy sched_lottery = {
    .name = "lottery", .enqueue = enqueue, .dequeue = dequeue, .pick = pick, .tick = tick, .count = count, .leave = leave};
