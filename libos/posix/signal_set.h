/* SPDX-License-Identifier: MIT
 *
 * signal_set.h: arithmetic of signal sets and default actions. Layer: libos/posix; pure, tested on the host. Numbers are
 * the ones of <sys/signal.h>, given here so that a host's header does not get in the way.
 */
#ifndef LIBOS_SIGNAL_SET_H
#define LIBOS_SIGNAL_SET_H

#include <stdbool.h>
#include <stdint.h>

#include "sched/signal_state.h"

enum { SIGNAL_KILL = 9, SIGNAL_URGENT = 16, SIGNAL_STOP = 17, SIGNAL_TTY_STOP = 18, SIGNAL_CONTINUE = 19, SIGNAL_CHILD = 20,
       SIGNAL_TTY_IN = 21, SIGNAL_TTY_OUT = 22, SIGNAL_WINDOW = 28 };

static inline bool signal_valid(int signal) { return signal > 0 && signal < SIGNALS; }

/* What may be blocked: not SIGKILL and SIGSTOP, and nothing that is no signal. */
static inline uint64_t signal_blockable(uint64_t set)
{
    return set & 0xfffffffeull & ~(SIGNAL_BIT(SIGNAL_KILL) | SIGNAL_BIT(SIGNAL_STOP));
}

/* Does the default action leave the process alone? Stopping does nothing here: there is no job control yet. */
static inline bool signal_default_ignores(int signal)
{
    return (SIGNAL_BIT(signal) & (SIGNAL_BIT(SIGNAL_URGENT) | SIGNAL_BIT(SIGNAL_STOP) | SIGNAL_BIT(SIGNAL_TTY_STOP) |
                                  SIGNAL_BIT(SIGNAL_CONTINUE) | SIGNAL_BIT(SIGNAL_CHILD) | SIGNAL_BIT(SIGNAL_TTY_IN) |
                                  SIGNAL_BIT(SIGNAL_TTY_OUT) | SIGNAL_BIT(SIGNAL_WINDOW))) != 0;
}

/* The signal to deliver first: SIGKILL, else the lowest number. 0: none. */
static inline int signal_first(uint64_t set)
{
    set &= 0xfffffffeull | SIGNAL_BIT(SIGNAL_CANCEL);
    if (set & SIGNAL_BIT(SIGNAL_KILL))
        return SIGNAL_KILL;
    return set ? __builtin_ctzll(set) : 0;
}

/* The mask while a handler runs. */
static inline uint64_t signal_handler_mask(uint64_t mask, uint64_t action_mask, int signal, bool defer_self)
{
    mask |= action_mask;
    if (defer_self)
        mask |= SIGNAL_BIT(signal);
    return signal_blockable(mask);
}

/* The mask after sigprocmask(how, set): how 0 sets, 1 blocks, 2 unblocks. Returns false if how is none of them. */
static inline bool signal_mask_change(int how, uint64_t old, uint64_t set, uint64_t *out)
{
    switch (how) {
    case 0: *out = signal_blockable(set); return true;
    case 1: *out = signal_blockable(old | set); return true;
    case 2: *out = signal_blockable(old & ~set); return true;
    default: return false;
    }
}

/* Where a handler's frame goes: on the alternate stack if asked for, there is one, and rsp is not on it already; else
 * below `below`. Both results leave the red zone alone (System V ABI for x86-64 §3.2.2) and are 64-aligned. */
static inline uint64_t signal_frame_place(bool on_alternate, uint64_t alt_base, uint64_t alt_bytes, uint64_t rsp,
                                          uint64_t below, uint64_t frame_bytes)
{
    bool there = alt_bytes && rsp > alt_base && rsp <= alt_base + alt_bytes;
    uint64_t top = on_alternate && alt_bytes && !there ? alt_base + alt_bytes : below - 128;
    return (top - frame_bytes) & ~63ull;
}

#endif
