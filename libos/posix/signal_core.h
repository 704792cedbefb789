/* SPDX-License-Identifier: MIT
 *
 * signal_core.h: signals as the rest of the libOS sends them. Layer: libos/posix, above sched. The POSIX functions are in
 * signal.c; how a handler is entered and left in signal_core.c; what has neither state nor kernel in signal_set.h.
 */
#ifndef LIBOS_SIGNAL_CORE_H
#define LIBOS_SIGNAL_CORE_H

#include <stdbool.h>
#include <stdint.h>

struct sigaction;
struct thread;

/* Sends a signal to the process: it is delivered to a thread that does not block it, interrupting its wait. May be called
 * in upcalls. Returns 0 or -EINVAL. */
int signal_post(int signal);

/* The same for a valid signal with sched_lock held: from timers. */
void signal_post_locked(int signal);

/* Sends it to one thread. */
int signal_post_thread(struct thread *thread, int signal);

/* Reads (action NULL) or sets what a signal does. Returns 0 or -EINVAL. */
int signal_action(int signal, const struct sigaction *action, struct sigaction *old);

/* Changes the calling thread's mask (how as in sigprocmask) and delivers what is not blocked any more. */
int signal_mask(int how, const uint64_t *set, uint64_t *old);

/* Signals that wait for the calling thread. */
uint64_t signal_pending_set(void);

/* Takes one of set from those pending, sleeping for it until deadline_ns. Returns the signal, -EAGAIN (deadline), -EINTR. */
int signal_wait_for(uint64_t set, uint64_t deadline_ns);

/* Replaces the mask, sleeps until a handler has run, restores the mask. */
void signal_suspend(uint64_t mask);

/* Ignored signals as a set with bit n - 1, for spawn. */
uint32_t signal_ignored_set(void);

#endif
