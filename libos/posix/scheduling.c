/* SPDX-License-Identifier: MIT
 *
 * scheduling.c: <sched.h>: yielding, priorities, CPUs. Layer: libos/posix, over libos/sched. A process is what its threads are:
 * functions on a pid take 0 or the caller's own, and speak of the calling thread.
 */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <unistd.h>

#include "sched/thread.h"

#define PRIORITY_MAX 99
#define SLICE_NS 1000000 /* the kernel's default slice */

static int fail(int error)
{
    errno = error;
    return -1;
}

static int result_of(int error) { return error ? fail(error) : 0; }

static bool other(pid_t pid) { return pid != 0 && pid != getpid(); }

int sched_yield(void)
{
    thread_yield();
    return 0;
}

int pthread_yield(void) { return sched_yield(); }

int sched_get_priority_min(int policy)
{
    if (policy < SCHED_OTHER || policy > SCHED_RR)
        return fail(EINVAL);
    return policy == SCHED_OTHER ? 0 : 1;
}

int sched_get_priority_max(int policy)
{
    if (policy < SCHED_OTHER || policy > SCHED_RR)
        return fail(EINVAL);
    return policy == SCHED_OTHER ? 0 : PRIORITY_MAX;
}

int sched_getparam(pid_t pid, struct sched_param *param)
{
    if (other(pid))
        return fail(ESRCH);
    param->sched_priority = thread_self()->base_priority;
    return 0;
}

int sched_setparam(pid_t pid, const struct sched_param *param)
{
    return other(pid) ? fail(ESRCH) : result_of(pthread_setschedprio(pthread_self(), param->sched_priority));
}

int sched_getscheduler(pid_t pid) { return other(pid) ? fail(ESRCH) : thread_self()->sched_class; }

int sched_setscheduler(pid_t pid, int policy, const struct sched_param *param)
{
    if (other(pid))
        return fail(ESRCH);
    int before = thread_self()->sched_class;
    int error = pthread_setschedparam(pthread_self(), policy, param);
    return error ? fail(error) : before;
}

int sched_rr_get_interval(pid_t pid, struct timespec *interval)
{
    if (other(pid))
        return fail(ESRCH);
    *interval = (struct timespec){.tv_sec = 0, .tv_nsec = SLICE_NS};
    return 0;
}

int sched_getcpu(void)
{
    uint32_t was = sched_disable();
    int cpu = (int)exo_act()->cpu;
    sched_enable(was);
    return cpu;
}

int sched_getaffinity(pid_t pid, size_t bytes, cpu_set_t *set)
{
    return other(pid) ? fail(ESRCH) : result_of(pthread_getaffinity_np(pthread_self(), bytes, set));
}

int sched_setaffinity(pid_t pid, size_t bytes, const cpu_set_t *set)
{
    return other(pid) ? fail(ESRCH) : result_of(pthread_setaffinity_np(pthread_self(), bytes, set));
}
