/* SPDX-License-Identifier: MIT
 *
 * wait_reason.h: why a thread is blocked, as who waits says it, for tools that look at threads: `envs -t`, GDB's exon-threads, the
 * trace. Layer: libOS, plain data; boot/exonrun/threads.py has the same list.
 */
#ifndef LIBOS_WAIT_REASON_H
#define LIBOS_WAIT_REASON_H

enum thread_wait {
    WAIT_WORD,  /* anything else */
    WAIT_SLEEP, /* for a time, on no word */
    WAIT_SIGNAL,
    WAIT_READ,  /* a terminal or a pipe has nothing */
    WAIT_WRITE, /* or is full */
    WAIT_POLL,
    WAIT_CHILD,
    WAIT_FOREGROUND, /* the terminal is another process group's */
    WAIT_SESSION,    /* a lock of the session segment */
    /* From here on: only another thread of the program ends the wait. */
    WAIT_MUTEX,
    WAIT_CONDITION,
    WAIT_SEMAPHORE,
    WAIT_RWLOCK,
    WAIT_BARRIER,
    WAIT_JOIN,
    WAIT_REASONS
};

#endif
