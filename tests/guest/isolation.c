/* SPDX-License-Identifier: MIT
 *
 * isolation.c: isolation THREADS FROM_MS UNTIL_MS: computes with so many threads until the clock says UNTIL_MS, and prints its
 * policy, and what CPU time the kernel gave to this environment since FROM_MS. Two at once show whether one can take the other's.
 * A second line has the CPU time that its threads have had in all by their own clocks, and the environment's by the kernel's.
 * Layer: tests (test_schedulers.py).
 */
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "exo/exo.h"
#include "sched/policy.h"

#define MS 1000000ull

static uint64_t from, until, before, began, threads_ns;

/* Of all activations, as the kernel counts it; brought up to date at switches of environments. */
static uint64_t environment_ns(void)
{
    struct exo_env_info info;
    uint64_t sum = 0;
    exo_env_read((uint32_t)(exo_act()->env & (EXO_ENVS_MAX - 1)), &info);
    for (unsigned i = 0; i < EXO_ACTS_MAX; i++)
        sum += info.act[i].run_ns;
    return sum;
}

static void add_own_time(void)
{
    struct timespec time;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    __atomic_fetch_add(&threads_ns, (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec, __ATOMIC_RELAXED);
}

/* Whichever thread runs first after FROM_MS looks how much it was until then. */
static void *hog(void *argument)
{
    for (uint64_t now; (now = exo_clock_ns()) < until;) {
        uint64_t none = 0;
        if (now >= from && __atomic_compare_exchange_n(&began, &none, now, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED))
            before = environment_ns();
        for (volatile unsigned i = 0; i < 1000; i++)
            ;
    }
    add_own_time();
    return argument;
}

int main(int argc, char **argv)
{
    if (argc != 4)
        return 2;
    unsigned count = (unsigned)atoi(argv[1]);
    from = strtoull(argv[2], NULL, 10) * MS;
    pthread_t *threads = calloc(count, sizeof *threads);
    until = strtoull(argv[3], NULL, 10) * MS;
    for (unsigned i = 0; i < count; i++)
        if (pthread_create(&threads[i], NULL, hog, NULL) != 0)
            return 1;
    for (unsigned i = 0; i < count; i++)
        pthread_join(threads[i], NULL);
    printf("%s %u threads: %llu us of %llu us\n", sched_policy_now()->name, count,
           (unsigned long long)(environment_ns() - before) / 1000, (unsigned long long)(exo_clock_ns() - began) / 1000);
    add_own_time();
    printf("threads: %llu us of %llu us\n", (unsigned long long)threads_ns / 1000, (unsigned long long)environment_ns() / 1000);
    return 0;
}
