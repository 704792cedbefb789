/* SPDX-License-Identifier: MIT
 *
 * async_tasks.c: libos/async in the guest: wakers on other virtual CPUs, in signal handlers and timers' signals, sleeping without
 * polling beside other threads, and the cost in polls. Layer: tests. On one CPU the wakers preempt.
 */
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/time.h>
#include <time.h>

#include "async/async.h"
#include "exo/exo.h"
#include "sched/thread.h"
#include "suite.h"

#define MS 1000000ull
#define RINGS 3000
#define RINGERS 4

static struct async_executor executor;

/* ---- Wakers on other threads ---- */

struct listener {
    struct async_task task;
    struct async_event event;
    uint32_t rung, seen;
};
static struct listener listeners[RINGERS];

static enum async_poll listen(struct async_task *task)
{
    struct listener *self = (struct listener *)task;
    ASYNC_BEGIN(task);
    while (self->seen < RINGS) {
        ASYNC_AWAIT(task, async_event_take(&self->event, task));
        self->seen = __atomic_load_n(&self->rung, __ATOMIC_RELAXED);
    }
    ASYNC_END(task);
}

static void *ring(void *argument)
{
    struct listener *listener = argument;
    for (unsigned i = 0; i < RINGS; i++) {
        __atomic_store_n(&listener->rung, listener->rung + 1, __ATOMIC_RELAXED);
        async_event_set(&listener->event);
        if (i % 256 == 0)
            thread_yield();
    }
    return NULL;
}

static void wakers_on_other_cpus(void)
{
    pthread_t threads[RINGERS];
    memset(listeners, 0, sizeof listeners);
    for (int i = 0; i < RINGERS; i++)
        EQUAL(async_spawn(&executor, &listeners[i].task, listen), 0);
    for (int i = 0; i < RINGERS; i++)
        EQUAL(pthread_create(&threads[i], NULL, ring, &listeners[i]), 0);
    EQUAL(async_run(&executor), 0);
    for (int i = 0; i < RINGERS; i++) {
        pthread_join(threads[i], NULL);
        EQUAL(listeners[i].seen, RINGS);
    }
}

/* One at a time, so that the executor is asleep, or falling asleep, at each. */
static struct listener slow;
static enum async_poll answer(struct async_task *task)
{
    struct listener *self = (struct listener *)task;
    ASYNC_BEGIN(task);
    while (self->seen < 500) {
        ASYNC_AWAIT(task, async_event_take(&self->event, task));
        __atomic_add_fetch(&self->seen, 1, __ATOMIC_RELEASE);
    }
    ASYNC_END(task);
}

static void *ask(void *argument)
{
    struct listener *listener = argument;
    for (unsigned i = 1; i <= 500; i++) {
        async_event_set(&listener->event);
        while (__atomic_load_n(&listener->seen, __ATOMIC_ACQUIRE) != i)
            thread_yield();
    }
    return NULL;
}

static void no_wake_up_is_lost(void)
{
    pthread_t thread;
    memset(&slow, 0, sizeof slow);
    EQUAL(async_spawn(&executor, &slow.task, answer), 0);
    pthread_create(&thread, NULL, ask, &slow);
    EQUAL(async_run(&executor), 0);
    pthread_join(thread, NULL);
    EQUAL(slow.seen, 500);
}

/* ---- In signal handlers ---- */

static struct listener handled;
static void on_signal(int number)
{
    (void)number;
    handled.rung++;
    async_event_set(&handled.event);
}

static enum async_poll listen_to_handler(struct async_task *task)
{
    struct listener *self = (struct listener *)task;
    ASYNC_BEGIN(task);
    for (; self->seen < 50; self->seen++)
        ASYNC_AWAIT(task, async_event_take(&self->event, task));
    ASYNC_END(task);
}

/* Signals come while the executor sleeps; with `crowd` other tasks that keep it busy. */
static struct async_task crowd[3];
static enum async_poll be_busy(struct async_task *task)
{
    async_yield(task);
    return handled.seen < 50 ? ASYNC_PENDING : ASYNC_DONE;
}

static void handlers_wake(int busy)
{
    struct itimerval often = {.it_interval = {.tv_usec = 2000}, .it_value = {.tv_usec = 2000}}, never = {0};
    memset(&handled, 0, sizeof handled);
    memset(crowd, 0, sizeof crowd);
    alarm(0);
    signal(SIGALRM, on_signal);
    EQUAL(async_spawn(&executor, &handled.task, listen_to_handler), 0);
    for (int i = 0; i < busy; i++)
        EQUAL(async_spawn(&executor, &crowd[i], be_busy), 0);
    setitimer(ITIMER_REAL, &often, NULL);
    EQUAL(async_run(&executor), 0);
    setitimer(ITIMER_REAL, &never, NULL);
    signal(SIGALRM, suite_late);
    EQUAL(handled.seen, 50);
    CHECK(handled.rung >= 50);
}

static void a_handler_wakes_a_sleeping_executor(void) { handlers_wake(0); }
static void a_handler_wakes_a_busy_executor(void) { handlers_wake(3); }

/* ---- Sleeping ---- */

struct sleeper {
    struct async_task task;
    uint64_t wake_ns, late_ns;
};

static enum async_poll sleep_once(struct async_task *task)
{
    struct sleeper *self = (struct sleeper *)task;
    ASYNC_BEGIN(task);
    ASYNC_SLEEP_UNTIL(task, self->wake_ns);
    self->late_ns = exo_clock_ns() - self->wake_ns;
    CHECK(exo_clock_ns() >= self->wake_ns);
    ASYNC_END(task);
}

/* Forty sleepers are polled twice each and no more: once to begin, once when their time has come. */
static void sleeping_is_not_polling(void)
{
    static struct sleeper sleepers[40];
    uint64_t start = exo_clock_ns(), before = executor.polls, slept = executor.sleeps;
    struct timespec cpu[2];
    memset(sleepers, 0, sizeof sleepers);
    for (unsigned i = 0; i < 40; i++) {
        sleepers[i].wake_ns = start + (i * 7 % 40 + 1) * 10 * MS;
        EQUAL(async_spawn(&executor, &sleepers[i].task, sleep_once), 0);
    }
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &cpu[0]);
    EQUAL(async_run(&executor), 0);
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &cpu[1]);
    EQUAL(executor.polls - before, 80);
    CHECK(executor.sleeps - slept <= 45);
    CHECK(exo_clock_ns() - start >= 400 * MS);
    int64_t used = (cpu[1].tv_sec - cpu[0].tv_sec) * 1000000000ll + cpu[1].tv_nsec - cpu[0].tv_nsec;
    CHECK(used < 200 * (int64_t)MS);
}

/* A thread beside it has the CPU while the executor sleeps. */
static volatile unsigned counted;
static volatile int stop_counting;
static void *count(void *argument)
{
    while (!stop_counting)
        counted++;
    return argument;
}

static void threads_run_while_it_sleeps(void)
{
    struct sleeper sleeper = {.wake_ns = exo_clock_ns() + 50 * MS};
    pthread_t thread;
    counted = 0;
    stop_counting = 0;
    pthread_create(&thread, NULL, count, NULL);
    EQUAL(async_spawn(&executor, &sleeper.task, sleep_once), 0);
    EQUAL(async_run(&executor), 0);
    CHECK(counted > 1000);
    stop_counting = 1;
    pthread_join(thread, NULL);
}

/* ---- Many tasks, and two executors at once ---- */

struct small {
    struct async_task task;
    int left;
};

static enum async_poll yield_some(struct async_task *task)
{
    struct small *self = (struct small *)task;
    ASYNC_BEGIN(task);
    for (; self->left > 0; self->left--)
        ASYNC_YIELD(task, task);
    ASYNC_END(task);
}

static void *run_many(void *argument)
{
    struct async_executor *mine = argument;
    struct small *tasks = calloc(5000, sizeof *tasks);
    CHECK(tasks != NULL);
    for (int i = 0; i < 5000; i++) {
        tasks[i].left = 10;
        EQUAL(async_spawn(mine, &tasks[i].task, yield_some), 0);
    }
    EQUAL(async_run(mine), 0);
    EQUAL(mine->alive, 0);
    EQUAL(mine->polls, 55000);
    free(tasks);
    return NULL;
}

static void executors_on_two_threads(void)
{
    static struct async_executor two[2];
    pthread_t threads[2];
    for (int i = 0; i < 2; i++)
        pthread_create(&threads[i], NULL, run_many, &two[i]);
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
}

int main(void)
{
    static const struct suite_test tests[] = {
        {wakers_on_other_cpus, "wakers_on_other_cpus", 60},
        {no_wake_up_is_lost, "no_wake_up_is_lost", 60},
        {a_handler_wakes_a_sleeping_executor, "a_handler_wakes_a_sleeping_executor", 30},
        {a_handler_wakes_a_busy_executor, "a_handler_wakes_a_busy_executor", 30},
        {sleeping_is_not_polling, "sleeping_is_not_polling", 30},
        {threads_run_while_it_sleeps, "threads_run_while_it_sleeps", 30},
        {executors_on_two_threads, "executors_on_two_threads", 60},
    };
    return SUITE_RUN(tests);
}
