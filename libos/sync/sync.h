/* SPDX-License-Identifier: MIT
 *
 * sync.h: blocking on words, and mutexes, condition variables and semaphores made of it. Layer: libos/sync, above sched.
 *
 * A word is 32 bits. Whoever changes one that others may wait on wakes it afterwards. Words in memory that other processes
 * map (session segment, terminal) are rung by doorbell too; the library knows them by their address.
 *
 * What sleeps says so; nothing here may be called in upcalls but sync_wake.
 */
#ifndef LIBOS_SYNC_H
#define LIBOS_SYNC_H

#include <stdbool.h>
#include <stdint.h>

#include "exo/exo.h"

enum { SYNC_INTERRUPTIBLE = 1 }; /* a signal ends the wait (unless the thread is in a critical section), not an early 0 */
#define SYNC_WHY(why) ((unsigned)(why) << 8) /* enum thread_wait, or'ed to the flags: for tools */

/* Sleeps until *word differs from value, someone wakes the word, the clock reaches deadline_ns (EXO_FOREVER: never), or,
 * if asked for, a signal was handled. Returns 0, -ETIMEDOUT, -EINTR. May return 0 early: check and call again. After a
 * signal whose handlers all have SA_RESTART it returns 0. */
int sync_wait(const uint32_t *word, uint32_t value, uint64_t deadline_ns, unsigned flags);

/* For sigwait: as sync_wait on a word that stays 0, but a signal only ends it (-EINTR) and is left to the caller. A wait
 * whose signal is already pending must be checked for by the caller first, which sets thread->signal.wait. */
int sync_wait_signals(const uint32_t *word, uint64_t deadline_ns);

/* Wakes up to `count` threads that wait on the word in this process, those with the highest priority first, then in the order
 * in which they came; and everyone in others. */
void sync_wake(const uint32_t *word, uint32_t count);
#define SYNC_ALL 0xffffffffu

/* Does a thread of this process wait on the word? */
bool sync_waited_for(const uint32_t *word);

/* Could another process change this word? */
bool sync_is_shared(const void *word);

/* ---- Mutex: 0 free, 1 held, 2 held and waited for ---- */

struct sync_mutex {
    uint32_t word;
};
void sync_mutex_lock(struct sync_mutex *mutex);
bool sync_mutex_try(struct sync_mutex *mutex);
int sync_mutex_lock_until(struct sync_mutex *mutex, uint64_t deadline_ns); /* 0 or -ETIMEDOUT */
void sync_mutex_unlock(struct sync_mutex *mutex);

/* The same, which its holder may take again. All zero is a free one. */
struct sync_recursive {
    struct sync_mutex mutex;
    uint32_t depth;
    struct thread *owner;
};
void sync_recursive_lock(struct sync_recursive *mutex);
bool sync_recursive_try(struct sync_recursive *mutex);
void sync_recursive_unlock(struct sync_recursive *mutex);

/* ---- Condition variable ---- */

struct sync_cond {
    uint32_t sequence;
    uint32_t waiters;
};
/* Returns 0 or -ETIMEDOUT; the mutex is held again either way. May return early. */
int sync_cond_wait(struct sync_cond *cond, struct sync_mutex *mutex, uint64_t deadline_ns);
void sync_cond_signal(struct sync_cond *cond);
void sync_cond_broadcast(struct sync_cond *cond);

/* ---- Counting semaphore ---- */

struct sync_semaphore {
    uint32_t count;
    uint32_t waiters;
};
bool sync_semaphore_try(struct sync_semaphore *semaphore);
int sync_semaphore_wait(struct sync_semaphore *semaphore, uint64_t deadline_ns); /* 0, -ETIMEDOUT, -EINTR */
void sync_semaphore_post(struct sync_semaphore *semaphore);

/* ---- Mutexes that raise their holder's priority (sched_lock held) ----
 *
 * inherit: to that of the most urgent thread that waits for it, and so on along the chain (Sha, Rajkumar, Lehoczky, "Priority
 * Inheritance Protocols", IEEE ToC 1990; the basic protocol). Else to a ceiling (the immediate ceiling protocol). Handed
 * over when released, to the most urgent waiter. */
struct sync_priority {
    uint32_t word; /* what waiters wait on; stays 0 */
    bool inherit;
    int ceiling; /* unless inherit */
    struct thread *owner;
    struct sync_priority *held_next; /* the owner's others */
};
/* Waits for the mutex, which another thread owns. Returns 0 (it is the caller's), -ETIMEDOUT, or -EINTR: a signal's handler is to
 * be run (signal_deliver_self, without the lock), then it must be tried again. */
int sync_priority_wait_locked(struct sync_priority *mutex, uint64_t deadline_ns);
void sync_priority_take_locked(struct sync_priority *mutex, struct thread *owner);
/* Gives it to the most urgent waiter, if there is one. */
void sync_priority_release_locked(struct sync_priority *mutex);
/* A thread ends: what it holds is nobody's for ever, and nothing of the thread is read any more. */
void sync_priority_exit_locked(struct thread *self);
/* Brings a thread's priority up to date after a change of its base. */
void sync_priority_update_locked(struct thread *thread);

/* ---- For the scheduler (sched_lock held) ---- */

/* Blocks the calling thread on a word, whatever its value. As sync_wait, but returns -EINTR bare. */
int sync_block_locked(const uint32_t *word, uint64_t deadline_ns, unsigned flags);

/* Of those that wait on a word the one to be woken next, or NULL: the most urgent, of equals the one that came first. */
struct thread *sync_first_locked(const uint32_t *word);

/* A thread's priority is another one now. */
void sync_reorder_locked(struct thread *thread);

/* Ends a thread's wait; result is what it returns. */
void sync_finish_locked(struct thread *thread, int result);


/* Wakes threads whose shared word has changed. */
void sync_scan_locked(void);

/* What an idle virtual CPU waits for: fills terms with up to `room`, sets watches for a few more, and lowers *limit
 * if there are more than that. Returns how many terms. */
uint32_t sync_idle_terms_locked(struct exo_local *local, struct exo_term *terms, uint32_t room, uint64_t *limit);
#define EXO_SYNC_WATCH 4 /* first standing watch of the idle loop; lower ones are the processes' and the terminal's */

void sync_wake_locked(const uint32_t *word, uint32_t count);

/* Ends a thread's wait before its time: -EINTR. Only if it is blocked and may be interrupted. Returns if it was. */
bool sync_interrupt_locked(struct thread *thread);

/* The same for thread_cancel: only a wait with SYNC_INTERRUPTIBLE. */
bool sync_cancel_locked(struct thread *thread);

#endif
