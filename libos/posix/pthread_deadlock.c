/* SPDX-License-Identifier: MIT
 *
 * pthread_deadlock.c: threads that wait for each other in a circle, by normal mutexes and joins, are reported on standard error
 * by the one that closes it. Layer: libos/posix.
 *
 * It cannot be wrong: every thread of the circle is inside of a wait without a limit, so none gives back what it holds. Its
 * wait is entered (thread.locking) under sched_lock before the chain is followed, so of two threads that close a circle at the
 * same time one sees it. Semaphores, barriers and condition variables have no holder and are not followed.
 */
#include "posix/pthread_mutex.h"
#include "posix/text.h"

#define CIRCLE 16

/* Whom a thread waits for, or NULL. sched_lock held. */
static struct thread *waits_for(const struct thread *thread)
{
    const pthread_mutex_t *mutex = thread->locking;
    if (mutex)
        return __atomic_load_n(&mutex->__owner, __ATOMIC_RELAXED);
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
    if (count)
        say(links, count);
}
