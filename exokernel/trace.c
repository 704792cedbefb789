/* SPDX-License-Identifier: MIT
 *
 * trace.c: the trace rings (trace.h). A CPU writes its own ring alone, so no lock is needed; readers check seq.
 */
#include "trace.h"

#include "kernel.h"
#include "x86/clock.h"
#include "x86/context.h"
#include "x86/entry.h"

uint32_t trace_mask;

static struct exo_trace *rings[EXO_CPUS_MAX];
static uint64_t last[EXO_CPUS_MAX];

void trace_init(uint32_t cpu, struct exo_trace *ring)
{
    rings[cpu] = ring;
}

void trace_record(uint32_t kind, uint64_t a, uint64_t b)
{
    struct cpu *cpu = this_cpu();
    uint64_t seq = ++last[cpu->index];
    struct exo_trace *record = &rings[cpu->index][seq % TRACE_RECORDS];
    __atomic_store_n(&record->seq, 0, __ATOMIC_RELEASE);
    __atomic_thread_fence(__ATOMIC_RELEASE);
    record->time_ns = clock_now_ns();
    record->env = cpu->act ? cpu->act->env->id : 0;
    record->act = cpu->act ? cpu->act->index : 0;
    record->kind = kind;
    record->a = a;
    record->b = b;
    __atomic_store_n(&record->seq, seq, __ATOMIC_RELEASE);
}

/* Stands in every entry of the exchanged dispatch table. Calls that do not return have no CALL_END. */
static int64_t traced_call(uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e, uint64_t f)
{
    uint64_t number = context_call_frame()->number;
    trace(EXO_TRACE_CALL, number, a);
    int64_t result = call_table_plain()[number](a, b, c, d, e, f);
    trace(EXO_TRACE_CALL_END, number, (uint64_t)result);
    return result;
}

#define TRACED(NAME, name, n) traced_call,
static call_handler *const traced[EXO_CALLS] = {EXO_CALL_LIST(TRACED)};

void trace_choose(uint32_t mask)
{
    trace_mask = mask;
    call_table = mask & (1u << EXO_TRACE_CALL | 1u << EXO_TRACE_CALL_END) ? traced : call_table_plain();
}
