/* SPDX-License-Identifier: MIT
 *
 * pthread_barrier.c: barriers and spin locks (XSH pthread_barrier_wait, pthread_spin_lock). Layer: libos/posix, over libos/sync.
 */
#include <errno.h>
#include <pthread.h>

#include "sched/thread.h"
#include "sync/sync.h"

#define SPINS 100 /* looks before others are let run: the holder may have been preempted */

/* Nobody passes a barrier of the next round while some have not left the last one (`leaving`), so that it can be destroyed
 * by whoever comes out first: destroy waits for them. */
int pthread_barrier_wait(pthread_barrier_t *barrier)
{
    struct sync_mutex *lock = (struct sync_mutex *)&barrier->__lock;
    sync_mutex_lock(lock);
    unsigned generation = barrier->__generation;
    if (++barrier->__arrived == barrier->__count) {
        barrier->__arrived = 0;
        __atomic_store_n(&barrier->__generation, generation + 1, __ATOMIC_RELEASE);
        sync_wake(&barrier->__generation, SYNC_ALL);
        sync_mutex_unlock(lock);
        return PTHREAD_BARRIER_SERIAL_THREAD;
    }
    barrier->__leaving++;
    sync_mutex_unlock(lock);
    while (__atomic_load_n(&barrier->__generation, __ATOMIC_ACQUIRE) == generation)
        sync_wait(&barrier->__generation, generation, EXO_FOREVER, SYNC_WHY(WAIT_BARRIER));
    __atomic_sub_fetch(&barrier->__leaving, 1, __ATOMIC_RELEASE);
    return 0;
}

int pthread_barrier_init(pthread_barrier_t *restrict barrier, const pthread_barrierattr_t *restrict attr, unsigned count)
{
    (void)attr;
    if (count == 0)
        return EINVAL;
    *barrier = (pthread_barrier_t){.__count = count};
    return 0;
}

int pthread_barrier_destroy(pthread_barrier_t *barrier)
{
    if (barrier->__arrived)
        return EBUSY;
    while (__atomic_load_n(&barrier->__leaving, __ATOMIC_ACQUIRE) || __atomic_load_n(&barrier->__lock, __ATOMIC_ACQUIRE))
        thread_yield();
    return 0;
}

int pthread_barrierattr_init(pthread_barrierattr_t *attr)
{
    attr->__none = 0;
    return 0;
}

int pthread_barrierattr_destroy(pthread_barrierattr_t *attr)
{
    (void)attr;
    return 0;
}

int pthread_barrierattr_getpshared(const pthread_barrierattr_t *restrict attr, int *restrict shared)
{
    (void)attr;
    *shared = PTHREAD_PROCESS_PRIVATE;
    return 0;
}

int pthread_barrierattr_setpshared(pthread_barrierattr_t *attr, int shared)
{
    (void)attr;
    return shared == PTHREAD_PROCESS_PRIVATE ? 0 : shared == PTHREAD_PROCESS_SHARED ? ENOTSUP : EINVAL;
}

/* ---- Spin locks ---- */

int pthread_spin_init(pthread_spinlock_t *lock, int shared)
{
    if (shared == PTHREAD_PROCESS_SHARED)
        return ENOTSUP;
    lock->__word = 0;
    return 0;
}

int pthread_spin_destroy(pthread_spinlock_t *lock) { return lock->__word ? EBUSY : 0; }

int pthread_spin_trylock(pthread_spinlock_t *lock)
{
    return __atomic_exchange_n(&lock->__word, 1, __ATOMIC_ACQUIRE) ? EBUSY : 0;
}

int pthread_spin_lock(pthread_spinlock_t *lock)
{
    for (unsigned looks = 1; pthread_spin_trylock(lock); looks++) {
        while (__atomic_load_n(&lock->__word, __ATOMIC_RELAXED) && looks % SPINS) {
            __builtin_ia32_pause();
            looks++;
        }
        if (looks % SPINS == 0)
            thread_yield();
    }
    return 0;
}

int pthread_spin_unlock(pthread_spinlock_t *lock)
{
    __atomic_store_n(&lock->__word, 0, __ATOMIC_RELEASE);
    return 0;
}
