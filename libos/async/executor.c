/* SPDX-License-Identifier: MIT
 *
 * executor.c: polling tasks, waking them, sleeping (async.h). Layer: libos/async, above sync.
 *
 * A task's state is two bits and an end. READY: it is queued, or will be when its poll returns; RUNNING: it is being polled.
 *
 *   idle --wake--> READY (pushed onto `woken`) --taken--> RUNNING --pending--> idle
 *                                                          |  \--wake or yield meanwhile--> RUNNING|READY --pending--> READY
 *                                                          \--done--> ENDED
 *
 * Who sets READY where it was clear queues the task, nobody else does: a waker by a push that needs no lock, the executor at the
 * end of its queue. The executor takes the whole stack at once, so there is no ABA. Taking RUNNING is an exchange, hence a full
 * fence: a wake before it is seen by the poll that follows, a wake after it makes another poll.
 *
 * Sleeping: the executor sets `sleeping`, looks at `woken` for the last time, and waits for the word to change; a waker pushes
 * first, then clears the word and wakes it. Each does its store before its load (sequentially consistent), so one of them sees
 * the other.
 */
#include <errno.h>
#include <stddef.h>

#include "async/async.h"
#include "exo/exo.h"
#include "sync/sync.h"

enum { READY = 1, RUNNING = 2, ENDED = 4 };

uint64_t async_now_ns(void) { return exo_clock_ns(); }

/* ---- Wakers ---- */

static void push(struct async_executor *executor, struct async_task *task)
{
    struct async_task *top = __atomic_load_n(&executor->woken, __ATOMIC_RELAXED);
    do
        task->next = top;
    while (!__atomic_compare_exchange_n(&executor->woken, &top, task, true, __ATOMIC_SEQ_CST, __ATOMIC_RELAXED));
    if (__atomic_load_n(&executor->sleeping, __ATOMIC_SEQ_CST) &&
        __atomic_exchange_n(&executor->sleeping, 0, __ATOMIC_SEQ_CST))
        sync_wake(&executor->sleeping, 1);
}

void async_wake(struct async_task *task)
{
    struct async_executor *executor = task->executor;
    if (__atomic_fetch_or(&task->state, READY, __ATOMIC_SEQ_CST) == 0)
        push(executor, task);
}

int async_spawn(struct async_executor *executor, struct async_task *task, async_body *body)
{
    uint32_t state = __atomic_load_n(&task->state, __ATOMIC_ACQUIRE);
    if ((state != 0 && state != ENDED && state != (ENDED | READY)) || (state == 0 && task->executor))
        return -EBUSY;
    *task = (struct async_task){.state = READY, .body = body, .ended = task->ended, .executor = executor};
    __atomic_add_fetch(&executor->alive, 1, __ATOMIC_RELAXED);
    push(executor, task);
    return 0;
}

void async_event_set(struct async_event *event)
{
    __atomic_store_n(&event->set, 1, __ATOMIC_SEQ_CST);
    struct async_task *waiter = __atomic_load_n(&event->waiter, __ATOMIC_SEQ_CST);
    if (waiter)
        async_wake(waiter);
}

bool async_event_take(struct async_event *event, struct async_task *task)
{
    __atomic_store_n(&event->waiter, task, __ATOMIC_SEQ_CST);
    if (!__atomic_exchange_n(&event->set, 0, __ATOMIC_SEQ_CST))
        return false;
    __atomic_store_n(&event->waiter, NULL, __ATOMIC_RELAXED);
    return true;
}

/* ---- The executor's thread ---- */

static void append(struct async_executor *executor, struct async_task *task)
{
    task->next = NULL;
    if (executor->first)
        executor->last->next = task;
    else
        executor->first = task;
    executor->last = task;
}

/* Takes over what was woken, the first first. */
static void take_woken(struct async_executor *executor)
{
    struct async_task *task = __atomic_exchange_n(&executor->woken, NULL, __ATOMIC_ACQUIRE), *reversed = NULL, *next;
    for (; task; task = next) {
        next = task->next;
        task->next = reversed;
        reversed = task;
    }
    for (; reversed; reversed = next) {
        next = reversed->next;
        append(executor, reversed);
    }
}

/* Only called by a task's own body, which is RUNNING: poll queues it. */
void async_yield(struct async_task *task) { __atomic_fetch_or(&task->state, READY, __ATOMIC_RELAXED); }

static void end(struct async_executor *executor, struct async_task *task)
{
    async_timer_stop(task);
    __atomic_store_n(&task->state, ENDED, __ATOMIC_RELEASE);
    __atomic_sub_fetch(&executor->alive, 1, __ATOMIC_RELAXED);
    if (task->joiner)
        async_wake(task->joiner);
    if (task->ended)
        task->ended(task);
}

static inline void poll(struct async_executor *executor, struct async_task *task)
{
    executor->polls++;
    __atomic_exchange_n(&task->state, RUNNING, __ATOMIC_SEQ_CST);
    if (task->body(task) == ASYNC_DONE)
        end(executor, task);
    else if (__atomic_sub_fetch(&task->state, RUNNING, __ATOMIC_ACQ_REL) & READY)
        append(executor, task);
}

bool async_ended(struct async_task *task, struct async_task *by)
{
    if (task->state & ENDED)
        return true;
    task->joiner = by;
    return false;
}

/* Nothing is ready: until a waker, or the earliest timer. A signal's handler may run meanwhile, and wake. */
static void sleep(struct async_executor *executor)
{
    uint64_t deadline_ns = executor->timers ? executor->timers->timer_ns : EXO_FOREVER;
    __atomic_store_n(&executor->sleeping, 1, __ATOMIC_SEQ_CST);
    if (!__atomic_load_n(&executor->woken, __ATOMIC_SEQ_CST)) {
        executor->sleeps++;
        sync_wait(&executor->sleeping, 1, deadline_ns, SYNC_INTERRUPTIBLE);
    }
    __atomic_store_n(&executor->sleeping, 0, __ATOMIC_SEQ_CST);
}

int async_run(struct async_executor *executor)
{
    if (__atomic_exchange_n(&executor->running, 1, __ATOMIC_ACQUIRE))
        return -EBUSY;
    while (__atomic_load_n(&executor->alive, __ATOMIC_RELAXED)) {
        /* A round: each task that is ready now, once; so timers get their turn however busy the tasks are. */
        struct async_task *last = executor->last, *task = NULL;
        while (executor->first && task != last) {
            task = executor->first;
            executor->first = task->next;
            poll(executor, task);
        }
        if (executor->timers)
            async_timers_run(executor, async_now_ns());
        if (__atomic_load_n(&executor->woken, __ATOMIC_RELAXED))
            take_woken(executor);
        else if (!executor->first && executor->alive)
            sleep(executor);
    }
    __atomic_store_n(&executor->running, 0, __ATOMIC_RELEASE);
    return 0;
}
