/* SPDX-License-Identifier: MIT
 *
 * devices.c: tests of irq_bind, irq_ack, port_bind, log_write, clock_set, driver_name and power, with the
 * first serial port (16550, National's data sheet: IER at +1, IIR at +2, MCR at +4, LSR at +5).
 */
#include "runtime.h"
#include "tests.h"

enum { ALL = EXO_RIGHTS_ALL, COM1 = 0x3f8, COM1_LINE = 4, IER = 1, IIR = 2, MCR = 4, LSR = 5 };
enum { IER_TRANSMIT = 2, MCR_INTERRUPTS = 8 };

static uint8_t in8(uint16_t port)
{
    uint8_t value;
    __asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
    return value;
}

static void out8(uint16_t port, uint8_t value)
{
    __asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port));
}

void test_port_bind(void)
{
    uint32_t a = hold(name(0x5a, ALL)), weak = hold((struct exo_cap){.rights = ALL & ~EXO_RIGHT_CONTROL});
    FAULTS(in8(COM1 + LSR), VECTOR_GP);
    FAULTS(out8(0x80, 0), VECTOR_GP);
    EQ(exo_port_bind(a, 0, COM1, 8), E(RIGHTS));
    EQ(exo_port_bind(weak, 0, COM1, 8), E(RIGHTS));
    EQ(exo_port_bind(9, 0, COM1, 8), E(SLOT));
    EQ(exo_port_bind(0, 0x3ff, COM1, 8), E(ENV));
    EQ(exo_port_bind(0, 0, 0x10000, 1), E(ARG));
    EQ(exo_port_bind(0, 0, 0xffff, 2), E(ARG));
    EQ(exo_port_bind(0, 0, 0, 0x10001), E(ARG));
    EQ(exo_port_bind(0, 0, 0x80000000, 1), E(ARG));
    EQ(exo_port_bind(0, 0, 1, 0xffffffff), E(ARG));
    EQ(exo_port_bind(0, 0, COM1, 8), 0);
    CHECK(TRY(in8(COM1 + LSR)));
    CHECK(TRY(in8(COM1)));
    CHECK(TRY(in8(COM1 + 7)));
    FAULTS(in8(COM1 - 1), VECTOR_GP);
    FAULTS(in8(COM1 + 8), VECTOR_GP);
    FAULTS(__asm__ volatile("inl %%dx, %%eax" : : "d"(COM1 + 6) : "rax"), VECTOR_GP); /* two of its bytes are beyond */
    sleep_ns(3 * MS);
    CHECK(TRY(in8(COM1 + LSR))); /* still, after others ran */
    int64_t env = child_make(0, "ports");
    EQ(exo_port_bind(0, (env_id_t)env, COM1 + 7, 1), E(BUSY));
    EQ(exo_port_bind(0, 0, COM1, 0), 0);
    FAULTS(in8(COM1 + LSR), VECTOR_GP);
    EQ(exo_port_bind(0, (env_id_t)env, COM1 + 7, 1), 0);
    EQ(exo_port_bind(0, 0, COM1, 8), E(BUSY));
    children_end();
    EQ(exo_port_bind(0, 0, COM1, 8), 0); /* free with its owner's end */
    EQ(exo_port_bind(0, 0, 0, 0), 0);
}

void test_port_forbidden(void)
{
    static const uint16_t ports[] = {0x00, 0x0f, 0x20, 0x21, 0x40, 0x43, 0x61, 0x70, 0x71, 0x80, 0x92, 0xa0, 0xa1, 0xc0,
                                     0xdf, 0xe9, 0xf4, 0x4d0, 0x4d1, 0x510, 0xcf8, 0xcf9, 0xcfc, 0xcff};
    for (unsigned i = 0; i < sizeof ports / sizeof ports[0]; i++)
        EQ(exo_port_bind(0, 0, ports[i], 1), E(RIGHTS));
    EQ(exo_port_bind(0, 0, 0, 0x10000), E(RIGHTS));
    EQ(exo_port_bind(0, 0, 0xcf0, 0x20), E(RIGHTS));
    unsigned bound = 0;
    int64_t result;
    while ((result = exo_port_bind(0, 0, 0x2000 + 16 * bound, 8)) == 0)
        bound++;
    EQ(result, E(LIMIT));
    EQ(bound, EXO_PORT_RANGES);
    EQ(exo_port_bind(0, 0, 0, 0), 0);
    FAULTS(in8(0x2000), VECTOR_GP);
}

/* An environment that had ports, and one after it on the same CPU that has none. */
static volatile uint32_t port_state[2];

static void port_user(void *arg)
{
    uint64_t i = (uint64_t)arg;
    for (unsigned k = 0; k < 20; k++) {
        port_state[i] = TRY(in8(COM1 + LSR)) ? 1 : 2;
        exo_yield(0, EXO_ACT_ANY);
    }
    park();
}

void test_port_switch(void)
{
    for (uint32_t cpu = 0; cpu < INFO->cpus && cpu < 2; cpu++) {
        port_state[0] = port_state[1] = 0;
        int64_t with = child_make(0, "with");
        EQ(exo_port_bind(0, (env_id_t)with, COM1, 8), 0);
        EQ(child_act((env_id_t)with, port_user, (void *)0), 0);
        CHECK(child_slice((env_id_t)with, 0, cpu) >= 0);
        int64_t without = child_run(port_user, (void *)1, cpu);
        CHECK(await_state((env_id_t)with, 0, EXO_ACT_WAITING) && await_state((env_id_t)without, 0, EXO_ACT_WAITING));
        EQ(port_state[0], 1);
        EQ(port_state[1], 2);
        EQ(exo_env_destroy(0, (env_id_t)with), 0);
        CHECK(await_gone((env_id_t)with));
        without = child_run(port_user, (void *)0, cpu);
        CHECK(await_state((env_id_t)without, 0, EXO_ACT_WAITING));
        EQ(port_state[0], 2);
        children_end();
    }
}

/* The transmitter is empty: it interrupts as soon as it may. */
void test_irq(void)
{
    volatile uint32_t *count = &act_here()->irq_count[2];
    uint32_t start = *count;
    EQ(exo_port_bind(0, 0, COM1, 8), 0);
    if (in8(COM1 + LSR) == 0xff) { /* no serial port */
        EQ(exo_port_bind(0, 0, 0, 0), 0);
        return;
    }
    events_take();
    EQ(exo_irq_bind(0, COM1_LINE, 0, 0, 2), 0);
    out8(COM1 + MCR, MCR_INTERRUPTS);
    out8(COM1 + IER, IER_TRANSMIT);
    EQ(exo_wait(NULL, 0, now_ns() + 1000 * MS), EXO_WAIT_EVENT);
    EQ(events_take(), EXO_EVENT_IRQ);
    EQ(*count, start + 1);
    for (unsigned i = 0; i < 5; i++) {
        (void)in8(COM1 + IIR);
        out8(COM1 + IER, 0);
        EQ(exo_irq_ack(COM1_LINE), 0);
        out8(COM1 + IER, IER_TRANSMIT);
        EQ(exo_wait(NULL, 0, now_ns() + 1000 * MS), EXO_WAIT_EVENT);
        EQ(events_take(), EXO_EVENT_IRQ);
    }
    EQ(*count, start + 6);
    /* masked until it is acknowledged */
    (void)in8(COM1 + IIR);
    out8(COM1 + IER, 0);
    out8(COM1 + IER, IER_TRANSMIT);
    EQ(exo_wait(NULL, 0, now_ns() + 3 * MS), E(TIMEOUT));
    out8(COM1 + IER, 0);
    EQ(exo_irq_bind(0, COM1_LINE, EXO_ENV_NONE, 0, 0), 0);
    EQ(exo_irq_ack(COM1_LINE), E(NODEV));
    EQ(exo_port_bind(0, 0, 0, 0), 0);
    events_take();
}

void test_irq_bad(void)
{
    uint32_t a = hold(name(0x5a, ALL));
    int64_t env = child_make(0, "irq");
    EQ(exo_irq_bind(a, COM1_LINE, 0, 0, 0), E(RIGHTS));
    EQ(exo_irq_bind(9, COM1_LINE, 0, 0, 0), E(SLOT));
    EQ(exo_irq_bind(0, 0xffffffff, 0, 0, 0), E(NODEV));
    EQ(exo_irq_bind(0, 256, 0, 0, 0), E(NODEV));
    EQ(exo_irq_bind(0, 255, EXO_ENV_NONE, 0, 0), E(NODEV));
    EQ(exo_irq_bind(0, COM1_LINE, 0, EXO_ACTS_MAX, 0), E(ARG));
    EQ(exo_irq_bind(0, COM1_LINE, 0, 0, EXO_IRQ_SLOTS), E(ARG));
    EQ(exo_irq_bind(0, COM1_LINE, 0, 1, 0), E(ENV));
    EQ(exo_irq_bind(0, COM1_LINE, 0x3ff, 0, 0), E(ENV));
    EQ(exo_irq_bind(0, COM1_LINE, (env_id_t)env, 0, 0), E(ENV));
    EQ(exo_irq_ack(COM1_LINE), E(NODEV));
    EQ(exo_irq_ack(0xffffffff), E(NODEV));
    EQ(child_act((env_id_t)env, (void (*)(void *))park, NULL), 0);
    EQ(exo_irq_bind(0, COM1_LINE, (env_id_t)env, 0, 0), 0);
    EQ(exo_irq_ack(COM1_LINE), E(RIGHTS));
    EQ(exo_irq_bind(0, COM1_LINE, 0, 0, 0), E(BUSY));
    children_end();
    EQ(exo_irq_ack(COM1_LINE), E(NODEV));
    EQ(exo_irq_bind(0, COM1_LINE, 0, 0, 0), 0);
    EQ(exo_irq_bind(0, COM1_LINE, EXO_ENV_NONE, 0, 0), 0);
}

void test_log_write(void)
{
    static char text[EXO_LOG_TEXT + 8];
    uint32_t a = hold(name(0x5a, ALL)), weak = hold((struct exo_cap){.rights = ALL & ~EXO_RIGHT_WRITE});
    for (unsigned i = 0; i < sizeof text; i++)
        text[i] = (char)('a' + i % 26);
    EQ(exo_log_write(0, EXO_LOG_DEBUG, text, EXO_LOG_TEXT - 1), 0);
    EQ(exo_log_write(0, EXO_LOG_DEBUG, text, EXO_LOG_TEXT), E(ARG));
    EQ(exo_log_write(0, EXO_LOG_DEBUG, text, 0xffffffff), E(ARG));
    EQ(exo_log_write(0, EXO_LOG_DEBUG + 1, text, 1), E(ARG));
    EQ(exo_log_write(0, 0xffffffff, text, 1), E(ARG));
    EQ(exo_log_write(a, EXO_LOG_DEBUG, text, 1), E(RIGHTS));
    EQ(exo_log_write(weak, EXO_LOG_DEBUG, text, 1), E(RIGHTS));
    EQ(exo_log_write(9, EXO_LOG_DEBUG, text, 1), E(SLOT));
    EQ(exo_log_write(0, EXO_LOG_DEBUG, text, 0), 0);
    /* the record is published, without control characters */
    EQ(exo_log_write(0, EXO_LOG_NOTICE, "log\ntest \x1b[1m%s", 15), 0);
    const volatile struct exo_log *log = (const volatile struct exo_log *)EXO_PUB_LOG;
    const volatile struct exo_log *last = &log[0];
    for (uint32_t i = 0; i < INFO->log_records; i++)
        if (log[i].seq > last->seq)
            last = &log[i];
    EQ(last->env, act_here()->env);
    EQ(last->level, EXO_LOG_NOTICE);
    EQ(last->bytes, 15);
    static const char shown[] = "log?test ?[1m%s";
    for (unsigned i = 0; i < 15; i++)
        EQ(last->text[i], shown[i]);
}

void test_clock_set(void)
{
    uint32_t a = hold(name(0x5a, ALL)), weak = hold((struct exo_cap){.rights = ALL & ~EXO_RIGHT_CONTROL});
    int64_t offset = CLOCK->unix_offset_ns;
    uint64_t unix_ns = now_ns() + (uint64_t)offset, wanted = 1700000000ull * 1000000000;
    EQ(exo_clock_set(a, wanted), E(RIGHTS));
    EQ(exo_clock_set(weak, wanted), E(RIGHTS));
    EQ(exo_clock_set(9, wanted), E(SLOT));
    EQ(CLOCK->unix_offset_ns, offset);
    EQ(exo_clock_set(0, wanted), 0);
    uint64_t now = now_ns() + (uint64_t)CLOCK->unix_offset_ns;
    CHECK(now >= wanted && now < wanted + 1000 * MS);
    EQ(exo_clock_set(0, unix_ns), 0);
}

void test_clock_monotonic(void)
{
    uint64_t last = now_ns();
    CHECK(CLOCK->tsc_hz > 1000000);
    for (unsigned i = 0; i < 20000; i++) {
        uint64_t now = now_ns();
        if (now < last && !CHECK(now >= last))
            return;
        last = now;
    }
}

void test_driver_name(void)
{
    uint32_t a = hold(name(0x5a, ALL));
    static const char text[16] = "kernel-tests";
    EQ(exo_driver_name(0, INFO->devices, text), E(ARG));
    EQ(exo_driver_name(0, 0xffffffff, text), E(ARG));
    EQ(exo_driver_name(a, 0, text), E(RIGHTS));
    EQ(exo_driver_name(9, 0, text), E(SLOT));
    if (!INFO->devices)
        return;
    char old[16];
    for (unsigned i = 0; i < 16; i++)
        old[i] = DEVICES[0].driver[i];
    EQ(exo_driver_name(0, 0, text), 0);
    for (unsigned i = 0; i < 12; i++)
        EQ(DEVICES[0].driver[i], text[i]);
    EQ(exo_driver_name(0, 0, old), 0);
}

void test_power_rights(void)
{
    uint32_t a = hold(name(0x5a, ALL)), weak = hold((struct exo_cap){.rights = ALL & ~EXO_RIGHT_CONTROL});
    EQ(exo_power(a, EXO_POWER_OFF, 0), E(RIGHTS));
    EQ(exo_power(weak, EXO_POWER_RESET, 0), E(RIGHTS));
    EQ(exo_power(9, EXO_POWER_OFF, 0), E(SLOT));
    EQ(exo_power(0, EXO_POWER_RESET + 1, 0), E(ARG));
    EQ(exo_power(0, 0xffffffff, 0), E(ARG));
}
