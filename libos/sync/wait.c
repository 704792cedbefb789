/* SPDX-License-Identifier: MIT
 *
 * wait.c: threads that wait on words: lists by word, wake-up, and what the idle loop asks of the kernel. Layer: libos/sync.
 *
 * A private word is changed by this process alone: its waiters hang in a table by address and only sync_wake finds them.
 * A shared word can be changed by another process, which rings its doorbell; its waiters are in one list that is looked
 * through whenever the scheduler runs, and given to exo_wait as terms when it idles. No wake-up is lost: the kernel checks
 * the terms when it puts the virtual CPU to sleep, and a watch is set before the word is checked for the last time.
 *
 * Lock: sched_lock for everything.
 */
#include <errno.h>

#include "exo/layout.h"
#include "sched/thread.h"
#include "sync/sync.h"

#define BUCKETS 64
#define POLL_NS 1000000 /* when more words are waited on than the kernel can watch */

static struct thread *buckets[BUCKETS];
static struct thread *shared;

bool sync_is_shared(const void *word)
{
    uintptr_t address = (uintptr_t)word;
    return address >= EXO_SESSION_BASE && address < EXO_BOOT_IMAGE_BASE;
}

static struct thread **list_of(const uint32_t *word, bool is_shared)
{
    return is_shared ? &shared : &buckets[((uintptr_t)word >> 2 ^ (uintptr_t)word >> 9) % BUCKETS];
}

/* Waiters stand in the order in which they are woken: by priority, then as they came. The first one's wait_prev is the last. */
static void list_add(struct thread *thread)
{
    struct thread **list = list_of(thread->wait_word, thread->wait_shared), *first = *list;
    struct thread *before = first ? first->wait_prev : NULL;
    while (before && before->priority < thread->priority)
        before = before == first ? NULL : before->wait_prev;
    struct thread **link = before ? &before->wait_next : list;
    thread->wait_next = *link;
    *link = thread;
    thread->wait_prev = before ? before : first ? first->wait_prev : thread;
    struct thread *after = thread->wait_next ? thread->wait_next : *list;
    after->wait_prev = thread;
    thread->wait_listed = true;
}

static void list_remove(struct thread *thread)
{
    if (!thread->wait_listed)
        return;
    thread->wait_listed = false;
    struct thread **list = list_of(thread->wait_word, thread->wait_shared), *after = thread->wait_next;
    if (thread == *list)
        *list = after;
    else
        thread->wait_prev->wait_next = after;
    if (after || *list)
        (after ? after : *list)->wait_prev = thread->wait_prev;
}

void sync_reorder_locked(struct thread *thread)
{
    if (!thread->wait_listed)
        return;
    list_remove(thread);
    list_add(thread);
}

void sync_finish_locked(struct thread *thread, int result)
{
    list_remove(thread);
    sched_timer_stop(&thread->timer);
    sched_wake_locked(thread, result);
}

static void wait_expired(struct sched_timer *timer)
{
    struct thread *thread = (struct thread *)((char *)timer - offsetof(struct thread, timer));
    sync_finish_locked(thread, -ETIMEDOUT);
}

/* Enters the calling thread and sleeps. Lock held. */
static int wait_locked(struct thread *self, const uint32_t *word, uint32_t value, uint64_t deadline_ns, unsigned flags)
{
    self->wait_word = word;
    self->wait_value = value;
    self->wait_shared = word && sync_is_shared(word);
    self->wait_interruptible = !self->critical;
    self->wait_cancellable = self->wait_interruptible && (flags & SYNC_INTERRUPTIBLE);
    self->wait_why = (enum thread_wait)(flags >> 8);
    if (word)
        list_add(self);
    if (deadline_ns != EXO_FOREVER) {
        self->timer.expired = wait_expired;
        sched_timer_start(&self->timer, deadline_ns);
    }
    return sched_block_locked();
}

int sync_block_locked(const uint32_t *word, uint64_t deadline_ns, unsigned flags)
{
    return wait_locked(thread_self(), word, 0, deadline_ns, flags);
}

/* A wait was interrupted: run the handlers (unless a preemption has done so already), then say whether the call is to be
 * restarted. */
static int interrupted(struct thread *self, unsigned flags)
{
    signal_deliver_self();
    bool ends = (flags & SYNC_INTERRUPTIBLE) && (!self->signal.restart || self->cancel_due);
    return ends ? -EINTR : 0;
}

/* A thread that reports its own death must not hang in a lock of what it broke. */
void fatal_wait_check(struct thread *self, uint64_t *deadline_ns) __attribute__((weak));

int sync_wait(const uint32_t *word, uint32_t value, uint64_t deadline_ns, unsigned flags)
{
    struct thread *self = thread_self();
    if (self->dying && fatal_wait_check)
        fatal_wait_check(self, &deadline_ns);
    bool interruptible = !self->critical;
    uint32_t was = sched_lock();
    int result = 0;
    self->signal.restart = true;
    if (__atomic_load_n(word, __ATOMIC_ACQUIRE) != value)
        result = 0;
    else if (interruptible && (signal_deliverable(self) || (self->cancel_due && (flags & SYNC_INTERRUPTIBLE))))
        result = -EINTR;
    else if (deadline_ns != EXO_FOREVER && exo_clock_ns() >= deadline_ns)
        result = -ETIMEDOUT;
    else
        result = wait_locked(self, word, value, deadline_ns, flags);
    sched_unlock(was);
    if (result == -EDEADLK) {
        thread_deadlock_say();
        return sync_wait(word, value, deadline_ns, flags);
    }
    return result == -EINTR ? interrupted(self, flags) : result;
}

int sync_wait_signals(const uint32_t *word, uint64_t deadline_ns)
{
    struct thread *self = thread_self();
    uint32_t was = sched_lock();
    int result = -EINTR;
    /* Between take_from and here a signal may have come: then signal.wait's bit is pending. */
    if (!signal_waited_for(self) && !signal_deliverable(self) && !self->cancel_due) {
        bool late = deadline_ns != EXO_FOREVER && exo_clock_ns() >= deadline_ns;
        result = late ? -ETIMEDOUT : wait_locked(self, word, 0, deadline_ns, SYNC_INTERRUPTIBLE | SYNC_WHY(WAIT_SIGNAL));
    }
    bool handlers = signal_deliverable(self);
    sched_unlock(was);
    if (result == -EINTR && handlers)
        signal_deliver_self();
    return result;
}

/* Sleep is never restarted: POSIX nanosleep gives EINTR whatever SA_RESTART says. */
int thread_sleep_until(uint64_t deadline_ns)
{
    struct thread *self = thread_self();
    uint32_t was = sched_lock();
    bool interruptible = !self->critical;
    int result = -ETIMEDOUT;
    if (interruptible && (signal_deliverable(self) || self->cancel_due))
        result = -EINTR;
    else if (deadline_ns == EXO_FOREVER || exo_clock_ns() < deadline_ns)
        result = wait_locked(self, NULL, 0, deadline_ns, SYNC_INTERRUPTIBLE | SYNC_WHY(WAIT_SLEEP));
    sched_unlock(was);
    if (result != -EINTR)
        return 0;
    signal_deliver_self();
    return -EINTR;
}

struct thread *sync_first_locked(const uint32_t *word)
{
    struct thread *thread = *list_of(word, sync_is_shared(word));
    while (thread && thread->wait_word != word)
        thread = thread->wait_next;
    return thread;
}

bool sync_waited_for(const uint32_t *word)
{
    uint32_t was = sched_lock();
    bool any = sync_first_locked(word) != NULL;
    sched_unlock(was);
    return any;
}

void sync_wake_locked(const uint32_t *word, uint32_t count)
{
    struct thread *thread = *list_of(word, sync_is_shared(word)), *next;
    for (; thread && count; thread = next) {
        next = thread->wait_next;
        if (thread->wait_word != word)
            continue;
        sync_finish_locked(thread, 0);
        count--;
    }
}

void sync_wake(const uint32_t *word, uint32_t count)
{
    uint32_t was = sched_lock();
    sync_wake_locked(word, count);
    sched_unlock(was);
    if (sync_is_shared(word))
        exo_doorbell(word);
}

bool sync_interrupt_locked(struct thread *thread)
{
    if (thread->state != THREAD_BLOCKED || !thread->wait_interruptible)
        return false;
    sync_finish_locked(thread, -EINTR);
    return true;
}

bool sync_cancel_locked(struct thread *thread)
{
    return thread->wait_cancellable && sync_interrupt_locked(thread);
}

void sync_scan_locked(void)
{
    struct thread *next;
    for (struct thread *thread = shared; thread; thread = next) {
        next = thread->wait_next;
        if (__atomic_load_n(thread->wait_word, __ATOMIC_ACQUIRE) != thread->wait_value)
            sync_finish_locked(thread, 0);
    }
}

/* Watches for waiters beyond the terms. Returns false if there were not enough of them, or one was refused. */
static bool watch_rest(struct exo_local *local, struct thread *thread)
{
    uint32_t index = EXO_SYNC_WATCH;
    bool all = true;
    for (; thread && index < EXO_WATCHES_MAX; thread = thread->wait_next)
        all = exo_watch(index++, thread->wait_word) == 0 && all;
    uint32_t used = index - EXO_SYNC_WATCH;
    while (index < EXO_SYNC_WATCH + local->watches)
        exo_watch(index++, NULL);
    local->watches = used;
    return all && !thread;
}

uint32_t sync_idle_terms_locked(struct exo_local *local, struct exo_term *terms, uint32_t room, uint64_t *limit)
{
    uint32_t count = 0;
    struct thread *thread = shared;
    for (; thread && count < room; thread = thread->wait_next) {
        struct exo_term *term = &terms[count++];
        *term = (struct exo_term){
            .word = (uintptr_t)thread->wait_word, .value = thread->wait_value, .op = EXO_TERM_NE, .width = 4};
    }
    if (!thread && !local->watches)
        return count;
    if (!watch_rest(local, thread))
        *limit = exo_clock_ns() + POLL_NS;
    for (; thread; thread = thread->wait_next)
        if (__atomic_load_n(thread->wait_word, __ATOMIC_ACQUIRE) != thread->wait_value)
            *limit = 0;
    return count;
}
