/* SPDX-License-Identifier: MIT
 *
 * timer.c: the timers of tasks (async.h), a pairing heap whose nodes are the tasks: no memory, arming O(1), disarming and
 * expiring O(log n) amortised (Fredman, Sedgewick, Sleator, Tarjan, "The Pairing Heap", Algorithmica 1 (1986)). Layer:
 * libos/async. The executor's thread alone.
 *
 * timer_prev of a first child is its parent, of another one the sibling before it.
 */
#include <stddef.h>

#include "async/async.h"

/* Two heaps become one. */
static struct async_task *meld(struct async_task *a, struct async_task *b)
{
    if (!a || !b)
        return a ? a : b;
    if (b->timer_ns < a->timer_ns) {
        struct async_task *other = a;
        a = b;
        b = other;
    }
    b->timer_prev = a;
    b->timer_next = a->timer_child;
    if (b->timer_next)
        b->timer_next->timer_prev = b;
    a->timer_child = b;
    return a;
}

static struct async_task *alone(struct async_task *task)
{
    if (task)
        task->timer_next = task->timer_prev = NULL;
    return task;
}

/* A list of siblings becomes one heap: in pairs, then all of these from the last on. */
static struct async_task *meld_all(struct async_task *first)
{
    struct async_task *pairs = NULL, *root = NULL;
    while (first) {
        struct async_task *a = first, *b = a->timer_next;
        first = b ? b->timer_next : NULL;
        a = meld(alone(a), alone(b));
        a->timer_next = pairs;
        pairs = a;
    }
    while (pairs) {
        struct async_task *next = pairs->timer_next;
        root = meld(root, alone(pairs));
        pairs = next;
    }
    return root;
}

bool async_timer_stop(struct async_task *task)
{
    struct async_executor *executor = task->executor;
    if (!task->timer_armed)
        return false;
    task->timer_armed = false;
    struct async_task *children = meld_all(task->timer_child);
    task->timer_child = NULL;
    if (executor->timers == task) {
        executor->timers = children;
        return true;
    }
    if (task->timer_prev->timer_child == task)
        task->timer_prev->timer_child = task->timer_next;
    else
        task->timer_prev->timer_next = task->timer_next;
    if (task->timer_next)
        task->timer_next->timer_prev = task->timer_prev;
    executor->timers = meld(executor->timers, children);
    return true;
}

void async_timer_start(struct async_task *task, uint64_t deadline_ns)
{
    async_timer_stop(task);
    task->timer_armed = true;
    task->timer_ns = deadline_ns;
    task->executor->timers = meld(task->executor->timers, alone(task));
}

void async_timers_run(struct async_executor *executor, uint64_t now_ns)
{
    while (executor->timers && executor->timers->timer_ns <= now_ns) {
        struct async_task *task = executor->timers;
        async_timer_stop(task);
        async_wake(task);
    }
}
