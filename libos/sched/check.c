/* SPDX-License-Identifier: MIT
 *
 * check.c: a policy that hands all to another one and checks it: it must return threads that are ready and in its hands, each once,
 * and forget none: when it says that none is ready, it must have none left that may run here. What is wrong ends the program,
 * named, with SIGABRT; others are not harmed. Layer: libos/sched, under sched_lock. On unless `sched_check` is false.
 */
#include <signal.h>
#include <string.h>

#include "posix/text.h"
#include "proc/proc.h"
#include "sched/policy.h"

extern char start_stack_top[];

static const struct sched_policy *inner;
static uint32_t held; /* threads in the policy's hands */
static char report[160];

static _Noreturn void die(void)
{
    exo_message(report, strlen(report));
    proc_exit(PROC_KILLED(SIGABRT));
}

/* Goes on at die, enabled, as thread `victim`; the policy is not asked again. */
static _Noreturn void fail(struct thread *victim, const char *what, const struct thread *whom)
{
    struct text text = text_begin(report, sizeof report);
    text_string(&text, "scheduler policy ");
    text_string(&text, inner->name);
    text_string(&text, what);
    if (whom)
        text_string(&text, whom->name);
    text_char(&text, '\n');
    sched_abandon(victim, (uintptr_t)die, (uintptr_t)start_stack_top);
}

static struct thread *any_thread(void) { return thread_self() ? thread_self() : thread_first(); }

static void enqueue(struct thread *thread, enum sched_why why)
{
    thread->in_policy = true;
    held++;
    inner->enqueue(thread, why);
}

static void dequeue(struct thread *thread)
{
    thread->in_policy = false;
    held--;
    inner->dequeue(thread);
}

static bool known(const struct thread *thread)
{
    const struct thread *at = thread_first();
    while (at && at != thread)
        at = at->created_next;
    return at != NULL;
}

static struct thread *pick(void)
{
    struct thread *thread = inner->pick();
    if (thread) {
        if (!known(thread))
            fail(any_thread(), " returned something that is no thread", NULL);
        if (!thread->in_policy || thread->state != THREAD_READY)
            fail(any_thread(), " returned a thread that is not ready: ", thread);
        if (!sched_may_run_here(thread))
            fail(any_thread(), " returned a thread that may not run on this CPU: ", thread);
        thread->in_policy = false;
        held--;
        return thread;
    }
    for (thread = held ? thread_first() : NULL; thread; thread = thread->created_next)
        if (thread->in_policy && sched_may_run_here(thread))
            fail(any_thread(), " forgot a thread: ", thread);
    return NULL;
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
    held = 0;
    checked = (struct sched_policy){policy->name, enqueue, dequeue, pick, tick, policy->preempts ? preempts : NULL, leave,
                                    policy->start};
    return &checked;
}
