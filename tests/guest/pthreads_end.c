/* SPDX-License-Identifier: MIT
 *
 * pthreads_end.c: <pthread.h>: once, keys and their destructors, cancellation, signals to a thread; <threads.h>, <stdatomic.h>.
 * Layer: tests.
 */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <threads.h>
#include <time.h>

#include "suite.h"

#define MS 1000000l

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static sem_t full;

/* ---- Once, keys ---- */

static pthread_once_t once = PTHREAD_ONCE_INIT;
static int once_count;

static void begin_once(void)
{
    pause_ms(2);
    once_count++;
}

static void *do_once(void *argument)
{
    pthread_once(&once, begin_once);
    CHECK(once_count == 1);
    return argument;
}

static pthread_key_t key;
static int destroyed;

static void destroy(void *value)
{
    destroyed++;
    if (*(int *)value > 0) {
        --*(int *)value;
        pthread_setspecific(key, value);
    }
}

static void *use_key(void *argument)
{
    CHECK(pthread_getspecific(key) == NULL);
    EQUAL(pthread_setspecific(key, argument), 0);
    sched_yield();
    CHECK(pthread_getspecific(key) == argument);
    return NULL;
}

static void test_once_and_keys(void)
{
    pthread_t threads[4];
    int counts[4] = {0, 1, 2, 100};
    for (int i = 0; i < 4; i++)
        EQUAL(pthread_create(&threads[i], NULL, do_once, NULL), 0);
    for (int i = 0; i < 4; i++)
        EQUAL(pthread_join(threads[i], NULL), 0);
    EQUAL(pthread_key_create(&key, destroy), 0);
    for (int i = 0; i < 4; i++)
        EQUAL(pthread_create(&threads[i], NULL, use_key, &counts[i]), 0);
    for (int i = 0; i < 4; i++)
        EQUAL(pthread_join(threads[i], NULL), 0);
    EQUAL(destroyed, 1 + 2 + 3 + PTHREAD_DESTRUCTOR_ITERATIONS);
    EQUAL(pthread_setspecific(key, counts), 0);
    EQUAL(pthread_key_delete(key), 0);
    EQUAL(pthread_setspecific(key, counts), EINVAL);
    pthread_key_t fresh;
    EQUAL(pthread_key_create(&fresh, NULL), 0);
    CHECK(fresh == key && pthread_getspecific(fresh) == NULL);
    EQUAL(pthread_key_delete(fresh), 0);
    EQUAL(pthread_key_delete(12345), EINVAL);
    pthread_key_t many[PTHREAD_KEYS_MAX];
    for (int i = 0; i < PTHREAD_KEYS_MAX; i++)
        EQUAL(pthread_key_create(&many[i], NULL), 0);
    EQUAL(pthread_key_create(&fresh, NULL), EAGAIN);
    for (int i = 0; i < PTHREAD_KEYS_MAX; i++)
        EQUAL(pthread_key_delete(many[i]), 0);
}

/* ---- Cancellation ---- */

static char trail[8];

static void leave_mark(void *argument) { strcat(trail, argument); }

static int fds[2];

static void *wait_in_read(void *argument)
{
    char byte;
    (void)!read(fds[0], &byte, 1);
    return argument;
}

static void *wait_in_cond(void *argument)
{
    pthread_mutex_lock(&lock);
    pthread_cleanup_push((void (*)(void *))(uintptr_t)pthread_mutex_unlock, &lock);
    for (;;)
        pthread_cond_wait(&changed, &lock);
    pthread_cleanup_pop(1);
    return argument;
}

static void *wait_in_sleep(void *argument)
{
    pthread_cleanup_push(leave_mark, "1");
    pthread_cleanup_push(leave_mark, "2");
    pthread_cleanup_push(leave_mark, "3");
    pthread_cleanup_pop(0);
    pause_ms(100000);
    pthread_cleanup_pop(0);
    pthread_cleanup_pop(0);
    return argument;
}

static void *wait_in_semaphore(void *argument)
{
    sem_wait(&full);
    return argument;
}

static void *wait_in_join(void *argument)
{
    pthread_join(*(pthread_t *)argument, NULL);
    return argument;
}

static void *only_test(void *argument)
{
    int old;
    pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old);
    pause_ms(4); /* cancelled meanwhile: the sleep is whole */
    pthread_testcancel();
    *(int *)argument = 1;
    pthread_setcancelstate(old, NULL);
    pthread_testcancel();
    *(int *)argument = 2;
    return NULL;
}

static void *run_for_ever(void *argument)
{
    pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
    while (++*(volatile unsigned *)argument)
        ;
    return NULL;
}

static void cancelled(void *(*function)(void *), void *argument)
{
    pthread_t thread;
    void *result = NULL;
    EQUAL(pthread_create(&thread, NULL, function, argument), 0);
    pause_ms(2);
    EQUAL(pthread_cancel(thread), 0);
    EQUAL(pthread_join(thread, &result), 0);
    CHECK(result == PTHREAD_CANCELED);
}

static void test_cancel(void)
{
    pthread_t self = pthread_self();
    int reached = 0;
    unsigned counter = 0;
    CHECK(pipe(fds) == 0);
    sem_init(&full, 0, 0);
    cancelled(wait_in_read, NULL);
    cancelled(wait_in_cond, NULL);
    EQUAL(pthread_mutex_trylock(&lock), 0);
    EQUAL(pthread_mutex_unlock(&lock), 0);
    cancelled(wait_in_sleep, NULL);
    CHECK(!strcmp(trail, "21"));
    cancelled(wait_in_semaphore, NULL);
    cancelled(wait_in_join, &self);
    cancelled(only_test, &reached);
    EQUAL(reached, 1);
    cancelled(run_for_ever, &counter);
    CHECK(counter > 0);
    EQUAL(pthread_setcancelstate(9, NULL), EINVAL);
    EQUAL(pthread_setcanceltype(9, NULL), EINVAL);
    /* What the cancelled reader waited in is whole. */
    CHECK(write(fds[1], "x", 1) == 1);
    char byte = 0;
    CHECK(read(fds[0], &byte, 1) == 1 && byte == 'x');
    close(fds[0]);
    close(fds[1]);
}

/* ---- Signals ---- */

static pthread_t handled_by;
static void on_signal(int sig) { (void)sig; handled_by = pthread_self(); }

static void *sleep_long(void *argument)
{
    pause_ms(10);
    return argument;
}

static void test_kill(void)
{
    pthread_t thread;
    struct sigaction action = {.sa_handler = on_signal};
    sigaction(SIGUSR1, &action, NULL);
    EQUAL(pthread_create(&thread, NULL, sleep_long, NULL), 0);
    pause_ms(1);
    EQUAL(pthread_kill(thread, 0), 0);
    EQUAL(pthread_kill(thread, 99), EINVAL);
    EQUAL(pthread_kill(thread, SIGUSR1), 0);
    EQUAL(pthread_join(thread, NULL), 0);
    CHECK(handled_by == thread);
    EQUAL(pthread_kill(pthread_self(), SIGUSR1), 0);
    CHECK(handled_by == pthread_self());
}

/* ---- C11 ---- */

static mtx_t c11_mutex;
static cnd_t c11_cond;
static tss_t c11_value;
static once_flag c11_once = ONCE_FLAG_INIT;
static atomic_int c11_count;
struct large { long a, b, c; };
static _Atomic struct large c11_large;
static _Atomic __int128 c11_wide;
static thread_local int c11_local = 5;
static int c11_ready;

static void c11_begin(void) { atomic_fetch_add(&c11_count, 100); }

static int c11_thread(void *argument)
{
    call_once(&c11_once, c11_begin);
    CHECK(c11_local == 5);
    c11_local = 6;
    tss_set(c11_value, argument);
    mtx_lock(&c11_mutex);
    while (!c11_ready)
        cnd_wait(&c11_cond, &c11_mutex);
    mtx_unlock(&c11_mutex);
    for (int i = 0; i < 1000; i++) {
        atomic_fetch_add_explicit(&c11_count, 1, memory_order_relaxed);
        atomic_fetch_add(&c11_wide, 1);
        struct large old = atomic_load(&c11_large), wanted;
        do
            wanted = (struct large){old.a + 1, old.b + 2, old.c + 3};
        while (!atomic_compare_exchange_weak(&c11_large, &old, wanted));
    }
    CHECK(tss_get(c11_value) == argument);
    thrd_exit(-7);
}

static void test_c11(void)
{
    thrd_t threads[4];
    int result;
    struct timespec soon;
    EQUAL(mtx_init(&c11_mutex, mtx_plain | mtx_timed), thrd_success);
    EQUAL(cnd_init(&c11_cond), thrd_success);
    EQUAL(tss_create(&c11_value, NULL), thrd_success);
    for (int i = 0; i < 4; i++)
        EQUAL(thrd_create(&threads[i], c11_thread, &threads[i]), thrd_success);
    EQUAL(mtx_lock(&c11_mutex), thrd_success);
    EQUAL(mtx_trylock(&c11_mutex), thrd_busy);
    soon = time_in(CLOCK_REALTIME, MS);
    EQUAL(cnd_timedwait(&c11_cond, &c11_mutex, &soon), thrd_timedout);
    c11_ready = 1;
    EQUAL(cnd_broadcast(&c11_cond), thrd_success);
    EQUAL(mtx_unlock(&c11_mutex), thrd_success);
    for (int i = 0; i < 4; i++) {
        EQUAL(thrd_join(threads[i], &result), thrd_success);
        EQUAL(result, -7);
    }
    EQUAL(atomic_load(&c11_count), 4100);
    CHECK(atomic_load(&c11_wide) == 4000);
    struct large large = atomic_load(&c11_large);
    CHECK(large.a == 4000 && large.b == 8000 && large.c == 12000);
    EQUAL(thrd_sleep(&(struct timespec){0, MS}, NULL), 0);
    EQUAL(c11_local, 5);
    atomic_flag flag = ATOMIC_FLAG_INIT;
    CHECK(!atomic_flag_test_and_set(&flag) && atomic_flag_test_and_set(&flag));
    atomic_thread_fence(memory_order_seq_cst);
    tss_delete(c11_value);
    cnd_destroy(&c11_cond);
    mtx_destroy(&c11_mutex);
}

static const struct suite_test tests[] = {
    {test_once_and_keys, "once, keys", 20},
    {test_cancel, "cancellation", 30},
    {test_kill, "signals to a thread", 20},
    {test_c11, "C11", 30},
};

int main(void) { return SUITE_RUN(tests); }
