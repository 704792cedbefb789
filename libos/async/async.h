/* SPDX-License-Identifier: MIT
 *
 * async.h: cooperative tasks on one thread: an executor, timers, wakers: C's answer to async/await. Layer: libos/async, public,
 * above sync.
 *
 * A task is a stackless state machine: a function that the executor calls ("polls") again and again until it says ASYNC_DONE. It
 * goes on where it last awaited something, by a switch over the number of that line (Tom Duff, 1983; Dunkels, Schmidt, Voigt,
 * Ali, "Protothreads", SenSys 2006). What shall live over an await is a member of the structure around its struct async_task;
 * local variables do not. In return a switch of tasks is a return and a call, a task is a hundred bytes of anybody's memory,
 * thousands of them need no stack, and none is interrupted by another. Tasks with stacks are threads (sched/thread.h): they are
 * there already, with policies to choose from.
 *
 *     struct blinker {
 *         struct async_task task;
 *         int left;
 *     };
 *     static enum async_poll blink(struct async_task *task)
 *     {
 *         struct blinker *self = (struct blinker *)task;
 *         ASYNC_BEGIN(task);
 *         for (self->left = 3; self->left > 0; self->left--) {
 *             puts("tick");
 *             ASYNC_SLEEP(task, 500000000);
 *         }
 *         ASYNC_END(task);
 *     }
 *     ...
 *     static struct async_executor executor;
 *     static struct blinker blinker;
 *     async_spawn(&executor, &blinker.task, blink);
 *     async_run(&executor);
 *
 * An executor runs on the thread that calls async_run. With nothing ready that thread sleeps until a waker or the earliest timer
 * (sync_wait: a wakeup predicate with a deadline, in the kernel); nothing is polled. Wakers (async_wake, async_spawn,
 * async_event_set) may be called from everywhere: any thread on any virtual CPU, signal handlers, event upcalls; they take no
 * lock of the executor's. All else is for the executor's own thread. A task that does not return keeps all others of its executor
 * waiting. Sources of the ideas: Rust's Future, Waker and executors; Treiber's stack (IBM RJ 5118, 1986) for what was woken.
 */
#ifndef LIBOS_ASYNC_H
#define LIBOS_ASYNC_H

#include <stdbool.h>
#include <stdint.h>

enum async_poll { ASYNC_PENDING, ASYNC_DONE };

struct async_task;
struct async_executor;
typedef enum async_poll async_body(struct async_task *task);

/* All zero before async_spawn. Its memory is the owner's again when it has ended, and nobody is left who might wake it. */
struct async_task {
    unsigned at;        /* where the body goes on; 0: at its beginning */
    uint32_t state;     /* executor.c */
    async_body *body;
    void (*ended)(struct async_task *task); /* called last, if not NULL, after ASYNC_DONE: may free the task */
    struct async_executor *executor;
    struct async_task *next;   /* of those ready, or woken */
    struct async_task *joiner; /* awaits its end */

    /* timer.c: a node of a pairing heap. */
    bool timer_armed;
    uint64_t timer_ns;
    struct async_task *timer_child, *timer_next, *timer_prev;
};

/* All zero at first. */
struct async_executor {
    struct async_task *first, *last; /* ready: the executor's thread alone */
    struct async_task *timers;       /* the one with the earliest timer; likewise */
    struct async_task *woken;        /* by others: a stack that anybody pushes onto */
    uint32_t alive;                  /* tasks that have not ended */
    uint32_t sleeping;               /* 1: the thread waits on this word, or is about to */
    uint32_t running;                /* a thread is in async_run */
    uint64_t polls, sleeps;          /* counters, for tests and tools */
};

/* ---- Executors and tasks ---- */

/* Makes a task: body will be polled by the executor's thread. From anywhere. Returns 0, or -EBUSY: it has not ended yet. */
int async_spawn(struct async_executor *executor, struct async_task *task, async_body *body);

/* Polls tasks as they become ready, in that order, until all have ended. Returns 0, or -EBUSY: another thread does so. */
int async_run(struct async_executor *executor);

/* Waker: sees to it that a task is polled once more, soon. What was written before is seen by that poll. From anywhere; for a task
 * that was spawned. A task may be woken without cause: it must look for what it awaits, as ASYNC_AWAIT does. */
void async_wake(struct async_task *task);

/* In a body: the task lets the others run and is polled again. Use ASYNC_YIELD. */
void async_yield(struct async_task *task);

/* Has the task ended? If not, `by`, a task of the same executor, is woken when it does. One task can await another's end. */
bool async_ended(struct async_task *task, struct async_task *by);

/* ---- Bodies ----
 *
 * `frame` has a member `unsigned at`, 0 at first: the task, or, for a function that awaits on behalf of a task, a structure of
 * that function: ASYNC_AWAIT(task, read_line(&self->line, task) == ASYNC_DONE). One ASYNC_... a line; none inside of a switch of
 * the body's own. */
#define ASYNC_BEGIN(frame)  \
    switch ((frame)->at) {  \
    default:                \
        __builtin_trap();   \
    case 0:

/* The end of the body; or of the work, before the end of the body. */
#define ASYNC_END(frame)  \
    }                     \
    ASYNC_RETURN(frame)
#define ASYNC_RETURN(frame)  \
    do {                     \
        (frame)->at = 0;     \
        return ASYNC_DONE;   \
    } while (0)

/* Goes on when condition, an expression that is evaluated at each poll, holds. Its parts see to it that the task is woken. */
#define ASYNC_AWAIT(frame, condition)       \
    do {                                    \
        (frame)->at = __LINE__;             \
        __attribute__((fallthrough));       \
    case __LINE__:                          \
        if (!(condition))                   \
            return ASYNC_PENDING;           \
    } while (0)

/* Lets others run. */
#define ASYNC_YIELD(frame, task)  \
    do {                          \
        (frame)->at = __LINE__;   \
        async_yield(task);        \
        return ASYNC_PENDING;     \
    case __LINE__:;               \
    } while (0)

/* Sleeps for some nanoseconds; until the clock (exo_clock_ns) reaches a time; until another task has ended. */
#define ASYNC_SLEEP(task, ns) ASYNC_SLEEP_UNTIL(task, async_now_ns() + (ns))
#define ASYNC_SLEEP_UNTIL(task, deadline_ns)      \
    do {                                          \
        async_timer_start(task, deadline_ns);     \
        ASYNC_AWAIT(task, async_timer_over(task)); \
    } while (0)
#define ASYNC_JOIN(task, other) ASYNC_AWAIT(task, async_ended(other, task))

/* As ASYNC_AWAIT, but for no longer than until deadline_ns. Then async_timer_stop(task) returns whether condition held first. */
#define ASYNC_AWAIT_UNTIL(task, condition, deadline_ns)            \
    do {                                                           \
        async_timer_start(task, deadline_ns);                      \
        ASYNC_AWAIT(task, (condition) || async_timer_over(task));  \
    } while (0)

/* ---- Timers: one for each task; O(log n) of n that are armed ---- */

/* Arms the task's timer: it is woken when the clock reaches deadline_ns. Arming it again changes the time. */
void async_timer_start(struct async_task *task, uint64_t deadline_ns);

/* Disarms it. Returns whether it was armed. */
bool async_timer_stop(struct async_task *task);

static inline bool async_timer_over(const struct async_task *task) { return !task->timer_armed; }

/* exo_clock_ns. */
uint64_t async_now_ns(void);

/* ---- Events: something happened, told to one task ---- */

/* All zero at first. */
struct async_event {
    uint32_t set;
    struct async_task *waiter;
};

/* Sets it and wakes the task that awaits it. From anywhere. */
void async_event_set(struct async_event *event);

/* Was it set? Then it is not any more; else the task is woken when it is. ASYNC_AWAIT(task, async_event_take(&event, task)). One
 * task at a time. */
bool async_event_take(struct async_event *event, struct async_task *task);

/* ---- For executor.c and timer.c ---- */

/* Wakes the tasks whose timers are due at now_ns. */
void async_timers_run(struct async_executor *executor, uint64_t now_ns);

#endif
