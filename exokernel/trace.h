/* SPDX-License-Identifier: MIT
 *
 * trace.h: events of the kernel in a published ring a CPU (info.h). When a kind is not chosen it costs one test of a
 * word; system calls cost nothing, as tracing exchanges the dispatch table.
 */
#ifndef EXOKERNEL_TRACE_H
#define EXOKERNEL_TRACE_H

#include "info.h"

extern uint32_t trace_mask;

/* Adds a record to this CPU's ring. Interrupts are off. */
void trace_record(uint32_t kind, uint64_t a, uint64_t b);

static inline void trace(uint32_t kind, uint64_t a, uint64_t b)
{
    if (trace_mask >> kind & 1)
        trace_record(kind, a, b);
}

/* Chooses the kinds to record: bits of 1 << EXO_TRACE_*. */
void trace_choose(uint32_t mask);

/* Boot: the ring of a CPU. */
void trace_init(uint32_t cpu, struct exo_trace *ring);
enum { TRACE_RECORDS = 1024 };

#endif
