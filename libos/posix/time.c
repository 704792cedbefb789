/* SPDX-License-Identifier: MIT
 *
 * time.c: clocks, sleeping, the times of the process (XSH clock_getres, nanosleep, gettimeofday, times). Layer:
 * libos/posix. Reading a clock makes no system call; CPU times are the published ones of this environment, which the kernel
 * brings up to date when it gives the CPU to someone else.
 */
#include <errno.h>
#include <signal.h>
#include <sys/time.h>
#include <sys/times.h>
#include <time.h>
#include <unistd.h>

#include "exo/exo.h"
#include "posix/pthread_time.h"
#include "sched/thread.h"

#define SECOND_NS 1000000000ull

static int fail(int error)
{
    errno = error;
    return -1;
}

static struct timespec timespec_of(uint64_t ns)
{
    return (struct timespec){.tv_sec = (time_t)(ns / SECOND_NS), .tv_nsec = (long)(ns % SECOND_NS)};
}

/* CPU time of this environment. */
static uint64_t process_ns(void)
{
    struct exo_env_info info;
    exo_env_read((uint32_t)(exo_act()->env & (EXO_ENVS_MAX - 1)), &info);
    uint64_t sum = 0;
    for (unsigned i = 0; i < EXO_ACTS_MAX; i++)
        sum += info.act[i].run_ns;
    return sum;
}

/* CPU time of the thread with that id (0: the caller). Returns 0 or an error number. */
static int thread_ns(uint32_t id, struct timespec *out)
{
    uint32_t was = sched_lock();
    struct thread *thread = id ? thread_first() : thread_self();
    while (thread && id && thread->id != id)
        thread = thread->created_next;
    if (thread) {
        uint64_t since = thread->state == THREAD_RUNNING ? exo_clock_ns() - thread->started_ns : 0;
        *out = timespec_of(thread->run_ns + since);
    }
    sched_unlock(was);
    return thread ? 0 : EINVAL;
}

int clock_gettime(clockid_t clock, struct timespec *out)
{
    switch (clock) {
    case CLOCK_REALTIME_COARSE:
    case CLOCK_REALTIME: *out = timespec_of(exo_unix_ns()); return 0;
    case CLOCK_MONOTONIC:
    case CLOCK_MONOTONIC_RAW:
    case CLOCK_MONOTONIC_COARSE:
    case CLOCK_BOOTTIME: *out = timespec_of(exo_clock_ns()); return 0;
    case CLOCK_PROCESS_CPUTIME_ID: *out = timespec_of(process_ns()); return 0;
    }
    uint32_t thread = (uint32_t)(clock & ~CLOCK_OF_THREAD);
    bool known = clock == CLOCK_THREAD_CPUTIME_ID || (clock == (CLOCK_OF_THREAD | thread) && thread);
    int error = known ? thread_ns(clock & CLOCK_OF_THREAD ? thread : 0, out) : EINVAL;
    return error ? fail(error) : 0;
}

int timespec_get(struct timespec *out, int base)
{
    if (base != TIME_UTC)
        return 0;
    *out = timespec_of(exo_unix_ns());
    return base;
}

int clock_getres(clockid_t clock, struct timespec *out)
{
    if ((!clock || clock > CLOCK_BOOTTIME) && !(clock & CLOCK_OF_THREAD))
        return fail(EINVAL);
    if (out)
        *out = (struct timespec){.tv_sec = 0, .tv_nsec = 1};
    return 0;
}

/* The CPU times of other processes are published, not clocks of this one. */
int clock_getcpuclockid(pid_t process, clockid_t *clock)
{
    if (process && process != getpid())
        return kill(process, 0) ? ESRCH : EPERM;
    *clock = CLOCK_PROCESS_CPUTIME_ID;
    return 0;
}

static bool timespec_valid(const struct timespec *t)
{
    return t->tv_sec >= 0 && t->tv_nsec >= 0 && t->tv_nsec < (long)SECOND_NS;
}

/* Saturates: a wish for longer than the clock can count is one for ever. */
static uint64_t timespec_ns(const struct timespec *t)
{
    if ((uint64_t)t->tv_sec >= EXO_FOREVER / SECOND_NS)
        return EXO_FOREVER;
    return (uint64_t)t->tv_sec * SECOND_NS + (uint64_t)t->tv_nsec;
}

int clock_settime(clockid_t clock, const struct timespec *time)
{
    if (clock != CLOCK_REALTIME || !timespec_valid(time))
        return fail(EINVAL);
    int64_t result = exo_errno(exo_clock_set(0, timespec_ns(time)));
    return result < 0 ? fail((int)-result) : 0;
}

/* Sleeps; *left (may be NULL) gets what was missing if a signal came. Returns 0 or an errno value. */
static int sleep_for(uint64_t ns, uint64_t *left)
{
    thread_cancel_point();
    uint64_t now = exo_clock_ns();
    uint64_t deadline = ns > EXO_FOREVER - now ? EXO_FOREVER : now + ns;
    if (thread_sleep_until(deadline) == 0)
        return 0;
    thread_cancel_point();
    now = exo_clock_ns();
    if (left)
        *left = deadline > now ? deadline - now : 0;
    return EINTR;
}

int clock_nanosleep(clockid_t clock, int flags, const struct timespec *wanted, struct timespec *left)
{
    if (!timespec_valid(wanted) || (clock != CLOCK_REALTIME && clock != CLOCK_MONOTONIC))
        return EINVAL;
    uint64_t ns = timespec_ns(wanted), rest = 0;
    if (flags & TIMER_ABSTIME) {
        uint64_t now = clock == CLOCK_REALTIME ? exo_unix_ns() : exo_clock_ns();
        return ns > now ? sleep_for(ns - now, NULL) : 0;
    }
    int result = sleep_for(ns, &rest);
    if (result && left)
        *left = timespec_of(rest);
    return result;
}

int nanosleep(const struct timespec *wanted, struct timespec *left)
{
    int result = clock_nanosleep(CLOCK_MONOTONIC, 0, wanted, left);
    return result ? fail(result) : 0;
}

unsigned sleep(unsigned seconds)
{
    uint64_t left = 0;
    sleep_for(seconds * SECOND_NS, &left);
    return (unsigned)((left + SECOND_NS - 1) / SECOND_NS);
}

int usleep(useconds_t microseconds)
{
    int result = sleep_for((uint64_t)microseconds * 1000, NULL);
    return result ? fail(result) : 0;
}

int gettimeofday(struct timeval *restrict time, void *restrict zone)
{
    uint64_t us = exo_unix_ns() / 1000;
    if (time)
        *time = (struct timeval){.tv_sec = (time_t)(us / 1000000), .tv_usec = (suseconds_t)(us % 1000000)};
    if (zone)
        *(struct timezone *)zone = (struct timezone){0, 0};
    return 0;
}

int settimeofday(const struct timeval *time, const struct timezone *zone)
{
    (void)zone;
    struct timespec t = {.tv_sec = time->tv_sec, .tv_nsec = time->tv_usec * 1000};
    return clock_settime(CLOCK_REALTIME, &t);
}

clock_t times(struct tms *out)
{
    if (out)
        *out = (struct tms){.tms_utime = (clock_t)(process_ns() / (SECOND_NS / CLOCKS_PER_SEC))};
    return (clock_t)(exo_clock_ns() / (SECOND_NS / CLOCKS_PER_SEC));
}
