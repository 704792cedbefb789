/* SPDX-License-Identifier: MIT
 *
 * threads_of.h: looking at the threads of another process of the session, in its own memory: struct thread_list (sched/thread.h)
 * and what it leads to, mapped read-only by the session's capability, a page at a time. The process is not asked and does not
 * notice, so one that hangs is seen as well as one that runs. Ring 0 knows nothing of it. Layer: libos/proc.
 *
 * What is read was written by the process, which may be broken or lie: numbers are looked at before they are used, the length of
 * the walk is bounded, and a lie changes nothing but what is shown of the liar. Names may hold any bytes.
 *
 * Left out: processes of other sessions, the first environment and programs of other library OSes: the session's capability
 * does not reach their memory, or there are no threads of ours in it.
 */
#ifndef LIBOS_THREADS_OF_H
#define LIBOS_THREADS_OF_H

#include <stdbool.h>
#include <stdint.h>

#define THREADS_SHOWN 512u

struct thread_shown {
    uint32_t id;        /* from 1, in the order in which the process made them; 1 is main */
    char name[17];      /* any bytes but the last, a NUL */
    const char *state;  /* "new", "ready", "running", "blocked", "ended" or "?" */
    const char *reason; /* what it is blocked on (enum thread_wait in words), else NULL */
    uint64_t word;      /* address of the word that it waits for, 0: none */
    uint32_t joins;     /* id of the thread whose end it waits for, 0: none */
    int priority;
    uint32_t runs;      /* how often it was given a CPU */
    uint64_t run_ns;    /* its CPU time */
    uint64_t blocked_ns; /* for how long it is blocked */
    uint64_t left_ns;   /* until the wait ends by itself; ~0: it does not */
};

struct threads_shown {
    char policy[17];  /* any bytes but the last, a NUL */
    unsigned count;
    bool more;        /* than there is room for, or the rest could not be read */
    struct thread_shown thread[THREADS_SHOWN]; /* in the order of id */
};

/* Reads the threads of an environment of the session. Returns 0, -ESRCH (it is no process of the session, or just begins),
 * -ENOEXEC (its threads look otherwise: built with another version of the library), -EFAULT (its memory is gone, or is not
 * what it says), or -ENOMEM. */
int threads_of(uint64_t env, struct threads_shown *shown);

#endif
