// SPDX-License-Identifier: MIT
// link: libos/sched/policies/cooperative.c libos/sched/policies/fifo.c libos/sched/policies/round_robin.c
// link: libos/sched/policies/priority.c libos/sched/policies/mlfq.c libos/sched/policies/lottery.c
// link: libos/sched/policies/stride.c libos/sched/policies/edf.c libos/sched/policies/eevdf.c
// link: libos/sched/policies/work_stealing.c
/* test_policies.c: each policy of libos/sched/policies, run by a simulated CPU, against what theory says of it. The formula and
 * its source are printed with what was found. */
#include "../harness.h"
#include <math.h>
#include <stdlib.h>

#include "sched/policies/edf.h"
#include "sched/policy.h"

#define MS 1000000ull
#define THREADS 16

/* ---- What the policies ask of the library ---- */

static uint64_t now;
static uint32_t here;
uint64_t exo_clock_ns(void) { return now; }
uint64_t sched_here(void) { return 1ull << here; }
uint32_t sched_act_index(void) { return here; }
uint32_t sched_cpus(void) { return 1; }
uint32_t sched_lock(void) { return 0; }
void sched_unlock(uint32_t was) { (void)was; }
struct thread *thread_first(void) { return NULL; }
int thread_sleep_until(uint64_t deadline_ns) { (void)deadline_ns; return 0; }
const struct sched_policy *sched_policy_now(void) { return &sched_edf; }

/* ---- A CPU ---- */

/* A thread runs for burst_ns, then sleeps for sleep_ns (0: it is a hog), or until its next period. */
struct job {
    struct thread thread;
    uint64_t burst_ns, sleep_ns, period_ns;
    uint64_t left_ns, wake_ns, ready_ns;
    uint64_t latest_ns; /* longest from waking to running */
    unsigned bursts, missed;
};

static struct job jobs[THREADS];
static unsigned count;
static const struct sched_policy *policy;
static struct thread *running;

static struct job *job_of(struct thread *thread) { return (struct job *)thread; }

static struct job *add(uint32_t weight, uint64_t burst_ns, uint64_t sleep_ns)
{
    struct job *job = &jobs[count++];
    job->thread.weight = weight;
    job->burst_ns = burst_ns;
    job->sleep_ns = sleep_ns;
    job->left_ns = burst_ns ? burst_ns : ~0ull;
    job->ready_ns = now;
    job->thread.state = THREAD_READY;
    policy->enqueue(&job->thread, SCHED_NEW);
    return job;
}

static void begin(const struct sched_policy *wanted)
{
    policy = wanted;
    for (unsigned i = 0; i < count; i++)
        if (jobs[i].thread.state == THREAD_READY)
            policy->dequeue(&jobs[i].thread);
    memset(jobs, 0, sizeof jobs);
    count = 0;
    running = NULL;
    now = 1000 * MS;
    if (policy->start)
        policy->start();
}

static void end(void)
{
    if (running) {
        running->state = THREAD_BLOCKED;
        if (policy->leave)
            policy->leave(running);
    }
    running = NULL;
    for (unsigned i = 0; i < count; i++)
        if (jobs[i].thread.state == THREAD_READY)
            policy->dequeue(&jobs[i].thread);
    count = 0;
}

static void dispatch(void)
{
    running = policy->pick();
    if (!running)
        return;
    struct job *job = job_of(running);
    running->state = THREAD_RUNNING;
    if (job->ready_ns && now - job->ready_ns > job->latest_ns)
        job->latest_ns = now - job->ready_ns;
    job->ready_ns = 0;
}

static void put_back(enum sched_why why)
{
    running->state = THREAD_READY;
    policy->enqueue(running, why);
    dispatch();
}

static void wake_due(void)
{
    for (unsigned i = 0; i < count; i++) {
        struct job *job = &jobs[i];
        if (job->thread.state != THREAD_BLOCKED || job->wake_ns > now)
            continue;
        job->thread.state = THREAD_READY;
        job->left_ns = job->burst_ns;
        job->ready_ns = now;
        policy->enqueue(&job->thread, SCHED_WOKEN);
        if (running && policy->preempts && policy->preempts(&job->thread, running))
            put_back(SCHED_PREEMPTED);
    }
}

static uint64_t next_wake(void)
{
    uint64_t next = ~0ull;
    for (unsigned i = 0; i < count; i++)
        if (jobs[i].thread.state == THREAD_BLOCKED && jobs[i].wake_ns < next)
            next = jobs[i].wake_ns;
    return next;
}

static void burst_over(void)
{
    struct job *job = job_of(running);
    job->bursts++;
    running->state = THREAD_BLOCKED;
    uint64_t due = job->wake_ns + job->period_ns;
    job->missed += job->period_ns && now > due;
    job->wake_ns = job->period_ns ? due : now + job->sleep_ns;
    if (policy->leave)
        policy->leave(running);
    dispatch();
}

/* Runs until the clock says `until`, slices of a millisecond; each_slice (may be NULL) is called at their ends. */
static void simulate(uint64_t until, void (*each_slice)(void))
{
    uint64_t slice_end = now + MS;
    while (now < until) {
        wake_due();
        if (!running)
            dispatch();
        uint64_t to = slice_end, wake = next_wake();
        to = wake < to ? wake : to;
        if (running && job_of(running)->left_ns < to - now)
            to = now + job_of(running)->left_ns;
        if (running) {
            running->run_ns += to - now;
            job_of(running)->left_ns -= to - now;
        }
        now = to;
        if (running && job_of(running)->left_ns == 0)
            burst_over();
        if (now < slice_end)
            continue;
        slice_end += MS;
        if (running && policy->tick(running))
            put_back(SCHED_PREEMPTED);
        if (each_slice)
            each_slice();
    }
}

/* ---- Theory ---- */

static double worst;

/* Of threads a and b alone: a's share of what both had. */
static void pair_error(void)
{
    for (unsigned a = 0; a < count; a++)
        for (unsigned b = a + 1; b < count; b++) {
            double ran_a = (double)jobs[a].thread.run_ns, ran_b = (double)jobs[b].thread.run_ns;
            double part = (double)jobs[a].thread.weight / (jobs[a].thread.weight + jobs[b].thread.weight);
            double error = fabs(ran_a - part * (ran_a + ran_b)) / MS;
            worst = error > worst ? error : worst;
        }
}

TEST(stride_pairwise_error)
{
    begin(&sched_stride);
    worst = 0;
    add(1024, 0, 0);
    add(2048, 0, 0);
    add(5120, 0, 0);
    simulate(now + 8000 * MS, pair_error);
    printf("stride: |ran_a - w_a / (w_a + w_b) (ran_a + ran_b)| < 1 quantum (Waldspurger, Weihl 1995): %.3f quanta\n", worst);
    CHECK(worst < 1.0);
    end();
}

TEST(round_robin_error)
{
    begin(&sched_round_robin);
    worst = 0;
    for (int i = 0; i < 5; i++)
        add(1024, 0, 0);
    simulate(now + 1000 * MS, pair_error);
    printf("round robin: of two hogs none is ahead by more than a quantum, so its part of both is off by at most 1/2: %.3f\n",
           worst);
    CHECK(worst <= 0.5);
    end();
}

static double lottery_rms(unsigned draws, unsigned rounds)
{
    double sum = 0;
    for (unsigned round = 0; round < rounds; round++) {
        begin(&sched_lottery);
        add(1024, 0, 0);
        add(3072, 0, 0);
        simulate(now + draws * MS, NULL);
        double off = (double)jobs[0].thread.run_ns / MS - draws / 4.0;
        sum += off * off;
        end();
    }
    return sqrt(sum / rounds);
}

TEST(lottery_error_grows_as_the_root)
{
    for (unsigned draws = 100; draws <= 6400; draws *= 8) {
        double found = lottery_rms(draws, 200), theory = sqrt(draws * 0.25 * 0.75);
        printf("lottery: rms error of n draws is sqrt(n p (1 - p)) (Waldspurger, Weihl 1994): n %u, %.2f, found %.2f\n", draws,
               theory, found);
        CHECK(found > 0.8 * theory && found < 1.2 * theory);
    }
}

static void lags(void)
{
    double weights = 0, total = 0;
    for (unsigned i = 0; i < count; i++) {
        weights += jobs[i].thread.weight;
        total += (double)jobs[i].thread.run_ns;
    }
    for (unsigned i = 0; i < count; i++) {
        double lag = fabs(total * jobs[i].thread.weight / weights - (double)jobs[i].thread.run_ns) / MS;
        worst = lag > worst ? lag : worst;
    }
}

TEST(eevdf_lag)
{
    static const uint32_t weights[] = {1024, 1024, 3072, 8192, 335};
    begin(&sched_eevdf);
    worst = 0;
    for (unsigned i = 0; i < 5; i++)
        add(weights[i], 0, 0);
    simulate(now + 5000 * MS, lags);
    printf("eevdf: |lag| < maximum request, 2 ms (Stoica, Abdel-Wahab 1995): %.3f ms\n", worst);
    CHECK(worst < 2.0);
    end();
}

TEST(eevdf_sleeper_gains_nothing)
{
    begin(&sched_eevdf);
    struct job *hog = add(1024, 0, 0), *sleeper = add(1024, 3 * MS, MS / 2);
    simulate(now + 2000 * MS, NULL);
    double share = (double)sleeper->thread.run_ns / (double)(hog->thread.run_ns + sleeper->thread.run_ns);
    printf("eevdf: one that sleeps now and then gets at most its half: %.3f\n", share);
    CHECK(share > 0.35 && share < 0.505);
    end();
}

/* burst and period in ms; enters as sched_edf_join does. */
static void periodic(uint64_t burst_ms, uint64_t period_ms)
{
    struct job *job = &jobs[count++];
    job->burst_ns = job->left_ns = burst_ms * MS;
    job->period_ns = period_ms * MS;
    job->wake_ns = now;
    job->thread.policy[0] = now + job->period_ns;
    job->thread.policy[2] = job->burst_ns;
    job->thread.policy[3] = job->period_ns;
    job->thread.state = THREAD_READY;
    policy->enqueue(&job->thread, SCHED_NEW);
}

static unsigned misses(void)
{
    unsigned sum = 0;
    for (unsigned i = 0; i < count; i++)
        sum += jobs[i].missed;
    return sum;
}

TEST(edf_misses_nothing_at_full_load)
{
    begin(&sched_edf);
    periodic(2, 8);
    periodic(5, 20);
    periodic(15, 30);
    simulate(now + 12000 * MS, NULL);
    printf("edf: sum of C / T <= 1 misses nothing (Liu, Layland 1973): load 1.00, %u + %u + %u jobs, %u missed\n",
           jobs[0].bursts, jobs[1].bursts, jobs[2].bursts, misses());
    CHECK(misses() == 0 && jobs[2].bursts >= 399);
    end();
    begin(&sched_edf);
    periodic(3, 8);
    periodic(5, 20);
    periodic(15, 30);
    simulate(now + 3000 * MS, NULL);
    printf("edf: load 1.125 without admission: %u missed\n", misses());
    CHECK(misses() > 0);
    end();
    CHECK(sched_edf_admits(1 << 20, 1 << 19, 1) && !sched_edf_admits((1 << 20) + 1, 1 << 19, 1));
    CHECK(sched_edf_admits(3 << 19, 1 << 19, 2) && !sched_edf_admits((3 << 19) + 1, 1 << 19, 2));
}

TEST(edf_overrun_harms_the_one_alone)
{
    begin(&sched_edf);
    periodic(2, 10);
    periodic(3, 10);
    jobs[1].burst_ns = jobs[1].left_ns = 9 * MS; /* asked for 3 */
    simulate(now + 1000 * MS, NULL);
    printf("edf: one that runs 9 ms of 3 misses %u; the other, within its share, %u\n", jobs[1].missed, jobs[0].missed);
    CHECK(jobs[0].missed == 0 && jobs[0].bursts >= 99 && jobs[1].missed > 0);
    end();
}

TEST(priority_is_immediate_and_strict)
{
    begin(&sched_priority);
    struct job *low = add(0, 0, 0), *high = add(0, 2 * MS, 3 * MS + 333);
    policy->dequeue(&high->thread);
    high->thread.priority = 5;
    policy->enqueue(&high->thread, SCHED_MOVED);
    simulate(now + 500 * MS, NULL);
    CHECK(high->latest_ns == 0);
    CHECK(high->bursts >= 99);
    CHECK(low->thread.run_ns > 0);
    end();
}

TEST(mlfq_interactive_beside_hogs)
{
    begin(&sched_mlfq);
    struct job *hog = add(0, 0, 0), *other = add(0, 0, 0), *interactive = add(0, MS / 4, 9 * MS);
    simulate(now + 150 * MS, NULL);
    CHECK(hog->thread.policy[0] >= 3 && other->thread.policy[0] >= 3);
    simulate(now + 3000 * MS, NULL);
    printf("mlfq: an interactive thread beside two hogs waits at most %.2f ms\n", (double)interactive->latest_ns / MS);
    CHECK(interactive->latest_ns <= 4 * MS); /* after a boost the hogs are at the top too */
    CHECK(llabs((long long)(hog->thread.run_ns - other->thread.run_ns)) < (long long)(300 * MS));
    end();
}

TEST(fifo_ends_a_batch_in_order)
{
    begin(&sched_fifo);
    for (uint64_t i = 0; i < 4; i++)
        add(0, (10 - 2 * i) * MS, 1ull << 60);
    simulate(now + 10 * MS, NULL);
    CHECK(jobs[0].bursts == 1 && jobs[1].thread.run_ns == 0);
    simulate(now + 18 * MS, NULL);
    CHECK(jobs[1].bursts == 1 && jobs[2].bursts == 1 && jobs[3].bursts == 1);
    end();
}

TEST(cooperative_takes_nothing_away)
{
    begin(&sched_cooperative);
    add(0, 0, 0);
    add(0, 0, 0);
    simulate(now + 100 * MS, NULL);
    CHECK(jobs[0].thread.run_ns == 100 * MS && jobs[1].thread.run_ns == 0);
    end();
}

TEST(work_stealing_takes_the_oldest)
{
    begin(&sched_work_stealing);
    here = 0;
    for (int i = 0; i < 4; i++)
        add(0, 0, 0);
    CHECK(policy->pick() == &jobs[3].thread); /* its own: the newest */
    here = 2;
    CHECK(policy->pick() == &jobs[0].thread); /* another's: the oldest */
    here = 3;
    CHECK(policy->pick() == &jobs[1].thread);
    CHECK(policy->pick() == &jobs[2].thread);
    CHECK(policy->pick() == NULL);
    here = 0;
    count = 0;
}

/* Whatever happens, each policy returns every thread that it was given, once, and none that may not run there. */
TEST(none_is_lost)
{
    static const struct sched_policy *const all[] = {
        &sched_cooperative, &sched_fifo, &sched_round_robin, &sched_priority, &sched_mlfq, &sched_lottery, &sched_stride,
        &sched_edf, &sched_eevdf, &sched_work_stealing};
    srand(7);
    for (unsigned p = 0; p < sizeof all / sizeof all[0]; p++) {
        begin(all[p]);
        for (unsigned i = 0; i < THREADS; i++)
            add(1 + (uint32_t)rand() % 5000, 0, 0)->thread.affinity = i % 4 == 3 ? 2 : 0;
        for (unsigned step = 0; step < 20000; step++) {
            struct job *job = &jobs[(unsigned)rand() % THREADS];
            struct thread *thread = &job->thread;
            here = (uint32_t)rand() % 2;
            now += (uint64_t)rand() % MS;
            if (thread->state == THREAD_READY && rand() % 2) {
                policy->dequeue(thread);
                thread->priority = rand() % 140 - 5;
                policy->enqueue(thread, SCHED_MOVED);
            } else if (thread->state == THREAD_BLOCKED) {
                thread->state = THREAD_READY;
                policy->enqueue(thread, SCHED_WOKEN);
            }
            struct thread *picked = policy->pick();
            unsigned held = 0;
            for (unsigned i = 0; i < count; i++)
                held += jobs[i].thread.state == THREAD_READY && &jobs[i].thread != picked;
            CHECK(policy->count() == held);
            if (!picked)
                continue;
            CHECK(picked->state == THREAD_READY && sched_may_run_here(picked));
            picked->state = THREAD_RUNNING;
            picked->run_ns += (uint64_t)rand() % (2 * MS);
            policy->tick(picked);
            bool block = rand() % 3 == 0;
            picked->state = block ? THREAD_BLOCKED : THREAD_READY;
            if (block && policy->leave)
                policy->leave(picked);
            if (!block)
                policy->enqueue(picked, rand() % 2 ? SCHED_YIELDED : SCHED_PREEMPTED);
        }
        unsigned ready = 0, found = 0;
        for (unsigned i = 0; i < THREADS; i++)
            ready += jobs[i].thread.state == THREAD_READY;
        here = 1;
        for (struct thread *picked; (picked = policy->pick()); found++)
            picked->state = THREAD_BLOCKED;
        CHECK(found == ready && policy->count() == 0);
        here = 0;
        count = 0;
    }
}
