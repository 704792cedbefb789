/* SPDX-License-Identifier: MIT
 *
 * pthread.c: making, ending and joining threads, and what can be asked and set of one (XSH pthread_create and its family). Layer:
 * libos/posix, over libos/sched. A pthread_t is the address of the struct thread.
 */
#include <errno.h>
#include <pthread.h>
#include <string.h>

#include "posix/pthread_mutex.h"
#include "posix/pthread_time.h"
#include "posix/signal_core.h"
#include "sched/thread.h"

#define NO_GUARD (~0ul)

static struct thread *thread_of(pthread_t thread) { return (struct thread *)thread; }

int pthread_create(pthread_t *restrict out, const pthread_attr_t *restrict attr, void *(*function)(void *),
                   void *restrict argument)
{
    struct thread_spec spec = {.function = function, .argument = argument};
    struct thread *thread;
    if (attr) {
        spec.stack = attr->__stack;
        spec.stack_bytes = attr->__stack_bytes;
        spec.no_guard = attr->__guard_bytes == NO_GUARD;
        spec.guard_bytes = spec.no_guard ? 0 : attr->__guard_bytes;
        spec.detached = attr->__detached;
        spec.affinity = attr->__affinity;
        spec.own_priority = attr->__explicit == PTHREAD_EXPLICIT_SCHED;
        spec.priority = attr->__priority;
        spec.sched_class = (uint8_t)attr->__policy;
        if (spec.affinity && !(spec.affinity & sched_cpu_set()))
            return EINVAL;
    }
    int result = thread_make(&thread, &spec);
    if (result == -ENOMEM)
        return EAGAIN;
    *out = (pthread_t)thread;
    return -result;
}

void pthread_exit(void *result)
{
    struct thread *self = thread_self();
    thread_cancel_enable(false);
    struct _pthread_cleanup *cleanup;
    while ((cleanup = self->cleanup)) {
        self->cleanup = cleanup->__next;
        cleanup->__routine(cleanup->__argument);
    }
    thread_exit(result);
}

void _pthread_cleanup_push(struct _pthread_cleanup *cleanup, void (*routine)(void *), void *argument)
{
    struct thread *self = thread_self();
    *cleanup = (struct _pthread_cleanup){routine, argument, self->cleanup};
    self->cleanup = cleanup;
}

void _pthread_cleanup_pop(struct _pthread_cleanup *cleanup, int execute)
{
    thread_self()->cleanup = cleanup->__next;
    if (execute)
        cleanup->__routine(cleanup->__argument);
}

/* ---- Joining ---- */

int pthread_join(pthread_t thread, void **result)
{
    struct thread *self = thread_self();
    int error;
    do {
        thread_cancel_point();
        if (thread_of(thread)->state != THREAD_DEAD && thread_of(thread) != self) {
            self->joining = thread_of(thread);
            pthread_deadlock_check(NULL);
        }
        error = thread_join_until(thread_of(thread), result, EXO_FOREVER, SYNC_INTERRUPTIBLE);
    } while (error == -EINTR);
    return -error;
}

int pthread_timedjoin_np(pthread_t thread, void **result, const struct timespec *time)
{
    uint64_t deadline_ns;
    int error = -pthread_deadline(CLOCK_REALTIME, time, &deadline_ns);
    while (!error) {
        thread_cancel_point();
        error = thread_join_until(thread_of(thread), result, deadline_ns, SYNC_INTERRUPTIBLE);
        if (error != -EINTR)
            break;
        error = 0;
    }
    return -error;
}

int pthread_tryjoin_np(pthread_t thread, void **result)
{
    int error = thread_join_until(thread_of(thread), result, 0, 0);
    return error == -ETIMEDOUT ? EBUSY : -error;
}

int pthread_detach(pthread_t thread) { return -thread_detach(thread_of(thread)); }

pthread_t pthread_self(void) { return (pthread_t)thread_self(); }

int pthread_equal(pthread_t a, pthread_t b) { return a == b; }

int pthread_kill(pthread_t thread, int signal)
{
    if (signal == 0)
        return 0;
    int result = signal_post_thread(thread_of(thread), signal);
    if (result == 0 && thread_of(thread) == thread_self())
        signal_deliver_self();
    return -result;
}

/* ---- Names, priority, CPUs ---- */

int pthread_setname_np(pthread_t thread, const char *name)
{
    if (strlen(name) >= THREAD_NAME)
        return ERANGE;
    strcpy(thread_of(thread)->name, name);
    return 0;
}

int pthread_getname_np(pthread_t thread, char *to, size_t bytes)
{
    if (bytes <= strlen(thread_of(thread)->name))
        return ERANGE;
    strcpy(to, thread_of(thread)->name);
    return 0;
}

static bool priority_valid(int policy, int priority)
{
    return policy >= SCHED_OTHER && policy <= SCHED_RR && priority >= sched_get_priority_min(policy) &&
           priority <= sched_get_priority_max(policy);
}

int pthread_setschedparam(pthread_t thread, int policy, const struct sched_param *param)
{
    if (!priority_valid(policy, param->sched_priority))
        return EINVAL;
    thread_of(thread)->sched_class = (uint8_t)policy;
    thread_priority_set(thread_of(thread), param->sched_priority);
    return 0;
}

int pthread_getschedparam(pthread_t thread, int *restrict policy, struct sched_param *restrict param)
{
    *policy = thread_of(thread)->sched_class;
    param->sched_priority = thread_of(thread)->base_priority;
    return 0;
}

int pthread_setschedprio(pthread_t thread, int priority)
{
    if (!priority_valid(thread_of(thread)->sched_class, priority))
        return EINVAL;
    thread_priority_set(thread_of(thread), priority);
    return 0;
}

int pthread_setaffinity_np(pthread_t thread, size_t bytes, const cpu_set_t *set)
{
    if (bytes < sizeof *set || !set->__bits)
        return EINVAL;
    return -thread_affinity_set(thread_of(thread), set->__bits);
}

int pthread_getaffinity_np(pthread_t thread, size_t bytes, cpu_set_t *set)
{
    if (bytes < sizeof *set)
        return EINVAL;
    set->__bits = thread_of(thread)->affinity ? thread_of(thread)->affinity : sched_cpu_set();
    return 0;
}

int pthread_getcpuclockid(pthread_t thread, clockid_t *clock)
{
    *clock = CLOCK_OF_THREAD | thread_of(thread)->id;
    return 0;
}

static int concurrency;

/* A hint in POSIX; here the number of virtual CPUs. */
int pthread_setconcurrency(int level)
{
    if (level < 0)
        return EINVAL;
    concurrency = level;
    int got = level ? sched_cpus_set((uint32_t)level) : 0;
    return got < 0 ? EAGAIN : 0;
}

int pthread_getconcurrency(void) { return concurrency; }
