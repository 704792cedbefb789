/* SPDX-License-Identifier: MIT
 *
 * trace.c: the trace rings (trace.h). A CPU writes its own ring alone, so no lock is needed; readers check seq.
 */
#include "trace.h"

#include "bootinfo.h"
#include "kernel.h"
#include "log.h"
#include "memory.h"
#include "tables.h"
#include "x86/clock.h"
#include "x86/context.h"
#include "x86/desc.h"
#include "x86/entry.h"
#include "x86/instr.h"
#include "x86/kpaging.h"
#include "x86/trap.h"

enum { RECORDS_DEFAULT = 1024, RECORDS_MAX = 1 << 20, COPY_RECORD_BYTES = 40, COPY_RECORDS = 6 };
enum { TRACE_CALLS = 1 << EXO_TRACE_CALL | 1 << EXO_TRACE_CALL_END, TRACE_ALL = (1 << EXO_TRACE_KINDS) - 1 };

uint32_t trace_mask;

static struct exo_trace *rings;
static uint32_t records; /* of each ring */
static uint64_t last[EXO_CPUS_MAX];
static bool from_boot;

static struct exo_trace *begin(uint32_t kind, uint32_t code, uint64_t *seq)
{
    struct cpu *cpu = this_cpu();
    *seq = ++last[cpu->index];
    struct exo_trace *record = rings + cpu->index * records + (*seq & (records - 1));
    __atomic_store_n(&record->seq, 0, __ATOMIC_RELEASE);
    __atomic_thread_fence(__ATOMIC_RELEASE);
    record->time_ns = clock_now_ns();
    record->env = cpu->act ? cpu->act->env->id : 0;
    record->act = cpu->act ? (uint8_t)cpu->act->index : 0;
    record->kind = (uint8_t)kind;
    record->code = code;
    return record;
}

static void finish(struct exo_trace *record, uint64_t seq)
{
    __atomic_store_n(&record->seq, seq, __ATOMIC_RELEASE);
}

static void record_six(uint32_t kind, uint32_t code, const uint64_t arg[6])
{
    uint64_t seq;
    struct exo_trace *record = begin(kind, code, &seq);
    for (unsigned i = 0; i < 6; i++)
        record->arg[i] = arg[i];
    finish(record, seq);
}

void trace_record(uint32_t kind, uint32_t code, uint64_t a, uint64_t b, uint64_t c)
{
    record_six(kind, code, (const uint64_t[6]){a, b, c});
}

static void copy_bytes(void *to, const void *from, size_t n)
{
    for (size_t i = 0; i < n; i++)
        ((uint8_t *)to)[i] = ((const uint8_t *)from)[i];
}

void trace_copy(uint32_t kind, const void *user, const void *bytes, size_t n)
{
    const uint8_t *from = bytes;
    for (unsigned i = 0; i < COPY_RECORDS && n; i++) {
        size_t part = n < COPY_RECORD_BYTES ? n : COPY_RECORD_BYTES;
        uint64_t arg[6] = {(uint64_t)user + i * COPY_RECORD_BYTES};
        copy_bytes(arg + 1, from, part);
        record_six(kind, (uint32_t)part, arg);
        from += part;
        n -= part;
    }
}

void trace_env(uint32_t made, env_id_t id, const char name[16])
{
    if (!(trace_mask >> EXO_TRACE_ENV & 1))
        return;
    uint64_t arg[6] = {id};
    copy_bytes(arg + 1, name, 16);
    record_six(EXO_TRACE_ENV, made, arg);
}

void trace_fault(const struct trap_frame *frame)
{
    uint64_t address = frame->vector == VECTOR_PAGE_FAULT ? read_cr2() : 0;
    trace(EXO_TRACE_FAULT, (uint32_t)frame->vector, address, frame->rip, frame->error);
}

/* Stands in every entry of the exchanged dispatch table. */
static int64_t traced_call(uint64_t a, uint64_t b, uint64_t c, uint64_t d, uint64_t e, uint64_t f)
{
    uint32_t number = (uint32_t)context_call_frame()->number;
    if (trace_mask >> EXO_TRACE_CALL & 1)
        record_six(EXO_TRACE_CALL, number, (const uint64_t[6]){a, b, c, d, e, f});
    int64_t result = call_table_plain()[number](a, b, c, d, e, f);
    trace(EXO_TRACE_CALL_END, number, (uint64_t)result, 0, 0);
    return result;
}

#define TRACED(NAME, name, n) traced_call,
static call_handler *const traced[EXO_CALLS] = {EXO_CALL_LIST(TRACED)};

void trace_choose(uint32_t mask)
{
    trace_mask = mask & TRACE_ALL;
    call_table = mask & TRACE_CALLS ? traced : call_table_plain();
    idt_trace_faults(mask >> EXO_TRACE_FAULT & 1);
}

/* The ring length that the command line wishes, or 0. */
static uint32_t wished_records(const char *cmdline)
{
    char text[12];
    uint32_t wish = 0;
    if (!bootinfo_option(cmdline, "trace", text, sizeof text))
        return 0;
    for (const char *at = text; *at >= '0' && *at <= '9' && wish < RECORDS_MAX; at++)
        wish = wish * 10 + (uint32_t)(*at - '0');
    return wish ? wish : RECORDS_DEFAULT;
}

void trace_init(const char *cmdline)
{
    uint32_t wish = wished_records(cmdline);
    from_boot = wish != 0;
    for (records = RECORDS_DEFAULT; records < wish && records < RECORDS_MAX; records *= 2)
        ;
    rings = publish_area(EXO_PUB_TRACE, (size_t)cpu_count * records * sizeof *rings);
    published_info->trace_records = records;
    published_info->trace_frame = frame_of(rings);
}

void trace_start(void)
{
    if (!from_boot)
        return;
    log_notice("trace", "rings frame=%u records=%u cpus=%u", published_info->trace_frame, records, cpu_count);
    trace_choose(TRACE_ALL);
}
