/* SPDX-License-Identifier: MIT
 *
 * pthread_rwlock.c: locks for many readers or one writer (XSH pthread_rwlock_rdlock and its family). Layer: libos/posix, over
 * libos/sync. Readers are let in while others read, whoever waits: a thread may take its read lock again without harm; a
 * writer waits until no one reads. The last one out wakes everyone, and they try again.
 */
#include "posix/pthread_mutex.h"
#include "posix/pthread_time.h"

#define WRITER 0x7fffffffu
#define WAITED 0x80000000u

/* What the state becomes when the lock is taken, or 0: it cannot be. */
static unsigned after(unsigned state, bool write)
{
    unsigned holders = state & ~WAITED;
    if (write)
        return holders ? 0 : state | WRITER;
    return holders >= WRITER - 1 ? 0 : state + 1;
}

static int try(pthread_rwlock_t *lock, bool write)
{
    unsigned state = __atomic_load_n(&lock->__state, __ATOMIC_RELAXED), wanted;
    while ((wanted = after(state, write)))
        if (__atomic_compare_exchange_n(&lock->__state, &state, wanted, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED)) {
            if (write)
                lock->__writer = thread_self();
            return 0;
        }
    return (state & ~WAITED) == WRITER - 1 ? EAGAIN : EBUSY;
}

static int lock_until(pthread_rwlock_t *lock, bool write, uint64_t deadline_ns)
{
    int result;
    while ((result = try(lock, write)) == EBUSY) {
        if (lock->__writer == thread_self())
            return EDEADLK;
        unsigned state = __atomic_load_n(&lock->__state, __ATOMIC_RELAXED);
        if (after(state, write))
            continue;
        if (!(state & WAITED) && !__atomic_compare_exchange_n(&lock->__state, &state, state | WAITED, false,
                                                               __ATOMIC_RELAXED, __ATOMIC_RELAXED))
            continue;
        if (sync_wait(&lock->__state, state | WAITED, deadline_ns, SYNC_WHY(WAIT_RWLOCK)) == -ETIMEDOUT)
            return ETIMEDOUT;
    }
    return result;
}

static int lock_clock(pthread_rwlock_t *lock, bool write, clockid_t clock, const struct timespec *time)
{
    uint64_t deadline_ns;
    int result = try(lock, write);
    if (result != EBUSY)
        return result;
    result = pthread_deadline(clock, time, &deadline_ns);
    return result ? result : lock_until(lock, write, deadline_ns);
}

int pthread_rwlock_rdlock(pthread_rwlock_t *lock) { return lock_until(lock, false, EXO_FOREVER); }
int pthread_rwlock_wrlock(pthread_rwlock_t *lock) { return lock_until(lock, true, EXO_FOREVER); }
int pthread_rwlock_tryrdlock(pthread_rwlock_t *lock) { return try(lock, false); }
int pthread_rwlock_trywrlock(pthread_rwlock_t *lock) { return try(lock, true); }

int pthread_rwlock_timedrdlock(pthread_rwlock_t *restrict lock, const struct timespec *restrict time)
{
    return lock_clock(lock, false, CLOCK_REALTIME, time);
}

int pthread_rwlock_timedwrlock(pthread_rwlock_t *restrict lock, const struct timespec *restrict time)
{
    return lock_clock(lock, true, CLOCK_REALTIME, time);
}

int pthread_rwlock_clockrdlock(pthread_rwlock_t *restrict lock, clockid_t clock, const struct timespec *restrict time)
{
    return lock_clock(lock, false, clock, time);
}

int pthread_rwlock_clockwrlock(pthread_rwlock_t *restrict lock, clockid_t clock, const struct timespec *restrict time)
{
    return lock_clock(lock, true, clock, time);
}

int pthread_rwlock_unlock(pthread_rwlock_t *lock)
{
    unsigned state = __atomic_load_n(&lock->__state, __ATOMIC_RELAXED), wanted;
    if (!(state & ~WAITED) || ((state & ~WAITED) == WRITER && lock->__writer != thread_self()))
        return EPERM;
    if ((state & ~WAITED) == WRITER)
        lock->__writer = NULL;
    do {
        unsigned holders = state & ~WAITED;
        wanted = holders == WRITER || holders == 1 ? 0 : state - 1;
    } while (!__atomic_compare_exchange_n(&lock->__state, &state, wanted, false, __ATOMIC_RELEASE, __ATOMIC_RELAXED));
    if (wanted == 0 && (state & WAITED))
        sync_wake(&lock->__state, SYNC_ALL);
    return 0;
}

int pthread_rwlock_init(pthread_rwlock_t *restrict lock, const pthread_rwlockattr_t *restrict attr)
{
    (void)attr;
    *lock = (pthread_rwlock_t)PTHREAD_RWLOCK_INITIALIZER;
    return 0;
}

int pthread_rwlock_destroy(pthread_rwlock_t *lock)
{
    return __atomic_load_n(&lock->__state, __ATOMIC_ACQUIRE) & ~WAITED ? EBUSY : 0;
}

int pthread_rwlockattr_init(pthread_rwlockattr_t *attr)
{
    attr->__none = 0;
    return 0;
}

int pthread_rwlockattr_destroy(pthread_rwlockattr_t *attr)
{
    (void)attr;
    return 0;
}

int pthread_rwlockattr_getpshared(const pthread_rwlockattr_t *restrict attr, int *restrict shared)
{
    (void)attr;
    *shared = PTHREAD_PROCESS_PRIVATE;
    return 0;
}

int pthread_rwlockattr_setpshared(pthread_rwlockattr_t *attr, int shared)
{
    (void)attr;
    return shared == PTHREAD_PROCESS_PRIVATE ? 0 : shared == PTHREAD_PROCESS_SHARED ? ENOTSUP : EINVAL;
}
