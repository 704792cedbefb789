/* SPDX-License-Identifier: MIT
 *
 * exo_async.c: Exon alone: tasks of libos/async: a switch from one to the next, and a wake-up. Layer: tests.
 */
#include "bench.h"

#include <stddef.h>

#include "async/async.h"

struct turn {
    struct async_task task;
    struct async_task *other;
    uint32_t left;
};

static struct async_executor executor;
static struct turn turns[2];

static void run_with(async_body *body, uint32_t n)
{
    for (int i = 0; i < 2; i++) {
        turns[i].left = n / 2;
        turns[i].other = &turns[!i].task;
        bench_need(async_spawn(&executor, &turns[i].task, body) == 0, "async_spawn fails");
    }
    async_run(&executor);
}

/* Two tasks that yield by turns: one operation is one of them leaving and the other one going on. */
static enum async_poll yield_turns(struct async_task *task)
{
    struct turn *self = (struct turn *)task;
    ASYNC_BEGIN(task);
    for (; self->left > 0; self->left--)
        ASYNC_YIELD(task, task);
    ASYNC_END(task);
}
static void run_switch(uint32_t n) { run_with(yield_turns, n); }
/* row async_switch: async task switch | Threads | goal 60 | Exon alone
 * libos/async: two tasks that yield to each other, one way; Exon alone. */
BENCH(async_switch, 2000, run_switch, NULL, NULL)

/* Two tasks that wake each other and await being woken: one operation is one way. */
static enum async_poll wake_turns(struct async_task *task)
{
    struct turn *self = (struct turn *)task;
    async_wake(self->other);
    return self->left-- ? ASYNC_PENDING : ASYNC_DONE;
}
static void run_wake(uint32_t n) { run_with(wake_turns, n); }
/* row async_wake: async task wakes another | Threads | Exon alone
 * libos/async: and awaits being woken, one way; Exon alone. */
BENCH(async_wake, 2000, run_wake, NULL, NULL)
