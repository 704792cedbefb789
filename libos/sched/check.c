/* SPDX-License-Identifier: MIT
 *
 * check.c: a policy that hands all to another one and checks it: it must return threads that are ready and in its hands, each
 * once, and forget none. At each pick the threads that it says it holds (count) are compared with those that it was given and
 * has not given back; and when it says that none is ready, it must have none left that may run here. What is wrong ends the
 * program, named, with SIGABRT; others are not harmed. Layer: libos/sched, under sched_lock. On unless `sched_check` is false.
 */
#include <signal.h>
#include <string.h>

#include "posix/text.h"
#include "proc/proc.h"
#include "sched/policy.h"

extern char start_stack_top[];

static const struct sched_policy *inner;
static uint32_t given; /* threads in the policy's hands: enqueued, neither picked nor dequeued since */
static char report[160];

static _Noreturn void die(void)
{
    exo_message(report, strlen(report));
    proc_exit(PROC_KILLED(SIGABRT));
}

static struct thread *any_thread(void) { return thread_self() ? thread_self() : thread_first(); }

static void part(struct text *text, const char *before, uint32_t number)
{
    text_string(text, before);
    text_decimal(text, number);
}

/* Goes on at die, enabled; the policy is not asked again. whom: the thread, or NULL; holds: what the policy said it holds, if
 * that is not what it was given. */
static _Noreturn void fail(const char *what, const struct thread *whom, const uint32_t *holds)
{
    struct text text = text_begin(report, sizeof report);
    text_string(&text, "scheduler policy ");
    text_string(&text, inner->name);
    text_string(&text, what);
    if (whom) {
        text_string(&text, ": ");
        text_string(&text, whom->name);
    }
    if (holds) {
        part(&text, " (it holds ", *holds);
        part(&text, ", should hold ", given);
        text_char(&text, ')');
    }
    text_char(&text, '\n');
    sched_abandon(any_thread(), (uintptr_t)die, (uintptr_t)start_stack_top);
}

static void enqueue(struct thread *thread, enum sched_why why)
{
    thread->in_policy = true;
    given++;
    inner->enqueue(thread, why);
}

static void dequeue(struct thread *thread)
{
    thread->in_policy = false;
    given--;
    inner->dequeue(thread);
}

/* One that it was given, may return here, and has not. */
static const struct thread *forgotten(void)
{
    const struct thread *thread = thread_first();
    while (thread && !(thread->in_policy && sched_may_run_here(thread)))
        thread = thread->created_next;
    return thread;
}

/* It holds less or more threads than it was given. Which one is wrong shows when it is made to give back what it has: one that
 * does not come was forgotten, one that comes uncalled for was kept. One that may not run here never comes and is not named. */
static _Noreturn void miscounted(uint32_t holds)
{
    bool less = holds < given;
    const struct thread *kept = NULL;
    struct thread *thread;
    for (uint32_t i = 0; i <= given && (thread = inner->pick()) && thread_known(thread); i++) {
        if (!thread->in_policy && !kept)
            kept = thread;
        thread->in_policy = false;
    }
    fail(less ? " forgot a thread" : " kept a thread that it gave back", less ? forgotten() : kept, &holds);
}

static struct thread *pick(void)
{
    struct thread *thread = inner->pick();
    if (thread) {
        if (!thread_known(thread))
            fail(" returned something that is no thread", NULL, NULL);
        if (!thread->in_policy || thread->state != THREAD_READY)
            fail(" returned a thread that is not ready", thread, NULL);
        if (!sched_may_run_here(thread))
            fail(" returned a thread that may not run on this CPU", thread, NULL);
        thread->in_policy = false;
        given--;
    }
    uint32_t holds = inner->count ? inner->count() : given;
    if (holds != given)
        miscounted(holds);
    if (!thread && given && forgotten())
        fail(" forgot a thread", forgotten(), NULL);
    return thread;
}

static bool tick(struct thread *thread) { return inner->tick(thread); }

static bool preempts(const struct thread *ready, const struct thread *running) { return inner->preempts(ready, running); }

static void leave(struct thread *thread)
{
    if (inner->leave)
        inner->leave(thread);
}

const struct sched_policy *sched_check_wrap(const struct sched_policy *policy)
{
    static struct sched_policy checked;
    inner = policy;
    given = 0;
    checked = (struct sched_policy){policy->name, enqueue, dequeue, pick, tick, policy->preempts ? preempts : NULL, leave,
                                    policy->start, policy->count};
    return &checked;
}
