/* SPDX-License-Identifier: MIT
 *
 * signal_state.h: what the thread core knows of signals: sets, and the two questions that it asks. Layer: libos/sched; what
 * a signal means is in libos/posix/signal*.c.
 *
 * A set is a word: bit n for signal n (newlib's sigset_t). Guarded by sched_lock, but that a thread changes its own mask.
 */
#ifndef LIBOS_SIGNAL_STATE_H
#define LIBOS_SIGNAL_STATE_H

#include <stdbool.h>
#include <stdint.h>

#define SIGNALS 32
#define SIGNAL_BIT(n) ((uint64_t)1 << (n))
#define SIGNAL_CANCEL SIGNALS /* no signal of POSIX, cannot be blocked: a thread is to be cancelled wherever it is */

struct exo_context;
struct thread;

struct signal_state {
    uint64_t mask;    /* blocked */
    uint64_t pending; /* sent to this thread alone */
    uint64_t wait;    /* sigwait: what it waits for */
    uint64_t restore; /* sigsuspend: mask to put back after the handler, */
    uint32_t restore_set; /* 1 until one has come: the word that sigsuspend waits on */
    bool restart;     /* every handler since the wait was interrupted had SA_RESTART */
    uint64_t alt_base, alt_bytes; /* sigaltstack; 0 bytes: none */
};

extern uint64_t signal_process_pending; /* sent to the process */

/* Is there a signal that may be delivered to this thread now? sched_lock held, or as a first look. */
static inline bool signal_any(const struct signal_state *state)
{
    return ((signal_process_pending | state->pending) & ~state->mask) != 0;
}
#define signal_deliverable(thread) signal_any(&(thread)->signal)

/* Has a signal come that this thread waits for (signal.wait)? sched_lock held. */
bool signal_waited_for(const struct thread *thread);

/* Makes a thread run thread_cancelled at once. sched_lock held. */
void signal_post_cancel_locked(struct thread *thread);

/* Changes the context of a thread that is about to be resumed so that it runs its signals first. Disabled; sched_lock not
 * held. */
void signal_interpose(struct thread *thread, struct exo_context *context);

/* Runs the calling thread's pending signals now, as if it had been interrupted here. Enabled or disabled before; enabled
 * while the handlers run. */
void signal_deliver_self(void);

#endif
