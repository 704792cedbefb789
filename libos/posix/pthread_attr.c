/* SPDX-License-Identifier: MIT
 *
 * pthread_attr.c: attributes of threads to be made (XSH pthread_attr_init and its family). Layer: libos/posix.
 */
#include <errno.h>
#include <limits.h>
#include <pthread.h>

#include "sched/thread.h"

#define NO_GUARD (~0ul)

/* Sets an attribute that has two values. */
static int set_one_of(int *attribute, int value, int one, int other)
{
    if (value != one && value != other)
        return EINVAL;
    *attribute = value;
    return 0;
}

int pthread_attr_init(pthread_attr_t *attr)
{
    *attr = (pthread_attr_t){.__stack = NULL};
    return 0;
}

int pthread_attr_destroy(pthread_attr_t *attr)
{
    (void)attr;
    return 0;
}

int pthread_attr_getdetachstate(const pthread_attr_t *attr, int *state)
{
    *state = attr->__detached;
    return 0;
}

int pthread_attr_setdetachstate(pthread_attr_t *attr, int state)
{
    return set_one_of(&attr->__detached, state, PTHREAD_CREATE_JOINABLE, PTHREAD_CREATE_DETACHED);
}

int pthread_attr_getguardsize(const pthread_attr_t *restrict attr, size_t *restrict bytes)
{
    *bytes = attr->__guard_bytes == NO_GUARD ? 0 : attr->__guard_bytes ? attr->__guard_bytes : THREAD_GUARD_BYTES;
    return 0;
}

int pthread_attr_setguardsize(pthread_attr_t *attr, size_t bytes)
{
    if (bytes == NO_GUARD)
        return EINVAL;
    attr->__guard_bytes = bytes ? bytes : NO_GUARD;
    return 0;
}

int pthread_attr_getinheritsched(const pthread_attr_t *restrict attr, int *restrict inherit)
{
    *inherit = attr->__explicit;
    return 0;
}

int pthread_attr_setinheritsched(pthread_attr_t *attr, int inherit)
{
    return set_one_of(&attr->__explicit, inherit, PTHREAD_INHERIT_SCHED, PTHREAD_EXPLICIT_SCHED);
}

int pthread_attr_getschedpolicy(const pthread_attr_t *restrict attr, int *restrict policy)
{
    *policy = attr->__policy;
    return 0;
}

int pthread_attr_setschedpolicy(pthread_attr_t *attr, int policy)
{
    if (policy < SCHED_OTHER || policy > SCHED_RR)
        return EINVAL;
    attr->__policy = policy;
    if (attr->__priority < sched_get_priority_min(policy) || attr->__priority > sched_get_priority_max(policy))
        attr->__priority = sched_get_priority_min(policy);
    return 0;
}

int pthread_attr_getschedparam(const pthread_attr_t *restrict attr, struct sched_param *restrict param)
{
    param->sched_priority = attr->__priority;
    return 0;
}

/* The policy may be set after it, so any priority of any of them is taken. */
int pthread_attr_setschedparam(pthread_attr_t *restrict attr, const struct sched_param *restrict param)
{
    if (param->sched_priority < 0 || param->sched_priority > sched_get_priority_max(SCHED_FIFO))
        return EINVAL;
    attr->__priority = param->sched_priority;
    return 0;
}

int pthread_attr_getscope(const pthread_attr_t *restrict attr, int *restrict scope)
{
    *scope = attr->__scope;
    return 0;
}

int pthread_attr_setscope(pthread_attr_t *attr, int scope)
{
    if (scope == PTHREAD_SCOPE_PROCESS)
        return ENOTSUP;
    if (scope != PTHREAD_SCOPE_SYSTEM)
        return EINVAL;
    attr->__scope = scope;
    return 0;
}

int pthread_attr_getstack(const pthread_attr_t *restrict attr, void **restrict stack, size_t *restrict bytes)
{
    *stack = attr->__stack;
    return pthread_attr_getstacksize(attr, bytes);
}

int pthread_attr_setstack(pthread_attr_t *attr, void *stack, size_t bytes)
{
    if (bytes < PTHREAD_STACK_MIN || (uintptr_t)stack % 16)
        return EINVAL;
    attr->__stack = stack;
    attr->__stack_bytes = bytes;
    return 0;
}

int pthread_attr_getstacksize(const pthread_attr_t *restrict attr, size_t *restrict bytes)
{
    *bytes = attr->__stack_bytes ? attr->__stack_bytes : THREAD_STACK_BYTES;
    return 0;
}

int pthread_attr_setstacksize(pthread_attr_t *attr, size_t bytes)
{
    if (bytes < PTHREAD_STACK_MIN)
        return EINVAL;
    attr->__stack_bytes = bytes;
    return 0;
}

int pthread_attr_getaffinity_np(const pthread_attr_t *attr, size_t bytes, cpu_set_t *set)
{
    if (bytes < sizeof *set)
        return EINVAL;
    set->__bits = attr->__affinity ? attr->__affinity : ~0ul;
    return 0;
}

int pthread_attr_setaffinity_np(pthread_attr_t *attr, size_t bytes, const cpu_set_t *set)
{
    if (bytes < sizeof *set || !set->__bits)
        return EINVAL;
    attr->__affinity = set->__bits;
    return 0;
}

int pthread_getattr_np(pthread_t of, pthread_attr_t *attr)
{
    const struct thread *thread = (const struct thread *)of;
    /* Main has no map_base. */
    size_t guard = thread->map_base ? thread->stack_base - thread->map_base : THREAD_GUARD_BYTES;
    *attr = (pthread_attr_t){.__stack = (void *)thread->stack_base,
                             .__stack_bytes = thread->stack_top - thread->stack_base,
                             .__guard_bytes = guard ? guard : NO_GUARD,
                             .__affinity = thread->affinity,
                             .__detached = thread->detached,
                             .__policy = thread->sched_class,
                             .__priority = thread->base_priority};
    return 0;
}
