/* SPDX-License-Identifier: MIT
 *
 * session.h: memory and locks that the processes of a session share. Layer: libOS, below files and processes.
 *
 * The segment lies at EXO_SESSION_BASE in every process and grows by frames under the session's capability; a page not
 * yet mapped here is mapped by the fault handler. It holds types, offsets and plain data; offsets (session_off) are used
 * in stored data, pointers only in passing. Locks are robust: a lock whose owner's environment is gone can be taken, so
 * change shared structures in an order in which dying between two stores leaks memory at worst.
 */
#ifndef LIBOS_SESSION_H
#define LIBOS_SESSION_H

#include <stddef.h>
#include <stdint.h>

#include "sched/wait_reason.h"

typedef uint64_t session_off; /* bytes from the start of the segment; 0: none */

struct session_lock {
    uint32_t word;  /* 0 free, 1 held, 2 held with sleepers */
    uint32_t owner; /* generation << 16 | process slot + 1 of the holder, to find out whether it lives */
} __attribute__((aligned(8))); /* both change in one step */

/* Allocates bytes, zeroed and 16-aligned. Returns 0 when memory or quota is used up. May map pages. */
session_off session_alloc(size_t bytes);

/* Frees what session_alloc returned; 0 is ignored. */
void session_free(session_off off);

/* Address of an offset in this process (NULL for 0), and back. */
void *session_at(session_off off);
session_off session_offset(const void *address);

/* Takes and releases a lock. May sleep. Not recursive. Upcalls of threads stay enabled; the holder must not exit. */
void session_lock_acquire(struct session_lock *lock);

/* The same; returns 1 if the lock was taken from a holder that died, so that the caller can mend what it guards. */
int session_lock_take(struct session_lock *lock);
void session_lock_release(struct session_lock *lock);

/* Sleeps until *word differs from seen (or the deadline, monotonic ns, ~0: none, or a signal); session_wake rings it in
 * every process. why: for tools. Returns 0, -ETIMEDOUT or -EINTR. May return early. The usual loop re-checks. */
int session_wait(const uint32_t *word, uint32_t seen, uint64_t deadline_ns, enum thread_wait why);
void session_wake(const uint32_t *word);

#endif
