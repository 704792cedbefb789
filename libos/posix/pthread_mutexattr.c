/* SPDX-License-Identifier: MIT
 *
 * pthread_mutexattr.c: attributes of mutexes, and the ceiling of one (XSH pthread_mutexattr_init and its family). Layer:
 * libos/posix.
 */
#include <errno.h>

#include "posix/pthread_mutex.h"

int pthread_mutexattr_init(pthread_mutexattr_t *attr)
{
    *attr = (pthread_mutexattr_t){.__kind = PTHREAD_MUTEX_DEFAULT, .__ceiling = sched_get_priority_min(SCHED_FIFO)};
    return 0;
}

int pthread_mutexattr_destroy(pthread_mutexattr_t *attr)
{
    (void)attr;
    return 0;
}

int pthread_mutexattr_gettype(const pthread_mutexattr_t *restrict attr, int *restrict type)
{
    *type = attr->__kind & KIND_TYPE;
    return 0;
}

int pthread_mutexattr_settype(pthread_mutexattr_t *attr, int type)
{
    if (type < PTHREAD_MUTEX_NORMAL || type > PTHREAD_MUTEX_ERRORCHECK)
        return EINVAL;
    attr->__kind = (attr->__kind & ~KIND_TYPE) | type;
    return 0;
}

int pthread_mutexattr_getrobust(const pthread_mutexattr_t *restrict attr, int *restrict robust)
{
    *robust = attr->__kind & KIND_ROBUST ? PTHREAD_MUTEX_ROBUST : PTHREAD_MUTEX_STALLED;
    return 0;
}

int pthread_mutexattr_setrobust(pthread_mutexattr_t *attr, int robust)
{
    if (robust != PTHREAD_MUTEX_STALLED && robust != PTHREAD_MUTEX_ROBUST)
        return EINVAL;
    attr->__kind = (attr->__kind & ~KIND_ROBUST) | (robust == PTHREAD_MUTEX_ROBUST ? KIND_ROBUST : 0);
    return 0;
}

int pthread_mutexattr_getprotocol(const pthread_mutexattr_t *restrict attr, int *restrict protocol)
{
    *protocol = attr->__kind & KIND_INHERIT   ? PTHREAD_PRIO_INHERIT
                : attr->__kind & KIND_PROTECT ? PTHREAD_PRIO_PROTECT
                                              : PTHREAD_PRIO_NONE;
    return 0;
}

int pthread_mutexattr_setprotocol(pthread_mutexattr_t *attr, int protocol)
{
    static const int bits[] = {[PTHREAD_PRIO_NONE] = 0, [PTHREAD_PRIO_INHERIT] = KIND_INHERIT,
                               [PTHREAD_PRIO_PROTECT] = KIND_PROTECT};
    if (protocol < PTHREAD_PRIO_NONE || protocol > PTHREAD_PRIO_PROTECT)
        return EINVAL;
    if (protocol != PTHREAD_PRIO_NONE)
        pthread_priority_link();
    attr->__kind = (attr->__kind & ~KIND_PRIORITY) | bits[protocol];
    return 0;
}

static bool ceiling_valid(int ceiling)
{
    return ceiling >= sched_get_priority_min(SCHED_FIFO) && ceiling <= sched_get_priority_max(SCHED_FIFO);
}

int pthread_mutexattr_getprioceiling(const pthread_mutexattr_t *restrict attr, int *restrict ceiling)
{
    *ceiling = attr->__ceiling;
    return 0;
}

int pthread_mutexattr_setprioceiling(pthread_mutexattr_t *attr, int ceiling)
{
    if (!ceiling_valid(ceiling))
        return EINVAL;
    attr->__ceiling = ceiling;
    return 0;
}

int pthread_mutexattr_getpshared(const pthread_mutexattr_t *restrict attr, int *restrict shared)
{
    (void)attr;
    *shared = PTHREAD_PROCESS_PRIVATE;
    return 0;
}

int pthread_mutexattr_setpshared(pthread_mutexattr_t *attr, int shared)
{
    (void)attr;
    return shared == PTHREAD_PROCESS_PRIVATE ? 0 : shared == PTHREAD_PROCESS_SHARED ? ENOTSUP : EINVAL;
}

int pthread_mutex_getprioceiling(const pthread_mutex_t *restrict mutex, int *restrict ceiling)
{
    if (!(mutex->__kind & KIND_PROTECT))
        return EINVAL;
    *ceiling = mutex->__ceiling;
    return 0;
}

int pthread_mutex_setprioceiling(pthread_mutex_t *restrict mutex, int ceiling, int *restrict old)
{
    if (!(mutex->__kind & KIND_PROTECT) || !ceiling_valid(ceiling))
        return EINVAL;
    int result = pthread_mutex_lock(mutex);
    if (result)
        return result;
    if (old)
        *old = mutex->__ceiling;
    mutex->__ceiling = ceiling;
    return pthread_mutex_unlock(mutex);
}
