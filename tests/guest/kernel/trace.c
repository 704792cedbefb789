/* SPDX-License-Identifier: MIT
 *
 * trace.c: tests of trace_set and of what the trace rings then say (info.h): every kind of record, their order, and that
 * faults and calls come out the same whether they are recorded or not.
 */
#include "runtime.h"
#include "tests.h"

enum { ALL = EXO_RIGHTS_ALL, EVERYTHING = (1 << EXO_TRACE_KINDS) - 1 };
#define BIT(kind) (1u << EXO_TRACE_##kind)

static const volatile struct exo_trace *record_at(uint32_t cpu, uint64_t number)
{
    return (const volatile struct exo_trace *)EXO_PUB_TRACE + cpu * INFO->trace_records + number % INFO->trace_records;
}

/* The number of the last record of a CPU. */
static uint64_t newest(uint32_t cpu)
{
    uint64_t last = 0;
    for (uint32_t i = 0; i < INFO->trace_records; i++)
        if (record_at(cpu, i)->seq > last)
            last = record_at(cpu, i)->seq;
    return last;
}

static uint64_t before[EXO_CPUS_MAX];

static void start(uint32_t mask)
{
    EQ(exo_trace_set(0, 0), 0);
    for (uint32_t cpu = 0; cpu < INFO->cpus; cpu++)
        before[cpu] = newest(cpu);
    EQ(exo_trace_set(0, mask), 0);
}

/* The first record since start() of this kind and code, on any CPU, or NULL. */
static const volatile struct exo_trace *find(uint32_t kind, uint32_t code)
{
    for (uint32_t cpu = 0; cpu < INFO->cpus; cpu++)
        for (uint64_t n = before[cpu] + 1; record_at(cpu, n)->seq == n; n++)
            if (record_at(cpu, n)->kind == kind && record_at(cpu, n)->code == code)
                return record_at(cpu, n);
    return NULL;
}

static uint32_t count(uint32_t kind)
{
    uint32_t found = 0;
    for (uint32_t cpu = 0; cpu < INFO->cpus; cpu++)
        for (uint64_t n = before[cpu] + 1; record_at(cpu, n)->seq == n; n++)
            found += record_at(cpu, n)->kind == kind;
    return found;
}

/* How many records there were since start(), overwritten ones included. */
static uint64_t total(void)
{
    uint64_t sum = 0;
    for (uint32_t cpu = 0; cpu < INFO->cpus; cpu++)
        sum += newest(cpu) - before[cpu];
    return sum;
}

void test_trace_rights(void)
{
    uint32_t a = hold(name(0x5a, ALL)), weak = hold((struct exo_cap){.rights = ALL & ~EXO_RIGHT_CONTROL});
    start(0);
    EQ(exo_trace_set(a, ~0u), E(RIGHTS));
    EQ(exo_trace_set(weak, ~0u), E(RIGHTS));
    EQ(exo_trace_set(9, ~0u), E(SLOT));
    EQ(exo_null(), 0);
    EQ(count(EXO_TRACE_CALL), 0);
    CHECK(INFO->trace_records >= 1024 && (INFO->trace_records & (INFO->trace_records - 1)) == 0);
    EQ(TRY(*(volatile uint64_t *)EXO_PUB_TRACE = 1), false); /* read-only */
}

void test_trace_calls(void)
{
    const volatile struct exo_trace *r;
    static struct exo_cap wanted;
    wanted = name(0x77, ALL);
    start(EVERYTHING);
    EQ(exo_slice_bind(0x11, 0x22, 0x33, 0x44, 0x55), E(NODEV));
    EQ(exo_cap_derive(9, 2, &wanted), E(SLOT));
    for (unsigned i = 0; i < 20; i++)
        EQ(exo_null(), 0);
    EQ(exo_trace_set(0, 0), 0);
    if (CHECK((r = find(EXO_TRACE_CALL, EXO_CALL_SLICE_BIND)) != NULL)) {
        for (unsigned i = 0; i < 5; i++)
            EQ(r->arg[i], 0x11 * (i + 1));
        EQ(r->env, act_here()->env);
        EQ(r->act, 0);
    }
    if (CHECK((r = find(EXO_TRACE_CALL_END, EXO_CALL_SLICE_BIND)) != NULL))
        EQ(r->arg[0], E(NODEV));
    if (CHECK((r = find(EXO_TRACE_COPY_IN, sizeof wanted)) != NULL)) {
        EQ(r->arg[0], &wanted);
        EQ(r->arg[1], wanted.bits);
        EQ(r->arg[2] & 0xffff, wanted.len | wanted.rights << 8);
    }
    CHECK(count(EXO_TRACE_CALL) >= 22);
    CHECK(count(EXO_TRACE_CALL_END) >= 22);
}

/* What is not chosen leaves no record; what is, leaves no other. */
void test_trace_off(void)
{
    start(BIT(CALL));
    EQ(exo_null(), 0);
    EQ(TRY(*(volatile uint64_t *)PAGE(5) = 1), false);
    sleep_ns(2 * MS);
    EQ(exo_trace_set(0, 0), 0);
    CHECK(count(EXO_TRACE_CALL) >= 2);
    for (uint32_t kind = EXO_TRACE_CALL_END; kind < EXO_TRACE_KINDS; kind++)
        EQ(count(kind), 0);
    start(0);
    EQ(exo_null(), 0);
    EQ(TRY(*(volatile uint64_t *)PAGE(5) = 1), false);
    sleep_ns(2 * MS);
    for (uint32_t kind = 0; kind < EXO_TRACE_KINDS; kind++)
        EQ(count(kind), 0);
}

/* Exceptions on the recording way: the tests of faults hold there too, and each fault has its record. */
void test_trace_faults(void)
{
    const volatile struct exo_trace *r;
    start(BIT(FAULT));
    uint64_t faults = vcpu()->faults;
    test_fault_exceptions();
    CHECK(find(EXO_TRACE_FAULT, VECTOR_DIVIDE) && find(EXO_TRACE_FAULT, VECTOR_GP));
    test_fault_pages();
    test_fault_resume();
    test_fault_alignment();
    test_fault_nesting();
    test_resume_steps();
    faults = vcpu()->faults - faults;
    EQ(exo_trace_set(0, 0), 0);
    CHECK(faults > 20);
    EQ(total(), faults);
    start(BIT(FAULT));
    PAGE_FAULTS(*(volatile uint8_t *)PAGE(1500) = 1, PAGE(1500), PF_WRITE);
    EQ(exo_trace_set(0, 0), 0);
    if (CHECK((r = find(EXO_TRACE_FAULT, VECTOR_PF)) != NULL)) {
        EQ(r->arg[0], PAGE(1500));
        EQ(r->arg[1], vcpu()->last.rip);
        EQ(r->arg[2], vcpu()->last.error);
        EQ(r->env, act_here()->env);
    }
    faults = count(EXO_TRACE_FAULT);
    PAGE_FAULTS(*(volatile uint8_t *)PAGE(1500) = 1, PAGE(1500), PF_WRITE);
    EQ(count(EXO_TRACE_FAULT), faults);
}

static volatile uint32_t seen;

static void sleeper(void *arg)
{
    (void)arg;
    struct exo_term term = {.word = (uint64_t)&seen, .value = 1, .op = EXO_TERM_EQ, .width = 4};
    EQ(exo_wait(&term, 1, EXO_FOREVER), 0);
    __atomic_fetch_add(&seen, 1, __ATOMIC_SEQ_CST);
    park();
}

/* An environment from its making to its end: ENV, UPCALL, SWITCH, WAKE, STOP. */
void test_trace_life(void)
{
    const volatile struct exo_trace *r;
    for (uint32_t cpu = 0; cpu < INFO->cpus && cpu < 2; cpu++) {
        seen = 0;
        start(BIT(ENV) | BIT(UPCALL) | BIT(SWITCH) | BIT(WAKE) | BIT(STOP));
        int64_t env = child_run(sleeper, NULL, cpu);
        CHECK(await_state((env_id_t)env, 0, EXO_ACT_WAITING));
        seen = 1;
        EQ(exo_doorbell((const void *)&seen), 1);
        CHECK(await(&seen, 2));
        children_end();
        EQ(exo_trace_set(0, 0), 0);
        if (CHECK((r = find(EXO_TRACE_ENV, 1)) != NULL)) {
            EQ(r->arg[0], env);
            EQ(r->arg[1], *(const volatile uint64_t *)env_info((env_id_t)env)->name);
        }
        if (CHECK((r = find(EXO_TRACE_ENV, 0)) != NULL))
            EQ(r->arg[0], env);
        if (CHECK((r = find(EXO_TRACE_STOP, 0)) != NULL))
            EQ(r->arg[0], env);
        CHECK(find(EXO_TRACE_UPCALL, EXO_UPCALL_RUN) != NULL);
        bool ran = false, woken = false;
        for (uint64_t n = before[cpu] + 1; record_at(cpu, n)->seq == n; n++)
            ran = ran || (record_at(cpu, n)->kind == EXO_TRACE_SWITCH && record_at(cpu, n)->env == (env_id_t)env);
        uint32_t own = act_here()->cpu;
        for (uint64_t n = before[own] + 1; record_at(own, n)->seq == n; n++)
            woken = woken || (record_at(own, n)->kind == EXO_TRACE_WAKE && record_at(own, n)->arg[0] == (env_id_t)env &&
                              record_at(own, n)->arg[1] == 0);
        CHECK(ran && woken);
    }
}

/* Each CPU's records are numbered without gaps, and their times never go back. */
void test_trace_order(void)
{
    start(EVERYTHING);
    for (unsigned i = 0; i < 2000; i++) /* round the ring */
        EQ(exo_null(), 0);
    sleep_ns(2 * MS);
    EQ(exo_trace_set(0, 0), 0);
    for (uint32_t cpu = 0; cpu < INFO->cpus; cpu++) {
        uint64_t last = newest(cpu), oldest = last < INFO->trace_records ? 1 : last - INFO->trace_records + 1, time = 0;
        for (uint64_t n = oldest; n <= last; n++) {
            const volatile struct exo_trace *r = record_at(cpu, n);
            if (!CHECK(r->seq == n && r->time_ns >= time && r->kind < EXO_TRACE_KINDS))
                break;
            time = r->time_ns;
        }
    }
    CHECK(newest(act_here()->cpu) >= before[act_here()->cpu] + 4000);
}
