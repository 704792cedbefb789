/* SPDX-License-Identifier: MIT
 *
 * pthread_priority.c: mutexes with PTHREAD_PRIO_INHERIT or PTHREAD_PRIO_PROTECT. Layer: libos/posix, over libos/sync's
 * sync_priority. They are always handed over under sched_lock; the word that waiters wait on stays 0.
 */
#include <errno.h>

#include "posix/pthread_mutex.h"

static struct sync_priority *priority_of(pthread_mutex_t *mutex) { return (struct sync_priority *)mutex; }

/* The caller has it, sched_lock is not held. */
static int taken(pthread_mutex_t *mutex)
{
    mutex->__depth = 0;
    if (mutex->__broken == 2) {
        uint32_t was = sched_lock();
        sync_priority_release_locked(priority_of(mutex));
        sched_unlock(was);
        return ENOTRECOVERABLE;
    }
    if (mutex->__kind & KIND_ROBUST)
        pthread_robust_add(mutex);
    return mutex->__broken ? EOWNERDEAD : 0;
}

/* Waits once. Returns 0 when it is the caller's, else a negative errno. Lock held. */
static int wait_locked(pthread_mutex_t *mutex, uint64_t deadline_ns)
{
    struct thread *self = thread_self();
    if (deadline_ns != EXO_FOREVER && exo_clock_ns() >= deadline_ns)
        return -ETIMEDOUT;
    if (!self->critical && signal_deliverable(self))
        return -EINTR;
    return sync_priority_wait_locked(priority_of(mutex), deadline_ns);
}

static int lock(pthread_mutex_t *mutex, bool wait, uint64_t deadline_ns)
{
    struct thread *self = thread_self();
    unsigned type = mutex->__kind & KIND_TYPE;
    if (mutex->__owner == self && type == PTHREAD_MUTEX_RECURSIVE)
        return mutex->__depth == ~0u ? EAGAIN : (mutex->__depth++, 0);
    if (mutex->__owner == self && (!wait || type == PTHREAD_MUTEX_ERRORCHECK))
        return wait ? EDEADLK : EBUSY;
    if ((mutex->__kind & KIND_PROTECT) && self->base_priority > mutex->__ceiling)
        return EINVAL;
    for (;;) {
        if (mutex->__owner && wait && deadline_ns == EXO_FOREVER)
            pthread_deadlock_check(mutex);
        uint32_t was = sched_lock();
        int result = !mutex->__owner ? 0 : wait ? wait_locked(mutex, deadline_ns) : -EBUSY;
        if (!result && mutex->__owner != self)
            sync_priority_take_locked(priority_of(mutex), self);
        sched_unlock(was);
        if (result == -EDEADLK)
            thread_deadlock_say();
        self->locking = NULL;
        if (!result)
            return taken(mutex);
        if (result == -EINTR)
            signal_deliver_self();
        else if (result != -EDEADLK)
            return -result;
    }
}

static int unlock(pthread_mutex_t *mutex)
{
    if (mutex->__kind & KIND_ROBUST && mutex->__owner == thread_self()) {
        for (pthread_mutex_t *held = thread_self()->robust; held; held = held->__robust_next)
            if (held == mutex) {
                pthread_robust_remove(mutex);
                if (mutex->__broken == 1)
                    mutex->__broken = 2;
                break;
            }
    }
    uint32_t was = sched_lock();
    sync_priority_release_locked(priority_of(mutex));
    sched_unlock(was);
    return 0;
}

void pthread_priority_link(void)
{
    static const struct pthread_priority_calls calls = {lock, unlock};
    pthread_priority_calls = &calls;
}
