/* SPDX-License-Identifier: MIT
 *
 * pthread_deadlock.c: threads that wait for each other are reported on standard error. Layer: libos/posix.
 *
 * A circle of normal mutexes and joins is reported by the thread that closes it, whatever others do. It cannot be wrong: every
 * thread of the circle is inside of a wait without a limit, so none gives back what it holds. Its wait is entered
 * (thread.locking) under sched_lock before the chain is followed, so of two threads that close a circle at the same time one
 * sees it.
 *
 * Semaphores, barriers, conditions and read-write locks have no holder that could be followed: they are reported when nothing
 * in the program can go on, seen by the idle loop: every thread waits without a limit for a mutex, condition, semaphore,
 * read-write lock, barrier or join; no timer is armed; nobody waits for a word that another process may change; the program
 * catches no signal and serves no calls. Who waits for anything else (input, a pipe, a child, a signal, a device, a word) may
 * be woken from outside: then nothing is said. One report a program.
 */
#include <errno.h>
#include <signal.h>

#include "posix/pthread_mutex.h"
#include "posix/signal_core.h"
#include "sched/policy.h"
#include "sync/sync.h"
#include "posix/text.h"

#define CIRCLE 16
#define SHOWN 32

static bool said;

/* Whom a thread waits for, or NULL. The holder of a mutex may have ended: then its memory may be gone. sched_lock held. */
static struct thread *waits_for(const struct thread *thread)
{
    const pthread_mutex_t *mutex = thread->locking;
    if (mutex) {
        struct thread *holder = __atomic_load_n(&mutex->__owner, __ATOMIC_RELAXED);
        return thread_known(holder) ? holder : NULL;
    }
    return thread->cancel_due ? NULL : thread->joining;
}

struct link {
    char name[THREAD_NAME], of[THREAD_NAME];
    const void *mutex;
};

/* Follows the chain that begins at self. Returns how many threads the circle has, 0 if it is none. sched_lock held. */
static unsigned circle(struct thread *self, struct link *links)
{
    struct thread *thread = self;
    for (unsigned n = 0; n < CIRCLE; n++) {
        struct thread *next = waits_for(thread);
        if (!next)
            return 0;
        links[n].mutex = thread->locking;
        __builtin_memcpy(links[n].name, thread->name, THREAD_NAME);
        __builtin_memcpy(links[n].of, next->name, THREAD_NAME);
        if (next == self)
            return n + 1;
        thread = next;
    }
    return 0;
}

/* One message, as the program may end while it is written. */
static void say(const struct link *links, unsigned count)
{
    char buffer[64 + CIRCLE * 128];
    struct text text = text_begin(buffer, sizeof buffer);
    text_string(&text, "deadlock: ");
    text_decimal(&text, count);
    text_string(&text, count == 1 ? " thread waits for itself\n" : " threads wait for each other\n");
    for (unsigned i = 0; i < count; i++) {
        text_string(&text, "  thread ");
        text_string(&text, links[i].name);
        text_string(&text, links[i].mutex ? " waits for the mutex at 0x" : " waits for the end of thread ");
        if (links[i].mutex) {
            text_hex(&text, (uintptr_t)links[i].mutex, 1);
            text_string(&text, ", held by thread ");
        }
        text_string(&text, links[i].of);
        text_char(&text, '\n');
    }
    exo_message(buffer, (size_t)(text.at - buffer));
}

void pthread_deadlock_check(pthread_mutex_t *mutex)
{
    struct link links[CIRCLE];
    struct thread *self = thread_self();
    uint32_t was = sched_lock();
    self->locking = mutex;
    unsigned count = circle(self, links);
    sched_unlock(was);
    if (count) {
        said = true;
        say(links, count);
    }
}

/* ---- Nothing can go on ---- */

extern __typeof__(sched_serving_wrap) sched_serving_wrap __attribute__((weak)); /* if the program serves calls */

/* Only another thread of the program can end this one's wait. sched_lock held. */
static bool waits_for_others(const struct thread *thread)
{
    return thread->state == THREAD_BLOCKED && thread->wait_word && thread->wait_why >= WAIT_MUTEX && !thread->wait_shared &&
           !thread->timer.armed && !thread->dying;
}

bool thread_deadlock_look_locked(void)
{
    struct thread *teller = NULL;
    if (said || sched_serving_wrap)
        return false;
    for (struct thread *thread = thread_first(); thread; thread = thread->created_next) {
        if (thread->state == THREAD_DEAD)
            continue;
        if (!waits_for_others(thread))
            return false;
        teller = thread;
    }
    if (!teller)
        return false;
    said = true;
    sync_finish_locked(teller, -EDEADLK);
    return true;
}

static bool catches_signals(void)
{
    struct sigaction action;
    for (int signal = 1; signal < NSIG; signal++)
        if (signal_action(signal, NULL, &action) == 0 && action.sa_handler != SIG_DFL && action.sa_handler != SIG_IGN)
            return true;
    return false;
}

static void by(struct text *text, const char *how, const struct thread *holder)
{
    text_string(text, how);
    text_string(text, thread_known(holder) ? holder->name : "that has ended");
}

static void number(struct text *text, const char *before, unsigned value, const char *after)
{
    text_string(text, before);
    text_decimal(text, value);
    text_string(text, after);
}

/* The object of which a thread waits for the word `member`. */
#define WAITED_FOR(thread, type, member) ((type *)((uintptr_t)(thread)->wait_word - offsetof(type, member)))

static void object(struct text *text, const char *kind, const void *address)
{
    text_string(text, kind);
    text_string(text, " at 0x");
    text_hex(text, (uintptr_t)address, 1);
}

static void barrier(struct text *text, const pthread_barrier_t *barrier)
{
    object(text, "barrier", barrier);
    number(text, ", where ", barrier->__arrived, "");
    number(text, " of ", barrier->__count, " have come");
}

static void rwlock(struct text *text, const pthread_rwlock_t *lock)
{
    object(text, "read-write lock", lock);
    if (lock->__writer)
        by(text, ", held for writing by thread ", lock->__writer);
    else
        number(text, ", held by ", lock->__state & 0x7fffffffu, " for reading");
}

/* sched_lock held. */
static void what(struct text *text, const struct thread *thread)
{
    const pthread_mutex_t *mutex = thread->locking;
    if (thread->wait_why == WAIT_MUTEX && mutex) {
        object(text, "mutex", mutex);
        by(text, ", held by thread ", mutex->__owner);
    } else if (thread->wait_why == WAIT_CONDITION) {
        object(text, "condition variable", WAITED_FOR(thread, pthread_cond_t, __sequence));
    } else if (thread->wait_why == WAIT_SEMAPHORE) {
        object(text, "semaphore", WAITED_FOR(thread, struct sync_semaphore, count));
    } else if (thread->wait_why == WAIT_RWLOCK) {
        rwlock(text, WAITED_FOR(thread, pthread_rwlock_t, __state));
    } else if (thread->wait_why == WAIT_BARRIER) {
        barrier(text, WAITED_FOR(thread, pthread_barrier_t, __generation));
    } else if (thread->wait_why == WAIT_JOIN) {
        by(text, "end of thread ", WAITED_FOR(thread, struct thread, ended));
    } else {
        object(text, "lock of the library", thread->wait_word);
    }
}

void thread_deadlock_say(void)
{
    static char buffer[64 + SHOWN * 128];
    struct text text = text_begin(buffer, sizeof buffer);
    unsigned count = 0;
    if (catches_signals())
        return;
    text_string(&text, "deadlock: all threads wait for each other\n");
    uint32_t was = sched_lock();
    for (struct thread *thread = thread_first(); thread; thread = thread->created_next) {
        if (thread->state == THREAD_DEAD || ++count > SHOWN)
            continue;
        text_string(&text, "  thread ");
        text_string(&text, thread->name);
        text_string(&text, " waits for the ");
        what(&text, thread);
        text_char(&text, '\n');
    }
    sched_unlock(was);
    if (count > SHOWN)
        number(&text, "  and ", count - SHOWN, " more\n");
    exo_message(buffer, (size_t)(text.at - buffer));
}
