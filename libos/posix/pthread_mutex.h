/* SPDX-License-Identifier: MIT
 *
 * pthread_mutex.h: bits of pthread_mutex_t.__kind, and what mutexes have in common. Layer: libos/posix, private.
 */
#ifndef LIBOS_PTHREAD_MUTEX_H
#define LIBOS_PTHREAD_MUTEX_H

#include <pthread.h>
#include <stddef.h>

#include "sched/thread.h"
#include "sync/sync.h"

enum { KIND_TYPE = 3, KIND_ROBUST = 4, KIND_INHERIT = 8, KIND_PROTECT = 16 };
#define KIND_PRIORITY (KIND_INHERIT | KIND_PROTECT)

_Static_assert(offsetof(pthread_mutex_t, __inherit) == offsetof(struct sync_priority, inherit) &&
                   offsetof(pthread_mutex_t, __ceiling) == offsetof(struct sync_priority, ceiling) &&
                   offsetof(pthread_mutex_t, __owner) == offsetof(struct sync_priority, owner) &&
                   offsetof(pthread_mutex_t, __held_next) == offsetof(struct sync_priority, held_next),
               "a mutex begins with a struct sync_priority");

/* Waits for a mutex of any kind; 0 or an error number. pthread_mutex_lock is this with its fast path. */
int pthread_mutex_lock_until(pthread_mutex_t *mutex, uint64_t deadline_ns);

/* Mutexes that raise priorities (pthread_priority.c). Linked when one is made. */
struct pthread_priority_calls {
    int (*lock)(pthread_mutex_t *mutex, bool wait, uint64_t deadline_ns);
    int (*unlock)(pthread_mutex_t *mutex);
};
extern const struct pthread_priority_calls *pthread_priority_calls; /* NULL until then */
void pthread_priority_link(void);

/* A thread that would wait for itself over a chain of mutexes and joins says so on standard error (pthread_deadlock.c). Called
 * before every wait without a limit, for a mutex or (NULL) for self->joining; self->locking is cleared after the wait. */
void pthread_deadlock_check(pthread_mutex_t *mutex);

/* Takes a robust mutex into the list of its holder, or out of it. */
void pthread_robust_add(pthread_mutex_t *mutex);
void pthread_robust_remove(pthread_mutex_t *mutex);

#endif
