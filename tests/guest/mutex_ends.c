/* SPDX-License-Identifier: MIT
 *
 * mutex_ends.c: mutexes whose holder ends, while others wait: robust ones of each protocol, whichever way the holder goes; chains
 * of inheritance of several threads, and what ends them; ceilings that are not kept. Layer: tests.
 */
#include <pthread.h>
#include <semaphore.h>
#include <stdint.h>
#include <stdlib.h>

#include "sched/thread.h"
#include "suite.h"

#define MS 1000000l
#define WAITERS 3

static pthread_mutex_t mutex_of(int protocol, int robust, int ceiling)
{
    pthread_mutexattr_t attr;
    pthread_mutex_t mutex;
    pthread_mutexattr_init(&attr);
    EQUAL(pthread_mutexattr_setprotocol(&attr, protocol), 0);
    EQUAL(pthread_mutexattr_setrobust(&attr, robust), 0);
    EQUAL(pthread_mutexattr_setprioceiling(&attr, ceiling), 0);
    EQUAL(pthread_mutex_init(&mutex, &attr), 0);
    return mutex;
}

static pthread_t start(int priority, void *(*function)(void *), void *argument)
{
    pthread_attr_t attr;
    pthread_t thread;
    pthread_attr_init(&attr);
    if (priority) {
        pthread_attr_setinheritsched(&attr, PTHREAD_EXPLICIT_SCHED);
        pthread_attr_setschedpolicy(&attr, SCHED_FIFO);
        pthread_attr_setschedparam(&attr, &(struct sched_param){.sched_priority = priority});
    }
    EQUAL(pthread_create(&thread, &attr, function, argument), 0);
    return thread;
}

static intptr_t result_of(pthread_t thread)
{
    void *result = NULL;
    EQUAL(pthread_join(thread, &result), 0);
    return (intptr_t)result;
}

static int priority_now(pthread_t thread) { return ((const struct thread *)thread)->priority; }

/* ---- Robust mutexes: the holder ends, others wait ---- */

static pthread_mutex_t mutex;
static sem_t locked;

static void *returns(void *argument)
{
    pthread_mutex_lock(&mutex);
    sem_post(&locked);
    pause_ms(20);
    return argument;
}

static void *exits(void *argument)
{
    returns(argument);
    pthread_exit(NULL);
}

static void *is_cancelled(void *argument)
{
    pthread_mutex_lock(&mutex);
    sem_post(&locked);
    pthread_cancel(pthread_self());
    pause_ms(20);
    pthread_testcancel();
    return argument;
}

/* What the lock said; the first of them mends it if argument is not NULL. */
static void *waits(void *mends)
{
    int error = pthread_mutex_lock(&mutex);
    if (error == EOWNERDEAD && mends)
        EQUAL(pthread_mutex_consistent(&mutex), 0);
    if (error == 0 || error == EOWNERDEAD)
        EQUAL(pthread_mutex_unlock(&mutex), 0);
    return (void *)(intptr_t)error;
}

static void robust(int protocol, void *(*holder)(void *), void *mends)
{
    int dead = 0, good = 0, lost = 0;
    pthread_t threads[WAITERS];
    mutex = mutex_of(protocol, PTHREAD_MUTEX_ROBUST, 50);
    pthread_t holds = start(0, holder, NULL);
    sem_wait(&locked);
    for (int i = 0; i < WAITERS; i++)
        threads[i] = start(0, waits, mends);
    pthread_join(holds, NULL);
    for (int i = 0; i < WAITERS; i++) {
        intptr_t error = result_of(threads[i]);
        dead += error == EOWNERDEAD;
        good += error == 0;
        lost += error == ENOTRECOVERABLE;
    }
    EQUAL(dead, 1);
    EQUAL(good, mends ? WAITERS - 1 : 0);
    EQUAL(lost, mends ? 0 : WAITERS - 1);
    struct timespec soon = time_in(CLOCK_REALTIME, MS);
    EQUAL(pthread_mutex_trylock(&mutex), mends ? 0 : ENOTRECOVERABLE);
    if (!mends)
        EQUAL(pthread_mutex_timedlock(&mutex, &soon), ENOTRECOVERABLE);
    else
        EQUAL(pthread_mutex_unlock(&mutex), 0);
    EQUAL(pthread_mutex_destroy(&mutex), 0);
}

static void test_robust(void)
{
    static void *(*const ways[])(void *) = {returns, exits, is_cancelled};
    int yes;
    sem_init(&locked, 0, 0);
    for (int protocol = PTHREAD_PRIO_NONE; protocol <= PTHREAD_PRIO_PROTECT; protocol++)
        for (int way = 0; way < 3; way++) {
            robust(protocol, ways[way], &yes);
            robust(protocol, ways[way], NULL);
        }
}

/* One that holds several ends: each says so once. */
static pthread_mutex_t several[5];

static void *takes_several(void *argument)
{
    for (int i = 0; i < 5; i++)
        EQUAL(pthread_mutex_lock(&several[i]), 0);
    EQUAL(pthread_mutex_unlock(&several[2]), 0);
    return argument;
}

static void test_several(void)
{
    for (int i = 0; i < 5; i++)
        several[i] = mutex_of(i % 3, PTHREAD_MUTEX_ROBUST, 50);
    result_of(start(0, takes_several, NULL));
    for (int i = 0; i < 5; i++) {
        EQUAL(pthread_mutex_lock(&several[i]), i == 2 ? 0 : EOWNERDEAD);
        if (i != 2)
            EQUAL(pthread_mutex_consistent(&several[i]), 0);
        EQUAL(pthread_mutex_consistent(&several[i]), EINVAL);
        EQUAL(pthread_mutex_unlock(&several[i]), 0);
        EQUAL(pthread_mutex_lock(&several[i]), 0);
        EQUAL(pthread_mutex_unlock(&several[i]), 0);
    }
}

/* Not robust: it stays locked. Nothing is read of the thread that is gone, whose memory others have by now. */
static void *keeps(void *argument)
{
    EQUAL(pthread_mutex_lock(argument), 0);
    return NULL;
}

static void *nothing(void *argument) { return argument; }

static void test_not_robust(void)
{
    for (int protocol = PTHREAD_PRIO_NONE; protocol <= PTHREAD_PRIO_PROTECT; protocol++) {
        pthread_mutex_t kept = mutex_of(protocol, PTHREAD_MUTEX_STALLED, 50), also = mutex_of(protocol, PTHREAD_MUTEX_STALLED, 50);
        pthread_attr_t attr;
        pthread_t thread;
        pthread_attr_init(&attr);
        pthread_attr_setstacksize(&attr, 1 << 20); /* not kept for the next thread: its memory goes */
        EQUAL(pthread_create(&thread, &attr, keeps, &kept), 0);
        EQUAL(pthread_join(thread, NULL), 0);
        EQUAL(pthread_mutex_lock(&also), 0);
        for (int i = 0; i < 12; i++)
            EQUAL(result_of(start(i, nothing, (void *)7)), 7);
        struct timespec soon = time_in(CLOCK_REALTIME, 5 * MS);
        EQUAL(pthread_mutex_trylock(&kept), EBUSY);
        EQUAL(pthread_mutex_timedlock(&kept, &soon), ETIMEDOUT);
        EQUAL(pthread_mutex_unlock(&kept), EPERM);
        EQUAL(pthread_mutex_unlock(&also), 0);
        EQUAL(priority_now(pthread_self()), 0);
    }
}

/* ---- Chains: thread n holds mutex n and waits for mutex n + 1; main holds the last one ---- */

#define LINKS 6
static pthread_mutex_t links[LINKS];
static pthread_t chain[LINKS];

static void *in_the_chain(void *argument)
{
    intptr_t n = (intptr_t)argument;
    EQUAL(pthread_mutex_lock(&links[n]), 0);
    EQUAL(pthread_mutex_lock(&links[n + 1]), 0);
    EQUAL(pthread_mutex_unlock(&links[n + 1]), 0);
    EQUAL(pthread_mutex_unlock(&links[n]), 0);
    EQUAL(priority_now(pthread_self()), 2 + (int)n % 2);
    return NULL;
}

static void *locks_first(void *argument)
{
    EQUAL(pthread_mutex_lock(&links[0]), 0);
    EQUAL(pthread_mutex_unlock(&links[0]), 0);
    return argument;
}

static void *gives_up(void *argument)
{
    struct timespec soon = time_in(CLOCK_REALTIME, 30 * MS);
    EQUAL(pthread_mutex_timedlock(&links[0], &soon), ETIMEDOUT);
    return argument;
}

static void all_have(int priority)
{
    EQUAL(priority_now(pthread_self()), priority);
    for (int n = LINKS - 2; n >= 0; n--)
        EQUAL(priority_now(chain[n]), priority);
}

static void test_chain(void)
{
    for (int i = 0; i < LINKS; i++)
        links[i] = mutex_of(PTHREAD_PRIO_INHERIT, PTHREAD_MUTEX_STALLED, 50);
    EQUAL(pthread_mutex_lock(&links[LINKS - 1]), 0);
    for (intptr_t n = LINKS - 2; n >= 0; n--) {
        chain[n] = start(2 + (int)n % 2, in_the_chain, (void *)n);
        pause_ms(3);
    }
    EQUAL(priority_now(pthread_self()), 3);
    pthread_t urgent = start(60, gives_up, NULL);
    pause_ms(5);
    all_have(60);
    EQUAL(pthread_setschedprio(urgent, 70), 0); /* while it waits: handed on along the chain */
    all_have(70);
    EQUAL(result_of(urgent), 0);
    EQUAL(priority_now(pthread_self()), 3);
    urgent = start(80, locks_first, NULL);
    pause_ms(5);
    all_have(80);
    EQUAL(pthread_mutex_unlock(&links[LINKS - 1]), 0);
    EQUAL(priority_now(pthread_self()), 0);
    EQUAL(result_of(urgent), 0);
    for (int n = 0; n < LINKS - 1; n++)
        EQUAL(result_of(chain[n]), 0);
}

/* Held are two; each raises by its own waiters, and no longer than it is held. */
static void *locks(void *argument)
{
    EQUAL(pthread_mutex_lock(argument), 0);
    EQUAL(pthread_mutex_unlock(argument), 0);
    return NULL;
}

static void test_two_held(void)
{
    pthread_mutex_t low = mutex_of(PTHREAD_PRIO_INHERIT, 0, 50), high = mutex_of(PTHREAD_PRIO_INHERIT, 0, 50);
    EQUAL(pthread_mutex_lock(&low), 0);
    EQUAL(pthread_mutex_lock(&high), 0);
    pthread_t ten = start(10, locks, &low), forty = start(40, locks, &high);
    pause_ms(5);
    EQUAL(priority_now(pthread_self()), 40);
    EQUAL(pthread_mutex_unlock(&high), 0);
    EQUAL(priority_now(pthread_self()), 10);
    EQUAL(pthread_mutex_unlock(&low), 0);
    EQUAL(priority_now(pthread_self()), 0);
    result_of(ten);
    result_of(forty);
}

/* A circle is cut off, not followed for ever: who waits with a limit gets out of it. */
static pthread_mutex_t here, there;

static void *the_other_way(void *argument)
{
    struct timespec soon = time_in(CLOCK_REALTIME, 40 * MS);
    EQUAL(pthread_mutex_lock(&there), 0);
    sem_post(&locked);
    EQUAL(pthread_mutex_timedlock(&here, &soon), ETIMEDOUT);
    EQUAL(pthread_mutex_unlock(&there), 0);
    return argument;
}

static void test_circle(void)
{
    here = mutex_of(PTHREAD_PRIO_INHERIT, 0, 50);
    there = mutex_of(PTHREAD_PRIO_INHERIT, 0, 50);
    EQUAL(pthread_mutex_lock(&here), 0);
    pthread_t other = start(20, the_other_way, NULL);
    sem_wait(&locked);
    struct timespec later = time_in(CLOCK_REALTIME, 10000 * MS);
    EQUAL(pthread_mutex_timedlock(&there, &later), 0);
    EQUAL(pthread_mutex_unlock(&there), 0);
    EQUAL(pthread_mutex_unlock(&here), 0);
    EQUAL(priority_now(pthread_self()), 0);
    EQUAL(result_of(other), 0);
}

/* ---- Ceilings ---- */

static void *too_urgent(void *argument)
{
    struct timespec soon = time_in(CLOCK_REALTIME, MS);
    EQUAL(pthread_mutex_lock(argument), EINVAL);
    EQUAL(pthread_mutex_trylock(argument), EINVAL);
    EQUAL(pthread_mutex_timedlock(argument, &soon), EINVAL);
    return NULL;
}

static void *at_the_ceiling(void *argument)
{
    EQUAL(pthread_mutex_lock(argument), 0);
    EQUAL(priority_now(pthread_self()), 30);
    EQUAL(pthread_mutex_unlock(argument), 0);
    return NULL;
}

static void test_ceilings(void)
{
    pthread_mutex_t outer = mutex_of(PTHREAD_PRIO_PROTECT, 0, 30), inner = mutex_of(PTHREAD_PRIO_PROTECT, 0, 20), none;
    int old = 0;
    result_of(start(31, too_urgent, &outer));
    result_of(start(30, at_the_ceiling, &outer));
    /* The highest of those that are held counts, in whatever order they go. */
    EQUAL(pthread_mutex_lock(&outer), 0);
    EQUAL(pthread_mutex_lock(&inner), 0);
    EQUAL(priority_now(pthread_self()), 30);
    EQUAL(pthread_mutex_unlock(&outer), 0);
    EQUAL(priority_now(pthread_self()), 20);
    EQUAL(pthread_mutex_unlock(&inner), 0);
    EQUAL(priority_now(pthread_self()), 0);
    EQUAL(pthread_mutex_setprioceiling(&outer, 1000, &old), EINVAL);
    EQUAL(pthread_mutex_setprioceiling(&outer, 40, &old), 0);
    EQUAL(old, 30);
    pthread_mutex_init(&none, NULL);
    EQUAL(pthread_mutex_getprioceiling(&none, &old), EINVAL);
    EQUAL(pthread_mutex_setprioceiling(&none, 10, &old), EINVAL);
}

int main(void)
{
    static const struct suite_test tests[] = {
        {test_robust, "robust", 60},
        {test_several, "several", 10},
        {test_not_robust, "not_robust", 20},
        {test_chain, "chain", 20},
        {test_two_held, "two_held", 10},
        {test_circle, "circle", 20},
        {test_ceilings, "ceilings", 10},
    };
    return suite_run(tests, sizeof tests / sizeof tests[0]);
}
