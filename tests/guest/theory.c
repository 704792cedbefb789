/* SPDX-License-Identifier: MIT
 *
 * theory.c: what theory says of policies, asserted of real threads in the guest: formula, source, and what was found are printed.
 * tests/host/libos/test_policies.c asserts the same of the policies alone, on a simulated CPU. Layer: tests. Run with --icount:
 * work is counted in instructions, one a nanosecond.
 */
#include <math.h>
#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <stdlib.h>

#include "exo/exo.h"
#include "sched/policies/edf.h"
#include "sched/policy.h"
#include "suite.h"

#define MS 1000000ull
#define THREADS 5
#define QUANTUM_NS ((uint64_t)exo_info()->slice_ns)

bool sched_check = false; /* watched policies are tested elsewhere */

/* Computes for so many instructions. */
static void work(uint64_t ns)
{
    for (uint64_t left = ns / 2; left;)
        __asm__ volatile("1: dec %0\n\tjnz 1b" : "+r"(left) : : "cc");
}

/* ---- A policy seen from outside: at each pick, how far threads are from their shares ---- */

static const struct sched_policy *seen;
static struct sched_policy probe;
static struct thread *hogs[THREADS];
static unsigned hog_count;
static uint64_t base[THREADS];
static double pair_error, lag;

static void look(void)
{
    double total = 0, weights = 0, ran[THREADS];
    for (unsigned i = 0; i < hog_count; i++) {
        ran[i] = (double)(hogs[i]->run_ns - base[i]);
        total += ran[i];
        weights += thread_weight(hogs[i]);
    }
    for (unsigned i = 0; i < hog_count; i++) {
        double own = fabs(total * thread_weight(hogs[i]) / weights - ran[i]);
        lag = own > lag ? own : lag;
        for (unsigned j = 0; j < i; j++) {
            double part = (double)thread_weight(hogs[i]) / (thread_weight(hogs[i]) + thread_weight(hogs[j]));
            double pair = fabs(ran[i] - part * (ran[i] + ran[j]));
            pair_error = pair > pair_error ? pair : pair_error;
        }
    }
}

static struct thread *probe_pick(void)
{
    look();
    return seen->pick();
}

static volatile bool over;

static void *hog(void *argument)
{
    while (!over)
        work(2000);
    return argument;
}

/* Hogs of these weights compete under a policy, all from the same moment. */
static void compete(const struct sched_policy *policy, const uint32_t *weights, unsigned count, uint64_t ns)
{
    pthread_t threads[THREADS];
    over = false;
    hog_count = 0;
    for (unsigned i = 0; i < count; i++)
        EQUAL(pthread_create(&threads[i], NULL, hog, NULL), 0);
    for (struct thread *at = thread_first(); at; at = at->created_next)
        if (at != thread_self() && hog_count < count)
            hogs[hog_count++] = at;
    for (unsigned i = 0; i < hog_count; i++) {
        thread_weight_set(hogs[i], weights[i]);
        base[i] = hogs[i]->run_ns;
    }
    pair_error = lag = 0;
    seen = policy;
    probe = *policy;
    probe.pick = probe_pick;
    sched_policy_set(&probe);
    for (unsigned i = 0; i < hog_count; i++)
        base[i] = hogs[i]->run_ns; /* none runs: this thread does */
    thread_sleep_until(exo_clock_ns() + ns);
    sched_policy_set(&sched_round_robin);
    over = true;
    for (unsigned i = 0; i < count; i++)
        pthread_join(threads[i], NULL);
}

static void test_stride(void)
{
    compete(&sched_stride, (const uint32_t[]){1024, 2048, 3072, 7168}, 4, 300 * MS);
    printf("stride: |ran_a - w_a / (w_a + w_b) (ran_a + ran_b)| < 1 quantum (Waldspurger, Weihl, TM-528, 1995): "
           "%.0f ns, quantum %llu ns\n", pair_error, (unsigned long long)QUANTUM_NS);
    CHECK(pair_error > 0 && pair_error < (double)QUANTUM_NS);
    compete(&sched_round_robin, (const uint32_t[]){1024, 2048, 3072, 7168}, 4, 100 * MS);
    printf("round robin, which ignores weights: %.0f ns\n", pair_error);
    CHECK(pair_error > 5 * (double)QUANTUM_NS);
}

static void test_eevdf(void)
{
    const double request = 2 * MS; /* REQUEST_NS of eevdf.c, the same for all */
    compete(&sched_eevdf, (const uint32_t[]){1024, 1024, 3072, 8192, 512}, 5, 300 * MS);
    printf("eevdf: |lag| < maximum request (Stoica, Abdel-Wahab, TR 95-22, 1995): %.0f ns, request %.0f ns\n", lag, request);
    CHECK(lag > 0 && lag < request);
    compete(&sched_round_robin, (const uint32_t[]){1024, 1024, 3072, 8192, 512}, 5, 100 * MS);
    CHECK(lag > 3 * request);
}

/* ---- Lottery: a draw a yield ---- */

static uint64_t draws, drawn, wins;

static void *draw(void *argument)
{
    while (drawn < draws) {
        drawn++;
        wins += argument != NULL;
        sched_yield();
    }
    return NULL;
}

static double lottery_error(uint64_t n, unsigned rounds)
{
    double sum = 0;
    for (unsigned round = 0; round < rounds; round++) {
        pthread_t threads[2];
        draws = n;
        drawn = wins = 0;
        sched_policy_set(&sched_cooperative);
        for (uintptr_t i = 0; i < 2; i++)
            EQUAL(pthread_create(&threads[i], NULL, draw, (void *)i), 0);
        for (struct thread *at = thread_first(); at; at = at->created_next)
            if (at != thread_self())
                thread_weight_set(at, at->argument ? 1024 : 3072);
        sched_policy_set(&sched_lottery);
        for (int i = 0; i < 2; i++)
            pthread_join(threads[i], NULL);
        double off = (double)wins / (double)n - 0.25;
        sum += off * off;
    }
    sched_policy_set(&sched_round_robin);
    return sqrt(sum / rounds);
}

static void test_lottery(void)
{
    for (uint64_t n = 64; n <= 4096; n *= 8) {
        double theory = sqrt(0.25 * 0.75 / (double)n), found = lottery_error(n, 24);
        printf("lottery: rms error of a share after n draws is sqrt(p (1 - p) / n) (Waldspurger, Weihl, OSDI 1994): "
               "n %llu, %.4f, found %.4f\n", (unsigned long long)n, theory, found);
        CHECK(found > 0.6 * theory && found < 1.5 * theory);
    }
}

/* ---- EDF at a whole CPU: a job of the third is longer than a period of the first, so whoever does not preempt is late ---- */

static const struct {
    uint64_t period_ns, share; /* % of the load */
    int priority;
} tasks[] = {{8 * MS, 25, 23}, {12 * MS, 25, 22}, {20 * MS, 50, 21}};
enum { TASKS = 3 };

static uint64_t first_release, last_deadline, refused, missed, jobs;
static double load;

static void *task(void *argument)
{
    unsigned i = (unsigned)(uintptr_t)argument;
    uint64_t period = tasks[i].period_ns, most = period * tasks[i].share / 100;
    if (sched_policy_now() == &sched_edf)
        refused += sched_edf_join(most - 100, period) != 0;
    for (uint64_t release = first_release; release + period <= last_deadline; release += period) {
        thread_sleep_until(release);
        work((uint64_t)((double)most * load));
        missed += exo_clock_ns() > release + period;
        jobs++;
    }
    return NULL;
}

/* Runs the tasks for two hyperperiods; returns what a hog beside them could not use, as part of the time. */
static double periodic(const struct sched_policy *policy, double wanted, bool beside)
{
    pthread_t threads[TASKS];
    sched_policy_set(policy);
    load = wanted;
    refused = missed = jobs = 0;
    first_release = exo_clock_ns() + 5 * MS;
    last_deadline = first_release + 240 * MS;
    for (uintptr_t i = 0; i < TASKS; i++) {
        pthread_attr_t how;
        pthread_attr_init(&how);
        pthread_attr_setinheritsched(&how, PTHREAD_EXPLICIT_SCHED);
        pthread_attr_setschedpolicy(&how, SCHED_RR);
        pthread_attr_setschedparam(&how, &(struct sched_param){.sched_priority = tasks[i].priority});
        EQUAL(pthread_create(&threads[i], &how, task, (void *)i), 0);
    }
    thread_sleep_until(first_release);
    uint64_t began = exo_clock_ns(), done = 0;
    while (beside && exo_clock_ns() < last_deadline) {
        work(10000);
        done += 10000;
    }
    double lost = 1 - (double)done / (double)(exo_clock_ns() - began);
    for (int i = 0; i < TASKS; i++)
        pthread_join(threads[i], NULL);
    sched_policy_set(&sched_round_robin);
    return lost;
}

static void test_edf(void)
{
    double overhead = periodic(&sched_edf, 0, true);
    EQUAL(refused, 0);
    EQUAL(missed, 0); /* the hog beside them gives way */
    periodic(&sched_edf, 1 - overhead, false);
    printf("edf: sum of C / T <= 1 misses nothing (Liu, Layland, JACM 20, 1973): load %.4f = 1 less the measured overhead, "
           "%llu jobs, %llu missed\n", 1 - overhead, (unsigned long long)jobs, (unsigned long long)missed);
    CHECK(overhead > 0 && overhead < 0.02);
    EQUAL(refused, 0);
    EQUAL(missed, 0);
    EQUAL(jobs, 30 + 20 + 12);
    periodic(&sched_priority, 1 - overhead, false);
    printf("rate monotonic priorities at that load, beyond 3 (2^(1/3) - 1) = 0.78 (same source): %llu missed\n",
           (unsigned long long)missed);
    CHECK(missed > 0);
}

/* ---- Priority inversion ---- */

static pthread_mutex_t mutex;
static uint64_t blocked_ns;
#define SECTION_NS (3 * MS)
#define MIDDLE_NS (20 * MS)

static void *inversion_thread(void *argument)
{
    uintptr_t who = (uintptr_t)argument; /* 0 low, 1 middle, 2 high */
    if (who == 0) {
        pthread_mutex_lock(&mutex);
        work(SECTION_NS);
        pthread_mutex_unlock(&mutex);
        return NULL;
    }
    thread_sleep_until(first_release);
    uint64_t before = exo_clock_ns();
    if (who == 1) {
        work(MIDDLE_NS);
        return NULL;
    }
    pthread_mutex_lock(&mutex);
    blocked_ns = exo_clock_ns() - before;
    pthread_mutex_unlock(&mutex);
    return NULL;
}

static uint64_t blocked_with(int protocol)
{
    pthread_t threads[3];
    thread_priority_set(thread_self(), 40); /* it makes all before any of them runs */
    pthread_mutexattr_t kind;
    pthread_mutexattr_init(&kind);
    pthread_mutexattr_setprotocol(&kind, protocol);
    pthread_mutex_init(&mutex, &kind);
    sched_policy_set(&sched_priority);
    first_release = exo_clock_ns() + MS;
    for (uintptr_t i = 0; i < 3; i++) {
        pthread_attr_t how;
        pthread_attr_init(&how);
        pthread_attr_setinheritsched(&how, PTHREAD_EXPLICIT_SCHED);
        pthread_attr_setschedpolicy(&how, SCHED_RR);
        pthread_attr_setschedparam(&how, &(struct sched_param){.sched_priority = 10 + 10 * (int)i});
        EQUAL(pthread_create(&threads[i], &how, inversion_thread, (void *)i), 0);
    }
    for (int i = 0; i < 3; i++)
        pthread_join(threads[i], NULL);
    sched_policy_set(&sched_round_robin);
    thread_priority_set(thread_self(), 0);
    pthread_mutex_destroy(&mutex);
    return blocked_ns;
}

static void test_inversion(void)
{
    uint64_t none = blocked_with(PTHREAD_PRIO_NONE), inherit = blocked_with(PTHREAD_PRIO_INHERIT);
    printf("priority inheritance: blocked no longer than one critical section, %llu ns (Sha, Rajkumar, Lehoczky, IEEE ToC 39, "
           "1990): %llu ns; without it %llu ns\n", (unsigned long long)SECTION_NS, (unsigned long long)inherit,
           (unsigned long long)none);
    CHECK(none > MIDDLE_NS);
    CHECK(inherit > 0 && inherit < SECTION_NS);
}

static const struct suite_test tests[] = {
    {test_stride, "stride: pairwise share error", 60},   {test_eevdf, "eevdf: lag", 60},
    {test_lottery, "lottery: error over draws", 60},     {test_edf, "edf at full load", 60},
    {test_inversion, "priority inheritance", 60},
};

int main(void) { return SUITE_RUN(tests); }
