/* SPDX-License-Identifier: MIT
 *
 * pthread_values.c: values that each thread has of its own by keys, and things done once (XSH pthread_key_create,
 * pthread_once). Layer: libos/posix. A thread's array of values is made when it first sets one. A key that is deleted and
 * made again has another generation, so that values of its former life do not show.
 */
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <stdlib.h>

#include "sched/thread.h"
#include "sync/sync.h"

struct key {
    void (*destructor)(void *);
    unsigned generation; /* odd: in use */
};

struct value {
    void *value;
    unsigned generation;
};

static struct key keys[PTHREAD_KEYS_MAX];
static struct sync_mutex lock;
static __thread struct value *values;

void thread_values_exit(void);

int pthread_key_create(pthread_key_t *out, void (*destructor)(void *))
{
    int result = EAGAIN;
    sync_mutex_lock(&lock);
    for (unsigned i = 0; i < PTHREAD_KEYS_MAX; i++)
        if (!(keys[i].generation & 1)) {
            keys[i].destructor = destructor;
            keys[i].generation++;
            *out = i;
            result = 0;
            break;
        }
    sync_mutex_unlock(&lock);
    return result;
}

static bool in_use(pthread_key_t key) { return key < PTHREAD_KEYS_MAX && (keys[key].generation & 1); }

int pthread_key_delete(pthread_key_t key)
{
    sync_mutex_lock(&lock);
    bool there = in_use(key);
    if (there)
        keys[key].generation++;
    sync_mutex_unlock(&lock);
    return there ? 0 : EINVAL;
}

void *pthread_getspecific(pthread_key_t key)
{
    if (!values || key >= PTHREAD_KEYS_MAX || values[key].generation != keys[key].generation)
        return NULL;
    return values[key].value;
}

int pthread_setspecific(pthread_key_t key, const void *value)
{
    if (!in_use(key))
        return EINVAL;
    if (!values && !(values = calloc(PTHREAD_KEYS_MAX, sizeof *values)))
        return ENOMEM;
    values[key] = (struct value){(void *)value, keys[key].generation};
    return 0;
}

/* Calls the destructors of a thread that ends, again for values that they set. Returns whether there were any. */
static bool destroy_values(void)
{
    bool any = false;
    for (unsigned i = 0; i < PTHREAD_KEYS_MAX; i++) {
        sync_mutex_lock(&lock);
        void (*destructor)(void *) = values[i].generation == keys[i].generation ? keys[i].destructor : NULL;
        sync_mutex_unlock(&lock);
        void *value = values[i].value;
        values[i].value = NULL;
        if (!value || !destructor)
            continue;
        any = true;
        destructor(value);
    }
    return any;
}

void thread_values_exit(void)
{
    for (int round = 0; values && round < PTHREAD_DESTRUCTOR_ITERATIONS && destroy_values(); round++)
        ;
    free(values);
    values = NULL;
}

/* ---- Once: 0 not yet, 1 somebody does it, 2 and others wait, 3 done ---- */

static void once_cancelled(void *argument)
{
    pthread_once_t *once = argument;
    if (__atomic_exchange_n(&once->__state, 0, __ATOMIC_RELEASE) == 2)
        sync_wake(&once->__state, SYNC_ALL);
}

static void once_slow(pthread_once_t *once, void (*function)(void))
{
    for (;;) {
        unsigned state = 0;
        if (__atomic_compare_exchange_n(&once->__state, &state, 1, false, __ATOMIC_ACQUIRE, __ATOMIC_ACQUIRE))
            break;
        if (state == 3)
            return;
        if (state == 1 &&
            !__atomic_compare_exchange_n(&once->__state, &state, 2, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED))
            continue;
        sync_wait(&once->__state, 2, EXO_FOREVER, 0);
    }
    pthread_cleanup_push(once_cancelled, once);
    function();
    pthread_cleanup_pop(0);
    if (__atomic_exchange_n(&once->__state, 3, __ATOMIC_RELEASE) == 2)
        sync_wake(&once->__state, SYNC_ALL);
}

int pthread_once(pthread_once_t *once, void (*function)(void))
{
    if (__atomic_load_n(&once->__state, __ATOMIC_ACQUIRE) != 3)
        once_slow(once, function);
    return 0;
}
