/* SPDX-License-Identifier: MIT
 *
 * pthread_mutex.c: mutexes (XSH pthread_mutex_lock and its family) but for those that raise priorities. Layer: libos/posix, over
 * libos/sync, whose three-state word they use (mutex.c there). A normal one costs one locked instruction to take and one to
 * give back; who holds it is noted beside, for the report of a deadlock.
 */
#include "posix/pthread_mutex.h"
#include "posix/pthread_time.h"

const struct pthread_priority_calls *pthread_priority_calls;

static bool take(pthread_mutex_t *mutex)
{
    unsigned free = 0;
    return __atomic_compare_exchange_n(&mutex->__word, &free, 1, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED);
}

static void give(pthread_mutex_t *mutex)
{
    if (__atomic_exchange_n(&mutex->__word, 0, __ATOMIC_RELEASE) == 2)
        sync_wake(&mutex->__word, 1);
}

/* The caller has it: what else is to be done. A robust one whose holder died is held, and says so. */
static int taken(pthread_mutex_t *mutex)
{
    mutex->__depth = 0;
    if (mutex->__kind & KIND_ROBUST) {
        if (mutex->__broken == 2) {
            give(mutex);
            return ENOTRECOVERABLE;
        }
        pthread_robust_add(mutex);
    }
    __atomic_store_n(&mutex->__owner, thread_self(), __ATOMIC_RELAXED);
    return mutex->__broken ? EOWNERDEAD : 0;
}

/* The caller holds it already. */
static int again(pthread_mutex_t *mutex, bool wait)
{
    unsigned type = mutex->__kind & KIND_TYPE;
    if (type == PTHREAD_MUTEX_RECURSIVE)
        return mutex->__depth == ~0u ? EAGAIN : (mutex->__depth++, 0);
    return type == PTHREAD_MUTEX_ERRORCHECK && wait ? EDEADLK : EBUSY;
}

static bool mine(const pthread_mutex_t *mutex)
{
    return __atomic_load_n(&mutex->__owner, __ATOMIC_RELAXED) == thread_self();
}

static int lock_slow(pthread_mutex_t *mutex, uint64_t deadline_ns)
{
    if (mutex->__kind & KIND_PRIORITY)
        return pthread_priority_calls->lock(mutex, true, deadline_ns);
    if (mine(mutex)) {
        int result = again(mutex, true);
        if (result != EBUSY)
            return result;
    }
    if (take(mutex))
        return taken(mutex);
    while (__atomic_exchange_n(&mutex->__word, 2, __ATOMIC_ACQUIRE) != 0) {
        if (deadline_ns == EXO_FOREVER)
            pthread_deadlock_check(mutex);
        int result = sync_wait(&mutex->__word, 2, deadline_ns, SYNC_WHY(WAIT_MUTEX));
        thread_self()->locking = NULL;
        if (result == -ETIMEDOUT)
            return ETIMEDOUT;
    }
    return taken(mutex);
}

int pthread_mutex_lock(pthread_mutex_t *mutex)
{
    if (mutex->__kind == 0 && take(mutex)) {
        __atomic_store_n(&mutex->__owner, thread_self(), __ATOMIC_RELAXED);
        return 0;
    }
    return lock_slow(mutex, EXO_FOREVER);
}

int pthread_mutex_lock_until(pthread_mutex_t *mutex, uint64_t deadline_ns) { return lock_slow(mutex, deadline_ns); }

int pthread_mutex_trylock(pthread_mutex_t *mutex)
{
    if (mutex->__kind & KIND_PRIORITY)
        return pthread_priority_calls->lock(mutex, false, 0);
    if (mine(mutex))
        return again(mutex, false);
    return take(mutex) ? taken(mutex) : EBUSY;
}

int pthread_mutex_clocklock(pthread_mutex_t *restrict mutex, clockid_t clock, const struct timespec *restrict time)
{
    int result = pthread_mutex_trylock(mutex);
    if (result != EBUSY)
        return result;
    uint64_t deadline_ns;
    result = pthread_deadline(clock, time, &deadline_ns);
    return result ? result : lock_slow(mutex, deadline_ns);
}

int pthread_mutex_timedlock(pthread_mutex_t *restrict mutex, const struct timespec *restrict time)
{
    return pthread_mutex_clocklock(mutex, CLOCK_REALTIME, time);
}

static int unlock_slow(pthread_mutex_t *mutex)
{
    if (!mine(mutex))
        return EPERM;
    if (mutex->__depth) {
        mutex->__depth--;
        return 0;
    }
    if (mutex->__kind & KIND_PRIORITY)
        return pthread_priority_calls->unlock(mutex);
    if (mutex->__kind & KIND_ROBUST)
        pthread_robust_remove(mutex);
    __atomic_store_n(&mutex->__owner, NULL, __ATOMIC_RELAXED);
    bool lost = mutex->__broken == 1;
    if (lost)
        mutex->__broken = 2;
    give(mutex);
    if (lost)
        sync_wake(&mutex->__word, SYNC_ALL);
    return 0;
}

int pthread_mutex_unlock(pthread_mutex_t *mutex)
{
    if (mutex->__kind || mutex->__owner != thread_self())
        return unlock_slow(mutex);
    __atomic_store_n(&mutex->__owner, NULL, __ATOMIC_RELAXED);
    if (__atomic_exchange_n(&mutex->__word, 0, __ATOMIC_RELEASE) == 2)
        sync_wake(&mutex->__word, 1);
    return 0;
}

int pthread_mutex_init(pthread_mutex_t *restrict mutex, const pthread_mutexattr_t *restrict attr)
{
    *mutex = (pthread_mutex_t)PTHREAD_MUTEX_INITIALIZER;
    if (!attr)
        return 0;
    mutex->__kind = (unsigned)attr->__kind;
    mutex->__ceiling = attr->__ceiling;
    mutex->__inherit = (attr->__kind & KIND_INHERIT) != 0;
    return 0;
}

int pthread_mutex_destroy(pthread_mutex_t *mutex)
{
    if (__atomic_load_n(&mutex->__word, __ATOMIC_ACQUIRE) || ((mutex->__kind & KIND_PRIORITY) && mutex->__owner))
        return EBUSY;
    mutex->__kind = 0;
    return 0;
}
