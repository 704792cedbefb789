/* SPDX-License-Identifier: MIT
 *
 * priority.c: mutexes that raise the priority of who holds them (sync.h). Layer: libos/sync, over sched.
 *
 * A thread's priority is the highest of its base, the ceilings of the mutexes that it holds, and the priorities of those who
 * wait for the inheriting ones. It is computed anew whenever one of these changes; a change of a thread that waits itself is
 * handed on to the owner of what it waits for. A chain longer than CHAIN, or a circle, is cut off. sched_lock held.
 */
#include <errno.h>
#include <limits.h>

#include "sched/thread.h"
#include "sync/sync.h"

#define CHAIN 64

static int priority_of(const struct thread *thread)
{
    int priority = thread->base_priority;
    for (const struct sync_priority *mutex = thread->held; mutex; mutex = mutex->held_next) {
        const struct thread *waiter = mutex->inherit ? sync_first_locked(&mutex->word) : NULL;
        int from = mutex->inherit ? (waiter ? waiter->priority : priority) : mutex->ceiling;
        if (from > priority)
            priority = from;
    }
    return priority;
}

void sync_priority_update_locked(struct thread *thread)
{
    for (int links = 0; thread && links < CHAIN; links++) {
        int priority = priority_of(thread);
        if (priority == thread->priority)
            return;
        sched_priority_locked(thread, priority);
        thread = thread->wanted ? thread->wanted->owner : NULL;
    }
}

void sync_priority_take_locked(struct sync_priority *mutex, struct thread *owner)
{
    mutex->owner = owner;
    mutex->held_next = owner->held;
    owner->held = mutex;
    sync_priority_update_locked(owner);
}

static void held_remove(struct sync_priority *mutex)
{
    struct sync_priority **link = &mutex->owner->held;
    while (*link && *link != mutex)
        link = &(*link)->held_next;
    if (*link)
        *link = mutex->held_next;
}

void sync_priority_release_locked(struct sync_priority *mutex)
{
    struct thread *owner = mutex->owner, *next = sync_first_locked(&mutex->word);
    held_remove(mutex);
    mutex->owner = NULL;
    if (next) {
        next->wanted = NULL;
        sync_finish_locked(next, 0);
        sync_priority_take_locked(mutex, next);
    }
    sync_priority_update_locked(owner);
}

/* Owns what ended threads have kept. More urgent than anybody, so that a chain ends here. */
static struct thread ended = {.name = "that has ended", .priority = INT_MAX, .base_priority = INT_MAX};

void sync_priority_exit_locked(struct thread *self)
{
    for (struct sync_priority *mutex = self->held; mutex; mutex = mutex->held_next)
        mutex->owner = &ended;
    self->held = NULL;
}

/* The waiter is in the list, with its priority, only once it blocks: owners are raised by hand before. */
static void raise_owners(struct sync_priority *mutex, int priority)
{
    for (int links = 0; mutex && mutex->inherit && mutex->owner && links < CHAIN; links++) {
        struct thread *owner = mutex->owner;
        if (owner->priority >= priority)
            return;
        sched_priority_locked(owner, priority);
        mutex = owner->wanted;
    }
}

int sync_priority_wait_locked(struct sync_priority *mutex, uint64_t deadline_ns)
{
    struct thread *self = thread_self();
    self->wanted = mutex;
    raise_owners(mutex, self->priority);
    int result = sync_block_locked(&mutex->word, deadline_ns, SYNC_WHY(WAIT_MUTEX));
    if (result) {
        self->wanted = NULL;
        sync_priority_update_locked(mutex->owner);
    }
    return result;
}
