/* SPDX-License-Identifier: MIT
 *
 * irqs.c: tests of irq_bind, irq_ack and irq_mask, with the first serial port (edge-triggered) and, where the machine has
 * one, a PCI card with two serial ports on one level-triggered line. (16550, National's data sheet: IER at +1, IIR at +2,
 * MCR at +4, LSR at +5. Its transmitter interrupts as soon as it may, until IIR is read.)
 */
#include "runtime.h"
#include "tests.h"

enum { ALL = EXO_RIGHTS_ALL, COM1 = 0x3f8, COM1_LINE = 4, IER = 1, IIR = 2, MCR = 4, LSR = 5 };
enum { IER_TRANSMIT = 2, MCR_INTERRUPTS = 8, CARD_VENDOR = 0x1b36, CARD_DEVICE = 3, SECOND = 8 };

static const struct exo_irq_spec plain;

static int64_t bind(uint32_t line, env_id_t env, struct exo_irq_spec spec)
{
    return exo_irq_bind(0, line, env, 0, &spec);
}

static int64_t unbind(uint32_t line)
{
    return exo_irq_bind(0, line, EXO_ENV_NONE, 0, NULL);
}

/* Waits for the next interrupt event of this activation. */
static bool interrupted(uint64_t ms)
{
    if (exo_wait(NULL, 0, now_ns() + ms * MS) != EXO_WAIT_EVENT)
        return false;
    return events_take() == EXO_EVENT_IRQ;
}

static void port_start(uint32_t base)
{
    out8((uint16_t)(base + MCR), MCR_INTERRUPTS);
    out8((uint16_t)(base + IER), IER_TRANSMIT);
}

static void port_stop(uint32_t base)
{
    (void)in8((uint16_t)(base + IIR));
    out8((uint16_t)(base + IER), 0);
}

/* Binds the first serial port's registers to this environment; false if there is none. */
static bool com1_here(void)
{
    EQ(exo_port_bind(0, 0, COM1, 8), 0);
    if (in8(COM1 + LSR) != 0xff)
        return true;
    EQ(exo_port_bind(0, 0, 0, 0), 0);
    return false;
}

/* The card, its registers bound to this environment, or NULL. */
static const volatile struct exo_device *card_here(uint32_t *base)
{
    for (uint32_t i = 0; i < INFO->devices; i++)
        if (DEVICES[i].vendor == CARD_VENDOR && DEVICES[i].device == CARD_DEVICE && LINES[DEVICES[i].irq & 255].valid) {
            *base = (uint32_t)DEVICES[i].range[0].base;
            EQ(exo_port_bind(0, 0, *base, 2 * SECOND), 0);
            return &DEVICES[i];
        }
    return NULL;
}

/* A CPU other than the one where the tests run, if there is one. */
static uint32_t irq_cpu(void)
{
    return INFO->cpus - 1;
}

void test_irq(void)
{
    volatile uint32_t *count = &act_here()->irq_count[2];
    uint32_t start = *count;
    if (!com1_here())
        return;
    events_take();
    EQ(bind(COM1_LINE, 0, (struct exo_irq_spec){.index = 2}), 0);
    port_start(COM1);
    CHECK(interrupted(1000));
    EQ(*count, start + 1);
    for (unsigned i = 0; i < 5; i++) {
        port_stop(COM1);
        EQ(exo_irq_ack(COM1_LINE), 0);
        port_start(COM1);
        CHECK(interrupted(1000));
    }
    EQ(*count, start + 6);
    /* masked until it is acknowledged */
    port_stop(COM1);
    port_start(COM1);
    CHECK(!interrupted(3));
    port_stop(COM1);
    EQ(unbind(COM1_LINE), 0);
    EQ(exo_irq_ack(COM1_LINE), E(NODEV));
    EQ(exo_irq_mask(COM1_LINE), E(NODEV));
    EQ(exo_port_bind(0, 0, 0, 0), 0);
    events_take();
}

void test_irq_bad(void)
{
    uint32_t a = hold(name(0x5a, ALL)), weak = hold((struct exo_cap){.rights = ALL & ~EXO_RIGHT_CONTROL});
    int64_t env = child_make(0, "irq");
    EQ(exo_irq_bind(a, COM1_LINE, 0, 0, &plain), E(RIGHTS));
    EQ(exo_irq_bind(weak, COM1_LINE, 0, 0, &plain), E(RIGHTS));
    EQ(exo_irq_bind(a, COM1_LINE, EXO_ENV_NONE, 0, NULL), E(RIGHTS));
    EQ(exo_irq_bind(9, COM1_LINE, 0, 0, &plain), E(SLOT));
    EQ(bind(0xffffffff, 0, plain), E(NODEV));
    EQ(bind(256, 0, plain), E(NODEV));
    EQ(bind(255, 0, plain), E(NODEV));
    EQ(unbind(255), E(NODEV));
    EQ(unbind(0xffffffff), E(NODEV));
    EQ(exo_irq_bind(0, COM1_LINE, 0, EXO_ACTS_MAX, &plain), E(ARG));
    EQ(exo_irq_bind(0, COM1_LINE, 0, 1, &plain), E(ENV));
    EQ(exo_irq_bind(0, COM1_LINE, 0, 0, (const struct exo_irq_spec *)PAGE(3)), E(FAULT));
    EQ(exo_irq_bind(0, COM1_LINE, 0, 0, (const struct exo_irq_spec *)EXO_PUB_INFO), E(FAULT));
    EQ(bind(COM1_LINE, 0, (struct exo_irq_spec){.index = EXO_IRQ_SLOTS}), E(ARG));
    EQ(bind(COM1_LINE, 0, (struct exo_irq_spec){.flags = 4}), E(ARG));
    EQ(bind(COM1_LINE, 0, (struct exo_irq_spec){.priority = EXO_IRQ_PRIORITIES}), E(ARG));
    EQ(bind(COM1_LINE, 0, (struct exo_irq_spec){.priority = 0xffffffff}), E(ARG));
    EQ(bind(COM1_LINE, 0, (struct exo_irq_spec){.cpu = INFO->cpus}), E(NODEV));
    EQ(bind(COM1_LINE, 0, (struct exo_irq_spec){.cpu = 0xffffffff}), E(NODEV));
    EQ(bind(COM1_LINE, 0x3ff, plain), E(ENV));
    EQ(bind(COM1_LINE, (env_id_t)env, plain), E(ENV));
    EQ(exo_irq_ack(COM1_LINE), E(NODEV));
    EQ(exo_irq_ack(0xffffffff), E(NODEV));
    EQ(exo_irq_mask(0xffffffff), E(NODEV));
    EQ(LINES[COM1_LINE].users, 0);
    EQ(LINES[COM1_LINE].masked, 1);
}

static volatile uint32_t done;

static void stop_here(void *arg)
{
    (void)arg;
    act_here()->fault_depth = EXO_FAULT_DEPTH;
    done = 1;
    __builtin_trap();
}

/* One has a line alone unless all share it; it is free again when its owner ends, or stops for good. */
void test_irq_owner(void)
{
    int64_t env = child_make(0, "owner");
    EQ(child_act((env_id_t)env, (void (*)(void *))park, NULL), 0);
    EQ(bind(COM1_LINE, (env_id_t)env, plain), 0);
    EQ(LINES[COM1_LINE].user[0].env, env);
    EQ(exo_irq_ack(COM1_LINE), E(RIGHTS));
    EQ(exo_irq_mask(COM1_LINE), E(RIGHTS));
    EQ(bind(COM1_LINE, 0, plain), E(BUSY));
    EQ(bind(COM1_LINE, 0, (struct exo_irq_spec){.flags = EXO_IRQ_SHARED}), E(BUSY));
    EQ(exo_irq_bind(0, COM1_LINE, 0, 0, NULL), 0); /* takes away what the caller has: nothing */
    EQ(LINES[COM1_LINE].users, 1);
    children_end();
    EQ(LINES[COM1_LINE].users, 0);
    EQ(exo_irq_ack(COM1_LINE), E(NODEV));
    env = child_make(0, "stops");
    EQ(child_act((env_id_t)env, stop_here, NULL), 0);
    EQ(bind(COM1_LINE, (env_id_t)env, plain), 0);
    CHECK(child_slice((env_id_t)env, 0, 0) >= 0);
    CHECK(await_state((env_id_t)env, 0, EXO_ACT_STOPPED));
    EQ(LINES[COM1_LINE].users, 0);
    EQ(bind(COM1_LINE, (env_id_t)env, plain), E(ENV));
    struct exo_irq_spec shared = {.flags = EXO_IRQ_SHARED};
    for (unsigned i = 0; i < EXO_LINE_USERS; i++)
        EQ(bind(COM1_LINE, 0, shared), 0);
    EQ(bind(COM1_LINE, 0, shared), E(LIMIT));
    EQ(bind(COM1_LINE, 0, plain), E(BUSY));
    EQ(exo_irq_bind(0, COM1_LINE, 0, 0, NULL), 0);
    EQ(LINES[COM1_LINE].users, 0);
    events_take();
}

/* Unmasks it. An 8259 keeps an edge that came while the line was masked. */
static void settle(uint32_t line)
{
    do
        EQ(exo_irq_ack(line), 0);
    while (interrupted(1));
    EQ(LINES[line].masked, 0);
}

/* Masked from the start, and by the call. */
void test_irq_mask(void)
{
    if (!com1_here())
        return;
    events_take();
    EQ(bind(COM1_LINE, 0, (struct exo_irq_spec){.flags = EXO_IRQ_MASKED}), 0);
    EQ(LINES[COM1_LINE].masked, 1);
    port_start(COM1);
    CHECK(!interrupted(3));
    port_stop(COM1);
    settle(COM1_LINE);
    port_start(COM1);
    CHECK(interrupted(1000));
    port_stop(COM1);
    settle(COM1_LINE);
    EQ(exo_irq_mask(COM1_LINE), 0);
    port_start(COM1);
    CHECK(!interrupted(3));
    port_stop(COM1);
    EQ(unbind(COM1_LINE), 0);
    EQ(exo_port_bind(0, 0, 0, 0), 0);
    events_take();
}

/* On every CPU with every priority. Which CPU took it the trace tells. */
void test_irq_route(void)
{
    if (!com1_here())
        return;
    EQ(exo_trace_set(0, 1u << EXO_TRACE_IRQ), 0);
    for (uint32_t cpu = 0; cpu < INFO->cpus; cpu++)
        for (uint32_t priority = 0; priority < EXO_IRQ_PRIORITIES; priority += 5) {
            const volatile struct exo_trace *ring = (const volatile struct exo_trace *)EXO_PUB_TRACE + cpu * INFO->trace_records;
            uint32_t before = 0, after = 0;
            for (uint32_t i = 0; i < INFO->trace_records; i++)
                before += ring[i].seq && ring[i].kind == EXO_TRACE_IRQ && ring[i].code == COM1_LINE;
            events_take();
            EQ(bind(COM1_LINE, 0, (struct exo_irq_spec){.cpu = cpu, .priority = priority}), 0);
            EQ(LINES[COM1_LINE].cpu, cpu);
            EQ(LINES[COM1_LINE].priority, priority);
            port_start(COM1);
            CHECK(interrupted(1000));
            port_stop(COM1);
            EQ(unbind(COM1_LINE), 0);
            for (uint32_t i = 0; i < INFO->trace_records; i++)
                after += ring[i].seq && ring[i].kind == EXO_TRACE_IRQ && ring[i].code == COM1_LINE;
            CHECK(after > before);
        }
    EQ(exo_trace_set(0, 0), 0);
    EQ(exo_port_bind(0, 0, 0, 0), 0);
    events_take();
}

/* A class has sixteen vectors. */
void test_irq_classes(void)
{
    uint32_t bound = 0, there = 0;
    struct exo_irq_spec masked = {.flags = EXO_IRQ_MASKED, .priority = 3};
    for (uint32_t line = 0; line < INFO->lines; line++) {
        int64_t result = LINES[line].valid ? bind(line, 0, masked) : E(NODEV);
        if (result == E(NODEV) || result == E(BUSY)) /* a driver of the kernel has it */
            continue;
        there++;
        bound += result == 0;
        if (result != 0)
            EQ(result, E(LIMIT));
    }
    CHECK(there > 10);
    EQ(bound, there > 16 ? 16 : there);
    for (uint32_t line = 0, more = 0; line < INFO->lines; line++) /* the others still fit elsewhere */
        if (LINES[line].valid && !LINES[line].users) {
            masked.priority = 4 + more++ / 16;
            int64_t result = bind(line, 0, masked);
            CHECK(result == 0 || result == E(BUSY));
        }
    for (uint32_t line = 0; line < INFO->lines; line++)
        if (LINES[line].users)
            EQ(unbind(line), 0);
}

/* A neighbour on the line: acknowledges when `done` says so. */
static volatile uint32_t neighbour_seen, neighbour_may;

static void neighbour(void *line)
{
    for (;;) {
        exo_wait(NULL, 0, EXO_FOREVER);
        if (!(events_take() & EXO_EVENT_IRQ))
            continue;
        neighbour_seen++;
        while (!neighbour_may)
            exo_wait(NULL, 0, now_ns() + MS / 4);
        neighbour_may--;
        EQ(exo_irq_ack((uint32_t)(uint64_t)line), 0);
        done++;
    }
}

static bool await_masked(uint32_t line, uint8_t masked)
{
    uint64_t give_up = now_ns() + 5000 * MS;
    while (LINES[line].masked != masked && now_ns() < give_up)
        sleep_ns(MS / 4);
    return LINES[line].masked == masked;
}

/* Both see each interrupt; the line goes on when both have acknowledged, or the other one has died. */
void test_irq_shared(void)
{
    uint32_t base;
    const volatile struct exo_device *card = card_here(&base);
    struct exo_irq_spec shared = {.flags = EXO_IRQ_SHARED, .index = 1, .cpu = irq_cpu()};
    if (!card)
        return;
    uint32_t line = card->irq, *count = &act_here()->irq_count[1], start = *count;
    neighbour_seen = neighbour_may = done = 0;
    events_take();
    int64_t env = child_make(0, "neighbour");
    EQ(child_act((env_id_t)env, neighbour, (void *)(uint64_t)line), 0);
    EQ(bind(line, (env_id_t)env, shared), 0);
    EQ(bind(line, 0, shared), 0);
    EQ(LINES[line].users, 2);
    CHECK(child_slice((env_id_t)env, 0, 0) >= 0);
    for (uint32_t i = 1; i <= 4; i++) {
        uint32_t port = base + (i & 1 ? 0 : SECOND);
        port_start(port);
        CHECK(interrupted(2000));
        CHECK(await(&neighbour_seen, i));
        EQ(*count, start + i);
        EQ(LINES[line].masked, 1);
        port_stop(port);
        EQ(exo_irq_ack(line), 0);
        sleep_ns(MS);
        EQ(LINES[line].masked, 1); /* the neighbour has not yet */
        neighbour_may = 1;
        CHECK(await(&done, i) && await_masked(line, 0));
    }
    port_start(base); /* it dies without an acknowledgement */
    CHECK(interrupted(2000));
    CHECK(await(&neighbour_seen, 5));
    port_stop(base);
    EQ(exo_irq_ack(line), 0);
    EQ(LINES[line].masked, 1);
    children_end();
    EQ(LINES[line].users, 1);
    EQ(LINES[line].masked, 0);
    port_start(base);
    CHECK(interrupted(2000));
    port_stop(base);
    EQ(unbind(line), 0);
    EQ(exo_port_bind(0, 0, 0, 0), 0);
    events_take();
}

/* A device that never stops. Acknowledged as fast as can be, it interrupts at most once a gap; without one, often. */
enum { OFTEN = 20 };

static uint64_t storm(uint32_t line, uint64_t gap_ns, uint64_t *refused)
{
    events_take();
    EQ(bind(line, 0, (struct exo_irq_spec){.gap_ns = gap_ns}), 0);
    uint64_t enough = LINES[line].interrupts + (gap_ns ? 2 : OFTEN), start = LINES[line].interrupts, begin = now_ns();
    while (now_ns() - begin < 20 * MS || (LINES[line].interrupts < enough && now_ns() - begin < 1000 * MS)) {
        int64_t result = exo_irq_ack(line);
        *refused += result == E(AGAIN);
        if (result && !CHECK(result == E(AGAIN)))
            break;
    }
    uint64_t seen = LINES[line].interrupts - start, took = now_ns() - begin;
    EQ(unbind(line), 0);
    if (gap_ns)
        CHECK(seen <= took / gap_ns + 2);
    events_take();
    return seen;
}

void test_irq_storm(void)
{
    uint32_t base;
    uint64_t refused = 0;
    const volatile struct exo_device *card = card_here(&base);
    if (!card)
        return;
    port_start(base);
    uint64_t wild = storm(card->irq, 0, &refused);
    EQ(refused, 0);
    CHECK(wild >= OFTEN);
    uint64_t tame = storm(card->irq, 2 * MS, &refused);
    CHECK(refused > 0 && tame >= 2);
    /* the time to come back is published */
    EQ(bind(card->irq, 0, (struct exo_irq_spec){.gap_ns = 5 * MS}), 0);
    for (unsigned i = 0; i < 3; i++) {
        CHECK(interrupted(2000));
        sleep_ns(LINES[card->irq].last_ns + LINES[card->irq].gap_ns - now_ns() + 1000);
        EQ(exo_irq_ack(card->irq), 0);
    }
    port_stop(base);
    EQ(unbind(card->irq), 0);
    EQ(exo_port_bind(0, 0, 0, 0), 0);
    events_take();
}

/* The storm of one environment, with a gap that its controller chose, leaves others their time. */
static volatile uint64_t progress;

static void canary(void *arg)
{
    (void)arg;
    for (;;)
        progress++;
}

static void stormer(void *line)
{
    for (;;)
        (void)exo_irq_ack((uint32_t)(uint64_t)line);
}

static uint64_t progress_in(uint64_t ms)
{
    uint64_t start = progress, begin = now_ns();
    sleep_ns(ms * MS);
    return (progress - start) * MS / ((now_ns() - begin) / 1000 + 1);
}

void test_irq_storm_canary(void)
{
    uint32_t base;
    const volatile struct exo_device *card = card_here(&base);
    if (!card)
        return;
    progress = 0;
    child_run(canary, NULL, 0);
    int64_t env = child_make(0, "stormer");
    EQ(child_act((env_id_t)env, stormer, (void *)(uint64_t)card->irq), 0);
    CHECK(child_slice((env_id_t)env, 0, 0) >= 0);
    uint64_t before = progress_in(60);
    EQ(bind(card->irq, (env_id_t)env, (struct exo_irq_spec){.gap_ns = MS}), 0);
    port_start(base);
    uint64_t interrupts = LINES[card->irq].interrupts, during = progress_in(60);
    CHECK(LINES[card->irq].interrupts > interrupts);
    CHECK(before && during > before / 4); /* the host's load is in both */
    port_stop(base);
    children_end();
    EQ(LINES[card->irq].users, 0);
    EQ(exo_port_bind(0, 0, 0, 0), 0);
}
