/* SPDX-License-Identifier: MIT
 *
 * pthread_robust.c: robust mutexes: a thread that ends gives back those that it holds, marked. Layer: libos/posix. The list is
 * the holder's own, so it needs no lock; a mutex that raises priorities may be robust too.
 */
#include <errno.h>

#include "posix/pthread_mutex.h"

void thread_robust_exit(struct thread *self);

void pthread_robust_add(pthread_mutex_t *mutex)
{
    struct thread *self = thread_self();
    pthread_mutex_t *first = self->robust;
    mutex->__robust_prev = NULL;
    mutex->__robust_next = first;
    if (first)
        first->__robust_prev = mutex;
    self->robust = mutex;
}

void pthread_robust_remove(pthread_mutex_t *mutex)
{
    if (mutex->__robust_prev)
        mutex->__robust_prev->__robust_next = mutex->__robust_next;
    else
        thread_self()->robust = mutex->__robust_next;
    if (mutex->__robust_next)
        mutex->__robust_next->__robust_prev = mutex->__robust_prev;
}

void thread_robust_exit(struct thread *self)
{
    pthread_mutex_t *mutex;
    while ((mutex = self->robust)) {
        pthread_robust_remove(mutex);
        mutex->__depth = 0;
        mutex->__broken = 1;
        if (mutex->__kind & KIND_PRIORITY) {
            pthread_priority_calls->unlock(mutex);
            continue;
        }
        __atomic_store_n(&mutex->__owner, NULL, __ATOMIC_RELAXED);
        if (__atomic_exchange_n(&mutex->__word, 0, __ATOMIC_RELEASE) == 2)
            sync_wake(&mutex->__word, 1);
    }
}

int pthread_mutex_consistent(pthread_mutex_t *mutex)
{
    if (!(mutex->__kind & KIND_ROBUST) || mutex->__broken != 1 || mutex->__owner != thread_self())
        return EINVAL;
    mutex->__broken = 0;
    return 0;
}
