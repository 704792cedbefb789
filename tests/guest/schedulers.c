/* SPDX-License-Identifier: MIT
 *
 * schedulers.c: threads under each policy of the library in turn: they compute, yield, wait for each other, sleep, change weight
 * and priority, and none is lost. The policy changes while they live, too. Layer: tests. With `name`: says which policy the
 * program has; with `forget`, `twice`, `lose` (forgets one thread while others are ready): under a policy that does so.
 */
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

#include "exo/exo.h"
#include "sched/policies/edf.h"
#include "sched/policy.h"
#include "suite.h"

#define THREADS 6

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t moved = PTHREAD_COND_INITIALIZER;
static unsigned turn, done;

static void compute(unsigned rounds)
{
    for (volatile unsigned i = 0; i < rounds; i++)
        ;
}

static void *work(void *argument)
{
    unsigned me = (unsigned)(uintptr_t)argument;
    thread_weight_set(thread_self(), 512 * (me + 1));
    for (unsigned i = 0; i < 12; i++) {
        compute(20000 * (me + 1));
        pthread_mutex_lock(&mutex);
        while (turn % THREADS != me)
            pthread_cond_wait(&moved, &mutex);
        turn++;
        pthread_cond_broadcast(&moved);
        pthread_mutex_unlock(&mutex);
        if (i % 4 == me % 4)
            sched_yield();
        if (i % 5 == 0)
            nanosleep(&(struct timespec){0, 700000}, NULL);
        if (i == 6)
            pthread_setschedparam(pthread_self(), SCHED_RR, &(struct sched_param){.sched_priority = 1 + (int)me});
    }
    __atomic_add_fetch(&done, 1, __ATOMIC_RELAXED);
    return argument;
}

static void together(void (*meanwhile)(void))
{
    pthread_t threads[THREADS];
    turn = done = 0;
    for (uintptr_t i = 0; i < THREADS; i++)
        EQUAL(pthread_create(&threads[i], NULL, work, (void *)i), 0);
    if (meanwhile)
        meanwhile();
    for (int i = 0; i < THREADS; i++)
        EQUAL(pthread_join(threads[i], NULL), 0);
    EQUAL(done, THREADS);
    EQUAL(turn, THREADS * 12);
}

static void test_each(void)
{
    for (const struct sched_policy *const *policy = sched_policies; *policy; policy++) {
        sched_policy_set(*policy);
        CHECK(sched_policy_now() == *policy && sched_policy_find((*policy)->name) == *policy);
        printf("under %s\n", (*policy)->name);
        together(NULL);
    }
}

static void change(void)
{
    for (int round = 0; round < 3; round++)
        for (const struct sched_policy *const *policy = sched_policies; *policy; policy++) {
            sched_policy_set(*policy);
            nanosleep(&(struct timespec){0, 1000000}, NULL);
        }
}

static void test_changes(void)
{
    together(change);
    sched_policy_set(&sched_round_robin);
}

static void test_admission(void)
{
    EQUAL(sched_edf_join(1000000, 10000000), -ENOTSUP);
    sched_policy_set(&sched_edf);
    EQUAL(sched_edf_join(0, 10000000), -EINVAL);
    EQUAL(sched_edf_join(11000000, 10000000), -EINVAL);
    EQUAL(sched_edf_wait(), -EINVAL);
    EQUAL(sched_edf_join(1000000, 10000000), 0);
    uint64_t before = exo_clock_ns();
    for (int i = 0; i < 5; i++)
        CHECK(sched_edf_wait() >= 0);
    CHECK(exo_clock_ns() - before >= 40000000);
    sched_edf_leave();
    sched_policy_set(&sched_round_robin);
}

static const struct suite_test tests[] = {
    {test_each, "each policy", 60},
    {test_changes, "changes of policy", 60},
    {test_admission, "admission", 30},
};

/* ---- A policy with a mistake ---- */

static bool forgetful;
static struct thread *last;

static void bad_enqueue(struct thread *thread, enum sched_why why)
{
    if (!forgetful || why == SCHED_NEW)
        sched_round_robin.enqueue(thread, why);
}

static void bad_dequeue(struct thread *thread) { sched_round_robin.dequeue(thread); }

static struct thread *bad_pick(void)
{
    struct thread *thread = sched_round_robin.pick();
    if (thread)
        last = thread;
    return thread || forgetful ? thread : last;
}

static bool bad_tick(struct thread *thread) { return sched_round_robin.tick(thread); }

static const struct sched_policy bad = {
    .name = "bad", .enqueue = bad_enqueue, .dequeue = bad_dequeue, .pick = bad_pick, .tick = bad_tick};

/* Forgets one thread when it wakes; the others are always ready. */
static void losing_enqueue(struct thread *thread, enum sched_why why)
{
    if (why != SCHED_WOKEN || strcmp(thread->name, "victim") != 0)
        sched_round_robin.enqueue(thread, why);
}

static uint32_t held(void) { return sched_round_robin.count(); }

static const struct sched_policy losing = {
    .name = "losing", .enqueue = losing_enqueue, .dequeue = bad_dequeue, .pick = bad_pick, .tick = bad_tick, .count = held};

/* Returns, when no thread is ready, one that is blocked, or something that is no thread at all. */
static const char *wrongly;

static struct thread *wrong_pick(void)
{
    struct thread *thread = sched_round_robin.pick();
    if (thread)
        return thread;
    if (!strcmp(wrongly, "garbage"))
        return (struct thread *)0x10;
    for (thread = thread_first(); thread && thread->state != THREAD_BLOCKED; thread = thread->created_next)
        ;
    return thread;
}

static const struct sched_policy wrong = {
    .name = "wrong", .enqueue = losing_enqueue, .dequeue = bad_dequeue, .pick = wrong_pick, .tick = bad_tick};

static uint32_t one_too_many(void) { return sched_round_robin.count() + 1; }

static const struct sched_policy keeping = {.name = "keeping", .enqueue = bad_enqueue, .dequeue = bad_dequeue,
                                            .pick = wrong_pick, .tick = bad_tick, .count = one_too_many};

static uint64_t until;

static void *hog(void *none)
{
    while (exo_clock_ns() < until)
        compute(500);
    return none;
}

static void lose(void)
{
    pthread_t threads[2];
    sched_policy_set(&losing);
    until = exo_clock_ns() + 3000000000;
    for (int i = 0; i < 2; i++)
        pthread_create(&threads[i], NULL, hog, NULL);
}

/* Is named before it changes its state, whichever of the two runs first. */
static void *victim(void *argument)
{
    pthread_setname_np(pthread_self(), "victim");
    return work(argument);
}

int main(int argc, char **argv)
{
    pthread_t thread;
    if (argc == 1)
        return SUITE_RUN(tests);
    forgetful = strcmp(argv[1], "forget") == 0;
    wrongly = argv[1];
    if (strcmp(argv[1], "lose") == 0)
        lose();
    else if (strcmp(argv[1], "garbage") == 0 || strcmp(argv[1], "blocked") == 0)
        sched_policy_set(&wrong);
    else if (strcmp(argv[1], "keep") == 0)
        sched_policy_set(&keeping);
    else if (strcmp(argv[1], "name") != 0)
        sched_policy_set(&bad);
    pthread_create(&thread, NULL, victim, NULL);
    pthread_setname_np(thread, "victim"); /* some policies never let it run */
    if (strcmp(argv[1], "name") == 0)
        printf("policy %s\n", sched_policy_now()->name);
    else
        sleep(2);
    return 0;
}
