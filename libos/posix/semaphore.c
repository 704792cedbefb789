/* SPDX-License-Identifier: MIT
 *
 * semaphore.c: semaphores (XSH sem_wait and its family) over libos/sync; how those with a name are found is semaphore_named.c's.
 * Layer: libos/posix. sem_post may be called in a signal handler.
 */
#include <errno.h>
#include <semaphore.h>

#include "posix/pthread_time.h"
#include "sched/thread.h"
#include "sync/sync.h"

_Static_assert(sizeof(sem_t) == sizeof(struct sync_semaphore), "a sem_t is a struct sync_semaphore");

static int fail(int error)
{
    errno = error;
    return -1;
}

static struct sync_semaphore *semaphore_of(sem_t *semaphore) { return (struct sync_semaphore *)semaphore; }

int sem_init(sem_t *semaphore, int shared, unsigned value)
{
    if (shared)
        return fail(ENOSYS); /* POSIX's error for a system without unnamed semaphores between processes */
    if (value > SEM_VALUE_MAX)
        return fail(EINVAL);
    *semaphore = (sem_t){.__count = value};
    return 0;
}

int sem_destroy(sem_t *semaphore)
{
    return __atomic_load_n(&semaphore->__waiters, __ATOMIC_ACQUIRE) ? fail(EBUSY) : 0;
}

static int wait_until(sem_t *semaphore, uint64_t deadline_ns)
{
    thread_cancel_point();
    int result = sync_semaphore_wait(semaphore_of(semaphore), deadline_ns);
    if (result == 0)
        return 0;
    if (result == -EINTR)
        thread_cancel_point();
    return fail(-result);
}

int sem_wait(sem_t *semaphore) { return wait_until(semaphore, EXO_FOREVER); }

int sem_trywait(sem_t *semaphore) { return sync_semaphore_try(semaphore_of(semaphore)) ? 0 : fail(EAGAIN); }

int sem_clockwait(sem_t *restrict semaphore, clockid_t clock, const struct timespec *restrict time)
{
    uint64_t deadline_ns;
    if (sync_semaphore_try(semaphore_of(semaphore)))
        return 0;
    int error = pthread_deadline(clock, time, &deadline_ns);
    return error ? fail(error) : wait_until(semaphore, deadline_ns);
}

int sem_timedwait(sem_t *restrict semaphore, const struct timespec *restrict time)
{
    return sem_clockwait(semaphore, CLOCK_REALTIME, time);
}

int sem_post(sem_t *semaphore)
{
    if (__atomic_load_n(&semaphore->__count, __ATOMIC_RELAXED) >= SEM_VALUE_MAX)
        return fail(EOVERFLOW);
    sync_semaphore_post(semaphore_of(semaphore));
    return 0;
}

int sem_getvalue(sem_t *restrict semaphore, int *restrict value)
{
    *value = (int)__atomic_load_n(&semaphore->__count, __ATOMIC_RELAXED);
    return 0;
}
