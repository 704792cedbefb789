/* SPDX-License-Identifier: MIT
 *
 * edf.c: earliest deadline first, with admission. A thread says that it needs runtime_ns in every period_ns (sched_edf_join); it
 * is let in if all of them can be served. One that runs longer than it said has its deadline put off by a period, so that it harms
 * none but itself (a constant bandwidth server). Threads that did not join run when no other is ready, in turns. Layer:
 * libos/sched. enqueue is O(n), the rest O(1). Sources: Liu, Layland, JACM 20(1), 1973: on one CPU nothing is missed while the sum
 * of runtime / period is at most 1; Goossens, Funk, Baruah, Real-Time Systems 25, 2003: on m CPUs, at most m - (m - 1) times the
 * largest one; Abeni, Buttazzo, RTSS 1998 (the server).
 */
#include <errno.h>

#include "sched/policies/edf.h"
#include "sched/policy.h"

#define deadline policy[0] /* of the current job; 0: has not joined */
#define began policy[1]    /* run_ns when the current job began */
#define runtime policy[2]
#define period policy[3]
#define ONE (1u << 20) /* a whole CPU */

static struct thread_queue ready;

static uint64_t urgency(const struct thread *thread) { return thread->deadline ? thread->deadline : ~0ull; }

/* What a thread has run over its runtime puts its deadline off. */
static void settle(struct thread *thread)
{
    while (thread->deadline && thread->run_ns - thread->began >= thread->runtime) {
        thread->began += thread->runtime;
        thread->deadline += thread->period;
    }
}

/* A job begins: when the last one's period is over, or when what is left of it would ask for more than its share. */
static void renew(struct thread *thread)
{
    uint64_t now = exo_clock_ns(), used = thread->run_ns - thread->began;
    if (now >= thread->deadline) {
        thread->deadline += thread->period;
        if (thread->deadline <= now)
            thread->deadline = now + thread->period;
    } else if ((unsigned __int128)(thread->runtime - used) * thread->period >
               (unsigned __int128)(thread->deadline - now) * thread->runtime) {
        thread->deadline = now + thread->period;
    } else {
        return;
    }
    thread->began = thread->run_ns;
}

static void enqueue(struct thread *thread, enum sched_why why)
{
    struct thread *at = ready.last;
    settle(thread);
    if (thread->deadline && why == SCHED_WOKEN)
        renew(thread);
    while (at && urgency(at) > urgency(thread))
        at = at->queue_prev;
    thread_queue_insert(&ready, at, thread);
}

static void dequeue(struct thread *thread) { thread_queue_remove(&ready, thread); }

static struct thread *pick(void) { return thread_queue_take(&ready); }

static bool preempts(const struct thread *other, const struct thread *running) { return urgency(other) < urgency(running); }

static bool tick(struct thread *thread)
{
    settle(thread);
    return ready.first && (preempts(ready.first, thread) || (!thread->deadline && !ready.first->deadline));
}

static uint32_t count(void) { return ready.count; }

const struct sched_policy sched_edf = {
    .name = "edf", .enqueue = enqueue, .dequeue = dequeue, .pick = pick, .tick = tick, .count = count, .preempts = preempts};

/* ---- Joining ---- */

static uint64_t share(uint64_t runtime_ns, uint64_t period_ns) { return (runtime_ns * ONE + period_ns - 1) / period_ns; }

bool sched_edf_admits(uint64_t sum, uint64_t largest, uint32_t cpus)
{
    return largest <= ONE && sum <= (uint64_t)cpus * ONE - (uint64_t)(cpus - 1) * largest;
}

int sched_edf_join(uint64_t runtime_ns, uint64_t period_ns)
{
    struct thread *self = thread_self();
    if (!runtime_ns || runtime_ns > period_ns || period_ns > SCHED_EDF_PERIOD_MAX)
        return -EINVAL;
    if (sched_policy_now() != &sched_edf)
        return -ENOTSUP;
    uint64_t sum = share(runtime_ns, period_ns), largest = sum;
    uint32_t was = sched_lock();
    for (struct thread *other = thread_first(); other; other = other->created_next) {
        if (other == self || !other->deadline || other->state == THREAD_DEAD)
            continue;
        uint64_t its = share(other->runtime, other->period);
        sum += its;
        largest = its > largest ? its : largest;
    }
    bool admitted = sched_edf_admits(sum, largest, sched_cpus());
    if (admitted) {
        self->deadline = exo_clock_ns() + period_ns;
        self->began = self->run_ns;
        self->runtime = runtime_ns;
        self->period = period_ns;
    }
    sched_unlock(was);
    return admitted ? 0 : -EBUSY;
}

void sched_edf_leave(void)
{
    uint32_t was = sched_lock();
    thread_self()->deadline = 0;
    sched_unlock(was);
}

int sched_edf_wait(void)
{
    struct thread *self = thread_self();
    uint64_t end = self->deadline;
    if (!end)
        return -EINVAL;
    bool late = exo_clock_ns() > end;
    thread_sleep_until(end);
    return late;
}
