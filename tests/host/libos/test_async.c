// SPDX-License-Identifier: MIT
// link: libos/async/executor.c libos/async/timer.c
// seconds: 120
/* test_async.c: tasks, timers and wakers of libos/async on a clock of the test's own, and wakers called by other threads and by
 * signal handlers of the host, whose sleep and wake are a condition variable. */
#include "../harness.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "async/async.h"
#include "sync/sync.h"

/* ---- What executor.c asks of the library ---- */

static uint64_t now;        /* the clock; jumps to the deadline when the executor sleeps with one */
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static unsigned waits, wakes;

uint64_t exo_clock_ns(void) { return now; }

int sync_wait(const uint32_t *word, uint32_t value, uint64_t deadline_ns, unsigned flags)
{
    (void)flags;
    __atomic_add_fetch(&waits, 1, __ATOMIC_RELAXED);
    if (deadline_ns != EXO_FOREVER) {
        now = deadline_ns > now ? deadline_ns : now;
        return -ETIMEDOUT;
    }
    pthread_mutex_lock(&lock);
    while (__atomic_load_n(word, __ATOMIC_ACQUIRE) == value)
        pthread_cond_wait(&changed, &lock);
    pthread_mutex_unlock(&lock);
    return 0;
}

void sync_wake(const uint32_t *word, uint32_t count)
{
    (void)word, (void)count;
    __atomic_add_fetch(&wakes, 1, __ATOMIC_RELAXED);
    pthread_mutex_lock(&lock);
    pthread_cond_broadcast(&changed);
    pthread_mutex_unlock(&lock);
}

static struct async_executor executor;

static void begin(void)
{
    memset(&executor, 0, sizeof executor);
    now = 1000;
    waits = wakes = 0;
}

/* ---- Order and yields ---- */

static char trail[256];

static void note(char c)
{
    size_t n = strlen(trail);
    if (n + 1 < sizeof trail)
        trail[n] = c, trail[n + 1] = 0;
}

struct letter {
    struct async_task task;
    char name;
    int left;
};

static enum async_poll write_letters(struct async_task *task)
{
    struct letter *self = (struct letter *)task;
    ASYNC_BEGIN(task);
    for (self->left = 3; self->left > 0; self->left--) {
        note(self->name);
        ASYNC_YIELD(task, task);
    }
    ASYNC_END(task);
}

TEST(tasks_take_turns)
{
    struct letter letters[] = {{.name = 'a'}, {.name = 'b'}, {.name = 'c'}};
    begin();
    trail[0] = 0;
    for (int i = 0; i < 3; i++)
        CHECK_EQ(async_spawn(&executor, &letters[i].task, write_letters), 0);
    CHECK_EQ(async_run(&executor), 0);
    CHECK_STR(trail, "abcabcabc");
    CHECK_EQ(executor.alive, 0);
    CHECK_EQ(executor.sleeps, 0);
    CHECK_EQ(executor.polls, 12);
}

TEST(a_task_can_be_spawned_again_when_it_has_ended_and_not_before)
{
    struct letter letter = {.name = 'x'};
    begin();
    trail[0] = 0;
    CHECK_EQ(async_spawn(&executor, &letter.task, write_letters), 0);
    CHECK_EQ(async_spawn(&executor, &letter.task, write_letters), -EBUSY);
    async_run(&executor);
    async_wake(&letter.task); /* too late: nothing happens */
    CHECK_EQ(executor.woken == NULL, 1);
    CHECK_EQ(async_spawn(&executor, &letter.task, write_letters), 0);
    async_run(&executor);
    CHECK_STR(trail, "xxxxxx");
    CHECK_EQ(async_run(&executor), 0); /* without tasks it returns */
}

static int nested_result;
static enum async_poll run_again(struct async_task *task)
{
    nested_result = async_run(&executor);
    CHECK_EQ(async_spawn(&executor, task, run_again), -EBUSY);
    return ASYNC_DONE;
}

TEST(one_thread_runs_an_executor)
{
    struct async_task task = {0};
    begin();
    nested_result = 0;
    async_spawn(&executor, &task, run_again);
    async_run(&executor);
    CHECK_EQ(nested_result, -EBUSY);
}

/* ---- Functions that await for a task, and joining ---- */

struct counter {
    struct async_task task;
    struct frame {
        unsigned at;
        int i;
    } inner;
    int rounds;
    struct async_task *other;
    int freed;
};

static enum async_poll count_to(struct frame *frame, int limit, struct async_task *task)
{
    ASYNC_BEGIN(frame);
    for (frame->i = 0; frame->i < limit; frame->i++)
        ASYNC_YIELD(frame, task);
    ASYNC_END(frame);
}

static enum async_poll count_twice(struct async_task *task)
{
    struct counter *self = (struct counter *)task;
    ASYNC_BEGIN(task);
    for (self->rounds = 0; self->rounds < 2; self->rounds++)
        ASYNC_AWAIT(task, count_to(&self->inner, 5, task) == ASYNC_DONE);
    ASYNC_END(task);
}

static enum async_poll await_other(struct async_task *task)
{
    struct counter *self = (struct counter *)task;
    ASYNC_BEGIN(task);
    ASYNC_JOIN(task, self->other);
    self->rounds = ((struct counter *)self->other)->rounds;
    ASYNC_END(task);
}

static void free_task(struct async_task *task)
{
    ((struct counter *)task)->other = NULL;
    free(task);
}

TEST(functions_await_for_their_task_and_tasks_for_each_other)
{
    struct counter worker = {0}, late = {.other = &worker.task};
    struct counter *early = calloc(1, sizeof *early);
    begin();
    early->other = &worker.task;
    early->task.ended = free_task; /* under ASan: nobody touches it afterwards */
    async_spawn(&executor, &early->task, await_other);
    async_spawn(&executor, &worker.task, count_twice);
    async_run(&executor);
    CHECK_EQ(worker.rounds, 2);
    CHECK_EQ(worker.inner.i, 5);
    async_spawn(&executor, &late.task, await_other); /* it has ended long ago */
    async_run(&executor);
    CHECK_EQ(late.rounds, 2);
    CHECK_EQ(executor.sleeps, 0);
}

/* ---- Timers ---- */

struct sleeper {
    struct async_task task;
    uint64_t wake_ns, woke_ns;
    struct async_event *event;
    bool in_time;
};

static unsigned order[512], ordered;

static enum async_poll sleep_once(struct async_task *task)
{
    struct sleeper *self = (struct sleeper *)task;
    ASYNC_BEGIN(task);
    ASYNC_SLEEP_UNTIL(task, self->wake_ns);
    self->woke_ns = now;
    if (ordered < 512)
        order[ordered++] = (unsigned)self->wake_ns;
    ASYNC_END(task);
}

TEST(sleepers_wake_in_the_order_of_their_deadlines)
{
    static struct sleeper sleepers[400];
    begin();
    ordered = 0;
    srand(1);
    for (int i = 0; i < 400; i++) {
        sleepers[i] = (struct sleeper){.wake_ns = 2000 + (uint64_t)(rand() % 5000)};
        async_spawn(&executor, &sleepers[i].task, sleep_once);
    }
    async_run(&executor);
    CHECK_EQ(ordered, 400);
    for (unsigned i = 1; i < ordered; i++)
        CHECK(order[i - 1] <= order[i]);
    for (int i = 0; i < 400; i++)
        CHECK_EQ(sleepers[i].woke_ns, sleepers[i].wake_ns);
    CHECK(executor.timers == NULL);
}

/* The heap against a list that is searched: random arming, changing, disarming. */
TEST(timers_against_a_model)
{
    enum { N = 60 };
    static struct async_task tasks[N];
    uint64_t wanted[N] = {0};
    begin();
    memset(tasks, 0, sizeof tasks);
    srand(7);
    for (int i = 0; i < N; i++)
        tasks[i].executor = &executor;
    for (int step = 0; step < 20000; step++) {
        int i = rand() % N;
        if (rand() % 3) {
            wanted[i] = 1 + (uint64_t)(rand() % 1000);
            async_timer_start(&tasks[i], wanted[i]);
        } else {
            CHECK_EQ(async_timer_stop(&tasks[i]), wanted[i] != 0);
            wanted[i] = 0;
        }
        uint64_t least = ~0ull;
        for (int k = 0; k < N; k++)
            least = wanted[k] && wanted[k] < least ? wanted[k] : least;
        CHECK_EQ(executor.timers ? executor.timers->timer_ns : ~0ull, least);
    }
    async_timers_run(&executor, 500);
    for (int k = 0; k < N; k++)
        CHECK_EQ(tasks[k].timer_armed, wanted[k] > 500);
}

static enum async_poll await_event(struct async_task *task)
{
    struct sleeper *self = (struct sleeper *)task;
    ASYNC_BEGIN(task);
    ASYNC_AWAIT_UNTIL(task, async_event_take(self->event, task), self->wake_ns);
    self->in_time = async_timer_stop(task);
    self->woke_ns = now;
    ASYNC_END(task);
}

static enum async_poll set_event(struct async_task *task)
{
    struct sleeper *self = (struct sleeper *)task;
    ASYNC_BEGIN(task);
    ASYNC_SLEEP_UNTIL(task, self->wake_ns);
    async_event_set(self->event);
    ASYNC_END(task);
}

TEST(awaiting_has_a_time_limit)
{
    struct async_event first = {0}, second = {0};
    struct sleeper punctual = {.event = &first, .wake_ns = 5000}, late = {.event = &second, .wake_ns = 3000};
    struct sleeper setter = {.event = &first, .wake_ns = 2500};
    begin();
    async_spawn(&executor, &punctual.task, await_event);
    async_spawn(&executor, &late.task, await_event);
    async_spawn(&executor, &setter.task, set_event);
    async_run(&executor);
    CHECK(punctual.in_time && punctual.woke_ns == 2500);
    CHECK(!late.in_time && late.woke_ns == 3000);
    CHECK_EQ(now, 3000);
}

/* Tasks that are always ready do not keep timers from expiring. */
static struct sleeper *awaited;
static enum async_poll busy(struct async_task *task)
{
    now++;
    if (awaited->woke_ns)
        return ASYNC_DONE;
    async_yield(task);
    return ASYNC_PENDING;
}

TEST(timers_get_their_turn)
{
    struct sleeper sleeper = {.wake_ns = 1100};
    struct async_task tasks[2] = {0};
    begin();
    awaited = &sleeper;
    async_spawn(&executor, &tasks[0], busy);
    async_spawn(&executor, &tasks[1], busy);
    async_spawn(&executor, &sleeper.task, sleep_once);
    async_run(&executor);
    CHECK(sleeper.woke_ns >= 1100 && sleeper.woke_ns < 1110);
    CHECK_EQ(executor.sleeps, 0);
}

/* ---- Wakers elsewhere ---- */

#define RINGS 20000
#define RINGERS 4

struct listener {
    struct async_task task;
    struct async_event event;
    uint32_t rung, seen; /* how often it was rung, and up to where the task knows */
};

static struct listener listeners[RINGERS];

static enum async_poll listen(struct async_task *task)
{
    struct listener *self = (struct listener *)task;
    ASYNC_BEGIN(task);
    while (self->seen < RINGS) {
        ASYNC_AWAIT(task, async_event_take(&self->event, task));
        self->seen = __atomic_load_n(&self->rung, __ATOMIC_RELAXED); /* ordered by the event alone */
    }
    ASYNC_END(task);
}

static void *ring(void *argument)
{
    struct listener *listener = argument;
    unsigned seed = (unsigned)(uintptr_t)argument;
    for (int i = 0; i < RINGS; i++) {
        __atomic_store_n(&listener->rung, listener->rung + 1, __ATOMIC_RELAXED);
        async_event_set(&listener->event);
        for (volatile int pause = rand_r(&seed) % 64; pause > 0; pause--)
            ;
    }
    return NULL;
}

/* A lost wake-up would leave the executor asleep, and the test would not end. */
TEST(other_threads_wake_tasks)
{
    pthread_t threads[RINGERS];
    begin();
    memset(listeners, 0, sizeof listeners);
    for (int i = 0; i < RINGERS; i++)
        async_spawn(&executor, &listeners[i].task, listen);
    for (int i = 0; i < RINGERS; i++)
        pthread_create(&threads[i], NULL, ring, &listeners[i]);
    async_run(&executor);
    for (int i = 0; i < RINGERS; i++) {
        pthread_join(threads[i], NULL);
        CHECK_EQ(listeners[i].seen, RINGS);
    }
}

static struct async_task short_tasks[1000];
static unsigned ran;
static enum async_poll count_run(struct async_task *task)
{
    (void)task;
    ran++;
    return ASYNC_DONE;
}

static void *spawn_all(void *argument)
{
    for (int i = 0; i < 1000; i++)
        async_spawn(&executor, &short_tasks[i], count_run);
    async_event_set(argument);
    return NULL;
}

TEST(other_threads_spawn_tasks)
{
    struct async_event done = {0};
    struct sleeper waiter = {.event = &done, .wake_ns = EXO_FOREVER};
    pthread_t thread;
    begin();
    memset(short_tasks, 0, sizeof short_tasks);
    ran = 0;
    async_spawn(&executor, &waiter.task, await_event);
    pthread_create(&thread, NULL, spawn_all, &done);
    async_run(&executor);
    pthread_join(thread, NULL);
    CHECK_EQ(ran, 1000);
}

static struct listener handled;
static void on_signal(int number)
{
    (void)number;
    __atomic_store_n(&handled.rung, handled.rung + 1, __ATOMIC_RELAXED);
    async_event_set(&handled.event);
}

static volatile int stop;
static pthread_t main_thread;
static void *interrupt(void *argument)
{
    for (; !stop; usleep(20))
        pthread_kill(main_thread, SIGUSR1);
    return argument;
}

/* The handler interrupts the executor wherever it is: in a body, between two tasks, in a push of its own. */
static enum async_poll until_handled(struct async_task *task)
{
    struct listener *self = (struct listener *)task;
    self->seen++;
    async_yield(task);
    return handled.seen >= 2000 ? ASYNC_DONE : ASYNC_PENDING;
}

static enum async_poll listen_to_handler(struct async_task *task)
{
    struct listener *self = (struct listener *)task;
    ASYNC_BEGIN(task);
    for (; self->seen < 2000; self->seen++)
        ASYNC_AWAIT(task, async_event_take(&self->event, task));
    ASYNC_END(task);
}

TEST(signal_handlers_wake_tasks)
{
    struct listener yielding = {0};
    pthread_t thread;
    begin();
    signal(SIGUSR1, on_signal);
    memset(&handled, 0, sizeof handled);
    stop = 0;
    main_thread = pthread_self();
    async_spawn(&executor, &handled.task, listen_to_handler);
    async_spawn(&executor, &yielding.task, until_handled);
    pthread_create(&thread, NULL, interrupt, NULL);
    async_run(&executor);
    stop = 1;
    pthread_join(thread, NULL);
    CHECK_EQ(handled.seen, 2000);
    CHECK(handled.rung >= 2000);
}
