/* SPDX-License-Identifier: MIT
 *
 * mutex.c: mutexes, condition variables and semaphores on words (sync.h). Layer: libos/sync.
 * The three-state mutex is the one of Drepper, "Futexes Are Tricky" (2011), §5: uncontended, it makes no call.
 */
#include <errno.h>

#include "sched/thread.h"
#include "sync/sync.h"

static uint32_t compare_exchange(uint32_t *word, uint32_t expected, uint32_t desired)
{
    __atomic_compare_exchange_n(word, &expected, desired, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE);
    return expected;
}

bool sync_mutex_try(struct sync_mutex *mutex) { return compare_exchange(&mutex->word, 0, 1) == 0; }

int sync_mutex_lock_until(struct sync_mutex *mutex, uint64_t deadline_ns)
{
    if (sync_mutex_try(mutex))
        return 0;
    while (__atomic_exchange_n(&mutex->word, 2, __ATOMIC_ACQ_REL) != 0)
        if (sync_wait(&mutex->word, 2, deadline_ns, SYNC_WHY(WAIT_MUTEX)) == -ETIMEDOUT)
            return -ETIMEDOUT;
    return 0;
}

void sync_mutex_lock(struct sync_mutex *mutex) { sync_mutex_lock_until(mutex, EXO_FOREVER); }

void sync_mutex_unlock(struct sync_mutex *mutex)
{
    if (__atomic_exchange_n(&mutex->word, 0, __ATOMIC_ACQ_REL) == 2)
        sync_wake(&mutex->word, 1);
}

bool sync_recursive_try(struct sync_recursive *mutex)
{
    struct thread *self = thread_self();
    if (__atomic_load_n(&mutex->owner, __ATOMIC_RELAXED) != self) {
        if (!sync_mutex_try(&mutex->mutex))
            return false;
        __atomic_store_n(&mutex->owner, self, __ATOMIC_RELAXED);
    }
    mutex->depth++;
    return true;
}

void sync_recursive_lock(struct sync_recursive *mutex)
{
    struct thread *self = thread_self();
    if (__atomic_load_n(&mutex->owner, __ATOMIC_RELAXED) != self) {
        sync_mutex_lock(&mutex->mutex);
        __atomic_store_n(&mutex->owner, self, __ATOMIC_RELAXED);
    }
    mutex->depth++;
}

void sync_recursive_unlock(struct sync_recursive *mutex)
{
    if (--mutex->depth)
        return;
    __atomic_store_n(&mutex->owner, NULL, __ATOMIC_RELAXED);
    sync_mutex_unlock(&mutex->mutex);
}

int sync_cond_wait(struct sync_cond *cond, struct sync_mutex *mutex, uint64_t deadline_ns)
{
    uint32_t seen = __atomic_load_n(&cond->sequence, __ATOMIC_ACQUIRE);
    __atomic_add_fetch(&cond->waiters, 1, __ATOMIC_ACQ_REL);
    sync_mutex_unlock(mutex);
    int result = sync_wait(&cond->sequence, seen, deadline_ns, SYNC_WHY(WAIT_CONDITION));
    __atomic_sub_fetch(&cond->waiters, 1, __ATOMIC_ACQ_REL);
    sync_mutex_lock(mutex);
    return result;
}

static void cond_wake(struct sync_cond *cond, uint32_t count)
{
    if (!__atomic_load_n(&cond->waiters, __ATOMIC_ACQUIRE))
        return;
    __atomic_add_fetch(&cond->sequence, 1, __ATOMIC_ACQ_REL);
    sync_wake(&cond->sequence, count);
}

void sync_cond_signal(struct sync_cond *cond) { cond_wake(cond, 1); }

void sync_cond_broadcast(struct sync_cond *cond) { cond_wake(cond, SYNC_ALL); }

bool sync_semaphore_try(struct sync_semaphore *semaphore)
{
    uint32_t count = __atomic_load_n(&semaphore->count, __ATOMIC_ACQUIRE);
    while (count) {
        uint32_t found = compare_exchange(&semaphore->count, count, count - 1);
        if (found == count)
            return true;
        count = found;
    }
    return false;
}

int sync_semaphore_wait(struct sync_semaphore *semaphore, uint64_t deadline_ns)
{
    int result = 0;
    while (!sync_semaphore_try(semaphore)) {
        if (result)
            return result;
        __atomic_add_fetch(&semaphore->waiters, 1, __ATOMIC_ACQ_REL);
        result = sync_wait(&semaphore->count, 0, deadline_ns, SYNC_INTERRUPTIBLE | SYNC_WHY(WAIT_SEMAPHORE));
        __atomic_sub_fetch(&semaphore->waiters, 1, __ATOMIC_ACQ_REL);
    }
    return 0;
}

void sync_semaphore_post(struct sync_semaphore *semaphore)
{
    __atomic_add_fetch(&semaphore->count, 1, __ATOMIC_ACQ_REL);
    if (__atomic_load_n(&semaphore->waiters, __ATOMIC_ACQUIRE))
        sync_wake(&semaphore->count, 1);
}
