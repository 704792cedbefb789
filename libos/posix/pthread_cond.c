/* SPDX-License-Identifier: MIT
 *
 * pthread_cond.c: condition variables (XSH pthread_cond_wait and its family). Layer: libos/posix, over libos/sync. A waiter
 * sleeps until the sequence word differs from what it was while it held the mutex, so no signal is lost; it may wake early.
 */
#include "posix/pthread_mutex.h"
#include "posix/pthread_time.h"

static int wait_until(pthread_cond_t *cond, pthread_mutex_t *mutex, uint64_t deadline_ns)
{
    thread_cancel_point();
    unsigned seen = __atomic_load_n(&cond->__sequence, __ATOMIC_ACQUIRE);
    __atomic_add_fetch(&cond->__waiters, 1, __ATOMIC_ACQ_REL);
    int error = pthread_mutex_unlock(mutex);
    int result = 0;
    if (!error)
        result = sync_wait(&cond->__sequence, seen, deadline_ns, SYNC_INTERRUPTIBLE | SYNC_WHY(WAIT_CONDITION));
    __atomic_sub_fetch(&cond->__waiters, 1, __ATOMIC_ACQ_REL);
    if (!error)
        error = pthread_mutex_lock(mutex);
    if (result == -EINTR)
        thread_cancel_point();
    return error ? error : result == -ETIMEDOUT ? ETIMEDOUT : 0;
}

int pthread_cond_wait(pthread_cond_t *restrict cond, pthread_mutex_t *restrict mutex)
{
    return wait_until(cond, mutex, EXO_FOREVER);
}

int pthread_cond_clockwait(pthread_cond_t *restrict cond, pthread_mutex_t *restrict mutex, clockid_t clock,
                           const struct timespec *restrict time)
{
    uint64_t deadline_ns;
    int error = pthread_deadline(clock, time, &deadline_ns);
    return error ? error : wait_until(cond, mutex, deadline_ns);
}

int pthread_cond_timedwait(pthread_cond_t *restrict cond, pthread_mutex_t *restrict mutex,
                           const struct timespec *restrict time)
{
    return pthread_cond_clockwait(cond, mutex, cond->__clock ? CLOCK_MONOTONIC : CLOCK_REALTIME, time);
}

static int wake(pthread_cond_t *cond, unsigned count)
{
    if (__atomic_load_n(&cond->__waiters, __ATOMIC_ACQUIRE)) {
        __atomic_add_fetch(&cond->__sequence, 1, __ATOMIC_ACQ_REL);
        sync_wake(&cond->__sequence, count);
    }
    return 0;
}

int pthread_cond_signal(pthread_cond_t *cond) { return wake(cond, 1); }

int pthread_cond_broadcast(pthread_cond_t *cond) { return wake(cond, SYNC_ALL); }

int pthread_cond_init(pthread_cond_t *restrict cond, const pthread_condattr_t *restrict attr)
{
    *cond = (pthread_cond_t){.__clock = attr && attr->__clock};
    return 0;
}

int pthread_cond_destroy(pthread_cond_t *cond)
{
    /* Those that were woken may still be on their way out (XSH allows to destroy it then). */
    while (__atomic_load_n(&cond->__waiters, __ATOMIC_ACQUIRE)) {
        if (sync_waited_for(&cond->__sequence))
            return EBUSY;
        thread_yield();
    }
    return 0;
}

int pthread_condattr_init(pthread_condattr_t *attr)
{
    attr->__clock = 0;
    return 0;
}

int pthread_condattr_destroy(pthread_condattr_t *attr)
{
    (void)attr;
    return 0;
}

int pthread_condattr_getclock(const pthread_condattr_t *restrict attr, clockid_t *restrict clock)
{
    *clock = attr->__clock ? CLOCK_MONOTONIC : CLOCK_REALTIME;
    return 0;
}

int pthread_condattr_setclock(pthread_condattr_t *attr, clockid_t clock)
{
    if (clock != CLOCK_REALTIME && clock != CLOCK_MONOTONIC)
        return EINVAL;
    attr->__clock = clock == CLOCK_MONOTONIC;
    return 0;
}

int pthread_condattr_getpshared(const pthread_condattr_t *restrict attr, int *restrict shared)
{
    (void)attr;
    *shared = PTHREAD_PROCESS_PRIVATE;
    return 0;
}

int pthread_condattr_setpshared(pthread_condattr_t *attr, int shared)
{
    (void)attr;
    return shared == PTHREAD_PROCESS_PRIVATE ? 0 : shared == PTHREAD_PROCESS_SHARED ? ENOTSUP : EINVAL;
}
