/* SPDX-License-Identifier: MIT
 *
 * c11_threads.c: <threads.h> (C11 7.26) over the POSIX functions. Layer: libos/posix.
 */
#include <errno.h>
#include <threads.h>

#include "sched/thread.h"

static int result_of(int error)
{
    switch (error) {
    case 0: return thrd_success;
    case ENOMEM: return thrd_nomem;
    case ETIMEDOUT: return thrd_timedout;
    case EBUSY: return thrd_busy;
    default: return thrd_error;
    }
}

void call_once(once_flag *once, void (*function)(void)) { pthread_once(once, function); }

int cnd_init(cnd_t *cond) { return result_of(pthread_cond_init(cond, NULL)); }
void cnd_destroy(cnd_t *cond) { pthread_cond_destroy(cond); }
int cnd_signal(cnd_t *cond) { return result_of(pthread_cond_signal(cond)); }
int cnd_broadcast(cnd_t *cond) { return result_of(pthread_cond_broadcast(cond)); }
int cnd_wait(cnd_t *cond, mtx_t *mutex) { return result_of(pthread_cond_wait(cond, mutex)); }

int cnd_timedwait(cnd_t *restrict cond, mtx_t *restrict mutex, const struct timespec *restrict time)
{
    return result_of(pthread_cond_timedwait(cond, mutex, time));
}

int mtx_init(mtx_t *mutex, int type)
{
    static const mtx_t plain = PTHREAD_MUTEX_INITIALIZER, recursive = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;
    if (type & ~(mtx_recursive | mtx_timed))
        return thrd_error;
    *mutex = type & mtx_recursive ? recursive : plain;
    return thrd_success;
}

void mtx_destroy(mtx_t *mutex) { pthread_mutex_destroy(mutex); }
int mtx_lock(mtx_t *mutex) { return result_of(pthread_mutex_lock(mutex)); }
int mtx_trylock(mtx_t *mutex) { return result_of(pthread_mutex_trylock(mutex)); }
int mtx_unlock(mtx_t *mutex) { return result_of(pthread_mutex_unlock(mutex)); }

int mtx_timedlock(mtx_t *restrict mutex, const struct timespec *restrict time)
{
    return result_of(pthread_mutex_timedlock(mutex, time));
}

/* A thread's function gives an int: the low half of the register in which a pointer is returned (System V ABI for x86-64
 * §3.2.3). thrd_join looks at no more. */
int thrd_create(thrd_t *thread, thrd_start_t function, void *argument)
{
    int error = pthread_create(thread, NULL, (void *(*)(void *))(uintptr_t)function, argument);
    return error == EAGAIN ? thrd_nomem : result_of(error);
}

thrd_t thrd_current(void) { return pthread_self(); }
int thrd_detach(thrd_t thread) { return result_of(pthread_detach(thread)); }
int thrd_equal(thrd_t a, thrd_t b) { return a == b; }
void thrd_exit(int result) { pthread_exit((void *)(intptr_t)result); }
void thrd_yield(void) { thread_yield(); }

int thrd_join(thrd_t thread, int *result)
{
    void *value;
    int error = pthread_join(thread, &value);
    if (!error && result)
        *result = (int)(intptr_t)value;
    return result_of(error);
}

/* 0, -1: a signal came, -2: the time is none. */
int thrd_sleep(const struct timespec *time, struct timespec *left)
{
    int error = clock_nanosleep(CLOCK_MONOTONIC, 0, time, left);
    return error == 0 ? 0 : error == EINTR ? -1 : -2;
}

int tss_create(tss_t *key, tss_dtor_t destructor) { return result_of(pthread_key_create(key, destructor)); }
void tss_delete(tss_t key) { pthread_key_delete(key); }
void *tss_get(tss_t key) { return pthread_getspecific(key); }
int tss_set(tss_t key, void *value) { return result_of(pthread_setspecific(key, value)); }
