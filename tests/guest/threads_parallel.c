/* SPDX-License-Identifier: MIT
 *
 * threads_parallel.c: threads on several virtual CPUs at once: mutual exclusion, hand-over between CPUs, sleepers, page
 * faults and mappings, threads that come and go, signals. Layer: tests. On one CPU it is a test of preemption.
 */
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "exo/exo.h"
#include "sched/thread.h"
#include "suite.h"
#include "sync/sync.h"

#define THREADS 8
#define PAGE 4096u

static unsigned cpus, wrong;

static void together(void *(*function)(void *))
{
    struct thread *threads[THREADS];
    wrong = 0;
    for (uintptr_t i = 0; i < THREADS; i++)
        CHECK(thread_create(&threads[i], "worker", 0, function, (void *)i) == 0);
    for (int i = 0; i < THREADS; i++) {
        void *result = NULL;
        CHECK(thread_join(threads[i], &result) == 0 && result == (void *)(uintptr_t)i);
    }
    EQUAL(wrong, 0);
}

static void expect(int holds)
{
    if (!holds)
        __atomic_add_fetch(&wrong, 1, __ATOMIC_RELAXED);
}

static uint32_t my_cpu(void)
{
    uint32_t was = sched_disable(), index = exo_act()->index;
    sched_enable(was);
    return index;
}

/* Spinners see each other run: each waits for a word that only the other can change, without giving up the CPU. */
static volatile uint32_t turn, seen_on;

static void *spin_turns(void *argument)
{
    uint32_t me = (uint32_t)(uintptr_t)argument;
    for (int i = 0; i < 200; i++) {
        while (turn != me)
            __builtin_ia32_pause();
        __atomic_or_fetch(&seen_on, 1u << my_cpu(), __ATOMIC_RELAXED);
        turn = !me;
    }
    return argument;
}

static void test_parallel(void)
{
    struct thread *threads[2];
    turn = seen_on = 0;
    for (uintptr_t i = 0; i < 2; i++)
        CHECK(thread_create(&threads[i], "spin", 0, spin_turns, (void *)i) == 0);
    for (int i = 0; i < 2; i++)
        thread_join(threads[i], NULL);
    EQUAL(sched_cpus(), cpus);
    CHECK(cpus == 1 || (seen_on & (seen_on - 1)) != 0); /* more than one of them */
}

static struct sync_mutex mutex;
static uint64_t counter[2];

static void *count_up(void *argument)
{
    for (int i = 0; i < 20000; i++) {
        sync_mutex_lock(&mutex);
        counter[0]++;
        counter[1] = counter[0];
        sync_mutex_unlock(&mutex);
        if (i % 64 == 0)
            thread_yield();
    }
    return argument;
}

static void test_mutex(void)
{
    counter[0] = counter[1] = 0;
    together(count_up);
    EQUAL(counter[0], THREADS * 20000);
    EQUAL(counter[1], THREADS * 20000);
}

/* A ring of threads that hand a token on by a condition variable. */
static struct sync_cond moved;
static uint32_t token;

static void *pass_on(void *argument)
{
    uint32_t me = (uint32_t)(uintptr_t)argument;
    for (int i = 0; i < 300; i++) {
        sync_mutex_lock(&mutex);
        while (token % THREADS != me)
            sync_cond_wait(&moved, &mutex, EXO_FOREVER);
        token++;
        sync_cond_broadcast(&moved);
        sync_mutex_unlock(&mutex);
    }
    return argument;
}

static void test_cond(void)
{
    token = 0;
    together(pass_on);
    EQUAL(token, 300 * THREADS);
}

static struct sync_semaphore items, space = {.count = 4};
static uint32_t produced, consumed;

static void *produce_consume(void *argument)
{
    for (int i = 0; i < 1500; i++) {
        if ((uintptr_t)argument & 1) {
            expect(sync_semaphore_wait(&space, EXO_FOREVER) == 0);
            __atomic_add_fetch(&produced, 1, __ATOMIC_RELAXED);
            sync_semaphore_post(&items);
        } else {
            expect(sync_semaphore_wait(&items, EXO_FOREVER) == 0);
            __atomic_add_fetch(&consumed, 1, __ATOMIC_RELAXED);
            sync_semaphore_post(&space);
        }
    }
    return argument;
}

static void test_semaphore(void)
{
    together(produce_consume);
    EQUAL(produced, consumed);
    EQUAL(space.count, 4);
    EQUAL(items.count, 0);
}

static void *sleep_often(void *argument)
{
    for (int i = 0; i < 60; i++) {
        uint64_t until = exo_clock_ns() + 200000 + 100000 * (uintptr_t)argument;
        expect(thread_sleep_until(until) == 0 && exo_clock_ns() >= until);
    }
    return argument;
}

static void test_sleep(void) { together(sleep_often); }

static void *map_often(void *argument)
{
    uintptr_t me = (uintptr_t)argument;
    for (int i = 0; i < 50; i++) {
        unsigned char *area = mmap(NULL, 16 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
        expect(area != MAP_FAILED);
        for (unsigned k = 0; k < 16; k++) {
            expect(area[k * PAGE] == 0);
            area[k * PAGE + me] = (unsigned char)(me + 1);
        }
        expect(mprotect(area + 4 * PAGE, 4 * PAGE, PROT_READ) == 0);
        for (unsigned k = 0; k < 16; k++)
            expect(area[k * PAGE + me] == me + 1);
        expect(munmap(area, 16 * PAGE) == 0);
    }
    return argument;
}

static void test_map(void) { together(map_often); }

/* All touch the same fresh pages at once: each is filled exactly once. */
static unsigned char *common;
static uint32_t arrived;

static void *touch_common(void *argument)
{
    for (unsigned round = 0; round < 40; round++) {
        __atomic_add_fetch(&arrived, 1, __ATOMIC_ACQ_REL);
        while (__atomic_load_n(&arrived, __ATOMIC_ACQUIRE) < (round + 1) * THREADS)
            thread_yield();
        for (unsigned k = 0; k < 8; k++)
            __atomic_add_fetch(&common[(round * 8 + k) * PAGE], 1, __ATOMIC_RELAXED);
    }
    return argument;
}

static void test_common(void)
{
    arrived = 0;
    common = mmap(NULL, 320 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    together(touch_common);
    for (unsigned i = 0; i < 320; i++)
        if (!EQUAL(common[i * PAGE], THREADS))
            break;
    munmap(common, 320 * PAGE);
}

static void *nothing(void *argument) { return argument; }

static void *create_often(void *argument)
{
    for (uintptr_t i = 0; i < 60; i++) {
        struct thread *thread;
        void *result = NULL;
        expect(thread_create(&thread, "leaf", 0, nothing, (void *)i) == 0);
        if (i % 3 == 0)
            expect(thread_detach(thread) == 0);
        else
            expect(thread_join(thread, &result) == 0 && result == (void *)i);
    }
    return argument;
}

static void test_create(void) { together(create_often); }

static volatile unsigned signals_seen;

static void on_signal(int sig)
{
    (void)sig;
    __atomic_add_fetch(&signals_seen, 1, __ATOMIC_RELAXED);
}

static void *signal_often(void *argument)
{
    for (int i = 0; i < 300; i++) {
        unsigned before = signals_seen;
        raise(SIGUSR1);
        expect(signals_seen > before);
        free(malloc((size_t)i * 10 + 1));
    }
    return argument;
}

static void test_signals(void)
{
    signal(SIGUSR1, on_signal);
    signals_seen = 0;
    together(signal_often);
    EQUAL(signals_seen, 300 * THREADS);
}

static const struct suite_test tests[] = {
    {test_parallel, "threads run at the same time", 20},
    {test_mutex, "a mutex excludes", 30},
    {test_cond, "a token goes round", 30},
    {test_semaphore, "producers and consumers", 30},
    {test_sleep, "sleepers wake in time", 20},
    {test_map, "mappings of several threads", 60},
    {test_common, "the same fresh pages", 30},
    {test_create, "threads make threads", 30},
    {test_signals, "each thread gets its own signals", 20},
};

int main(int argc, char **argv)
{
    cpus = argc > 1 ? (unsigned)atoi(argv[1]) : 1;
    EQUAL(sched_cpus_set(cpus), cpus);
    return SUITE_RUN(tests);
}
