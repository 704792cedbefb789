/* SPDX-License-Identifier: MIT
 *
 * itimer.c: alarm, ualarm, setitimer(ITIMER_REAL): SIGALRM when the clock reaches a time. Layer: libos/posix, on the
 * scheduler's timers. The virtual and profiling timers are not there (EINVAL). Guarded by sched_lock.
 */
#include <errno.h>
#include <signal.h>
#include <sys/time.h>
#include <unistd.h>

#include "posix/signal_core.h"
#include "sched/thread.h"

#define SECOND_NS 1000000000ull

static void expired(struct sched_timer *timer);
static struct sched_timer timer = {.expired = expired};
static uint64_t interval_ns;

/* Periods that passed unseen count as one: SIGALRM does not queue. */
static void expired(struct sched_timer *self)
{
    if (interval_ns) {
        uint64_t now = exo_clock_ns(), next = self->deadline_ns + interval_ns;
        sched_timer_start(self, next > now ? next : now + interval_ns);
    }
    signal_post_locked(SIGALRM);
}

static uint64_t timeval_ns(const struct timeval *t)
{
    return (uint64_t)t->tv_sec * SECOND_NS + (uint64_t)t->tv_usec * 1000;
}

static struct timeval timeval_of(uint64_t ns)
{
    return (struct timeval){.tv_sec = (time_t)(ns / SECOND_NS), .tv_usec = (suseconds_t)(ns % SECOND_NS / 1000)};
}

/* Time left, at least a microsecond while the timer runs; lock held. */
static uint64_t left_locked(void)
{
    if (!timer.armed)
        return 0;
    uint64_t now = exo_clock_ns();
    return timer.deadline_ns > now + 1000 ? timer.deadline_ns - now : 1000;
}

/* Sets the timer (value_ns 0: off); returns what was left of the old one. */
static uint64_t timer_change(uint64_t value_ns, uint64_t period_ns, uint64_t *old_period_ns)
{
    uint32_t was = sched_lock();
    uint64_t left = left_locked();
    if (old_period_ns)
        *old_period_ns = interval_ns;
    interval_ns = period_ns;
    if (value_ns)
        sched_timer_start(&timer, exo_clock_ns() + value_ns);
    else
        sched_timer_stop(&timer);
    sched_timers_changed_locked();
    sched_unlock(was);
    return left;
}

static bool timeval_valid(const struct timeval *t) { return t->tv_sec >= 0 && t->tv_usec >= 0 && t->tv_usec < 1000000; }

static int fail(int error)
{
    errno = error;
    return -1;
}

int getitimer(int which, struct itimerval *value)
{
    if (which != ITIMER_REAL)
        return fail(EINVAL);
    uint32_t was = sched_lock();
    value->it_value = timeval_of(left_locked());
    value->it_interval = timeval_of(interval_ns);
    sched_unlock(was);
    return 0;
}

int setitimer(int which, const struct itimerval *restrict value, struct itimerval *restrict old)
{
    if (which != ITIMER_REAL || !timeval_valid(&value->it_value) || !timeval_valid(&value->it_interval))
        return fail(EINVAL);
    uint64_t period;
    uint64_t left = timer_change(timeval_ns(&value->it_value), timeval_ns(&value->it_interval), &period);
    if (old) {
        old->it_value = timeval_of(left);
        old->it_interval = timeval_of(period);
    }
    return 0;
}

unsigned alarm(unsigned seconds)
{
    return (unsigned)((timer_change(seconds * SECOND_NS, 0, NULL) + SECOND_NS - 1) / SECOND_NS);
}

useconds_t ualarm(useconds_t value, useconds_t interval)
{
    return (useconds_t)(timer_change((uint64_t)value * 1000, (uint64_t)interval * 1000, NULL) / 1000);
}
