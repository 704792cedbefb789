/* SPDX-License-Identifier: MIT
 *
 * trace.h: events of the kernel in a published ring a CPU (info.h). A kind that is not chosen costs one test of a word;
 * system calls and fault upcalls cost nothing at all, as tracing exchanges the dispatch table and the gates of the IDT.
 *
 * The boot word trace=N makes rings of N records (rounded up to a power of two) and records every kind from the start.
 */
#ifndef EXOKERNEL_TRACE_H
#define EXOKERNEL_TRACE_H

#include <stddef.h>

#include "info.h"

struct trap_frame;

extern uint32_t trace_mask;

/* Adds a record to this CPU's ring. Interrupts are off. */
void trace_record(uint32_t kind, uint32_t code, uint64_t a, uint64_t b, uint64_t c);

static inline void trace(uint32_t kind, uint32_t code, uint64_t a, uint64_t b, uint64_t c)
{
    if (__builtin_expect(trace_mask >> kind & 1, 0))
        trace_record(kind, code, a, b, c);
}

/* What a call copied from or to the caller's memory (EXO_TRACE_COPY_*), if it did. */
void trace_copy(uint32_t kind, const void *user, const void *bytes, size_t n);

/* EXO_TRACE_ENV. */
void trace_env(uint32_t made, env_id_t id, const char name[16]);

/* An exception of ring 3, on the way to entry_fault (trap.asm). */
void trace_fault(const struct trap_frame *frame);

/* Chooses the kinds to record: bits of 1 << EXO_TRACE_*. kernel_lock held after boot. */
void trace_choose(uint32_t mask);

/* Boot: makes the rings, as the command line wishes; and starts, if it does. */
void trace_init(const char *cmdline);
void trace_start(void);

#endif
