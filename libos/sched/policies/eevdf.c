/* SPDX-License-Identifier: MIT
 *
 * eevdf.c: earliest eligible virtual deadline first. Each thread has a virtual time, which grows by what it runs over its weight.
 * Their average, by weight, is the system's: who is not ahead of it is eligible, and of these the one whose current request (of
 * REQUEST_NS) ends first runs. Its lag, what it is owed, is kept while it waits, so that sleeping neither gains nor loses.
 * Layer: libos/sched. pick is O(n), the rest O(1). Source: Stoica, Abdel-Wahab, "Earliest Eligible Virtual Deadline First",
 * TR 95-22, Old Dominion University, 1995: the lag of a thread stays within one maximum request.
 */
#include "sched/policy.h"

#define REQUEST_NS 2000000ull
typedef __int128 wide;

#define v policy[0]        /* virtual time, ns of a thread with the default weight */
#define deadline policy[1] /* virtual end of its request */
#define paid policy[2]     /* run_ns up to which v has grown */
#define lag policy[3]      /* signed; the system's virtual time less v, when it left */

static struct thread_queue ready;
static uint64_t weights, system_v; /* sum of the weights of who competes (runs or is ready); their average, when there is none */
static wide moment;                /* sum of weight times v of them */

static uint64_t request_of(const struct thread *thread) { return REQUEST_NS * SCHED_WEIGHT_DEFAULT / thread_weight(thread); }

static uint64_t average(void) { return weights ? (uint64_t)(moment / (wide)weights) : system_v; }

static void compete(struct thread *thread, int sign)
{
    if (sign < 0)
        system_v = average();
    weights = sign < 0 ? weights - thread_weight(thread) : weights + thread_weight(thread);
    moment += (wide)sign * (wide)thread_weight(thread) * (wide)thread->v;
}

static void settle(struct thread *thread)
{
    uint64_t ran = (thread->run_ns - thread->paid) * SCHED_WEIGHT_DEFAULT / thread_weight(thread);
    thread->paid = thread->run_ns;
    thread->v += ran;
    moment += (wide)thread_weight(thread) * (wide)ran;
    if (thread->v >= thread->deadline)
        thread->deadline = thread->v + request_of(thread);
}

static void enqueue(struct thread *thread, enum sched_why why)
{
    (void)why;
    if (!thread->deadline) {
        /* It pulls the average towards itself: its lag is enlarged so that afterwards it is what it was (§5). */
        int64_t owed = (int64_t)thread->lag;
        if (weights)
            owed += owed * (int64_t)thread_weight(thread) / (int64_t)weights;
        thread->v = average() - (uint64_t)owed;
        thread->deadline = thread->v + request_of(thread);
        thread->paid = thread->run_ns;
        compete(thread, 1);
    } else {
        settle(thread);
    }
    thread_queue_add(&ready, thread);
}

/* It does not compete any more: what it is owed is kept. */
static void withdraw(struct thread *thread)
{
    int64_t owed = (int64_t)(average() - thread->v), most = (int64_t)request_of(thread);
    thread->lag = (uint64_t)(owed > most ? most : owed < -most ? -most : owed);
    compete(thread, -1);
    thread->deadline = 0;
}

static void dequeue(struct thread *thread)
{
    thread_queue_remove(&ready, thread);
    withdraw(thread);
}

static struct thread *pick(void)
{
    struct thread *best = NULL, *least = NULL;
    for (struct thread *thread = ready.first; thread; thread = thread->queue_next) {
        if (!sched_may_run_here(thread))
            continue;
        if (!least || thread->v < least->v)
            least = thread;
        bool eligible = (wide)thread->v * (wide)weights <= moment;
        if (eligible && (!best || thread->deadline < best->deadline))
            best = thread;
    }
    best = best ? best : least;
    if (best)
        thread_queue_remove(&ready, best);
    return best;
}

/* A running thread gives way when its request is fulfilled, or it is not eligible any more while another waits. */
static bool tick(struct thread *thread)
{
    uint64_t request = thread->deadline;
    if (!thread->deadline)
        return ready.first != NULL; /* the policy does not know it yet */
    settle(thread);
    return ready.first && (thread->deadline != request || (wide)thread->v * (wide)weights > moment);
}

static void leave(struct thread *thread)
{
    if (!thread->deadline)
        return;
    settle(thread);
    withdraw(thread);
}

static void start(void)
{
    weights = 0;
    moment = 0;
}

static uint32_t count(void) { return ready.count; }

const struct sched_policy sched_eevdf = {
    .name = "eevdf", .enqueue = enqueue, .dequeue = dequeue, .pick = pick, .tick = tick, .count = count, .leave = leave,
    .start = start};
