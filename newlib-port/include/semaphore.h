/* SPDX-License-Identifier: MIT
 *
 * semaphore.h: counting semaphores (XBD semaphore.h). Unnamed ones are one process's (sem_init with pshared fails with ENOSYS);
 * those with a name are shared by the processes of a session, each of which may have 32 open.
 */
#ifndef _SEMAPHORE_H
#define _SEMAPHORE_H

#include <sys/syslimits.h>
#include <sys/types.h>
#include <time.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct { unsigned __count, __waiters; } sem_t;

#define SEM_FAILED ((sem_t *)0)

int sem_init(sem_t *, int, unsigned);
int sem_destroy(sem_t *);
int sem_wait(sem_t *);
int sem_trywait(sem_t *);
int sem_timedwait(sem_t *__restrict, const struct timespec *__restrict);
int sem_clockwait(sem_t *__restrict, clockid_t, const struct timespec *__restrict);
int sem_post(sem_t *);
int sem_getvalue(sem_t *__restrict, int *__restrict);
sem_t *sem_open(const char *, int, ...);
int sem_close(sem_t *);
int sem_unlink(const char *);

#ifdef __cplusplus
}
#endif

#endif
