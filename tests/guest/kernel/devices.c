/* SPDX-License-Identifier: MIT
 *
 * devices.c: tests of port_bind, log_write, clock_set, driver_name and power, with the first serial port (LSR at +5).
 */
#include "runtime.h"
#include "tests.h"

enum { ALL = EXO_RIGHTS_ALL, COM1 = 0x3f8, LSR = 5 };

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
    const volatile struct exo_ports *ports = &PORTS[act_here()->env % EXO_ENVS_MAX];
    EQ(ports->env, act_here()->env);
    EQ(ports->ranges, 1);
    EQ(ports->range[0].first, COM1);
    EQ(ports->range[0].last, COM1 + 7);
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
    EQ(ports->ranges, 0);
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

/* The registers of devices that read and write memory by themselves are nobody's; a serial port has no such power. */
void test_port_pci(void)
{
    for (uint32_t i = 0; i < INFO->devices; i++) {
        const volatile struct exo_device *device = &DEVICES[i];
        bool serial = device->class_code >> 8 == 0x0700 || device->class_code >> 8 == 0x0701;
        if (device->bus != EXO_DEV_PCI)
            continue;
        for (unsigned k = 0; k < 6; k++) {
            if (device->range[k].kind != EXO_RANGE_PORTS)
                continue;
            uint32_t first = (uint32_t)device->range[k].base, n = (uint32_t)device->range[k].bytes;
            EQ(exo_port_bind(0, 0, first, n), serial ? 0 : E(RIGHTS));
            if (serial)
                continue;
            EQ(exo_port_bind(0, 0, first + n - 1, 1), E(RIGHTS));
            EQ(exo_port_bind(0, 0, first - 1, 2), E(RIGHTS));
            FAULTS(in8((uint16_t)first), VECTOR_GP);
        }
    }
    EQ(exo_port_bind(0, 0, 0, 0), 0);
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

/* An environment that runs while it is ended keeps its ports until no CPU has them open any more. */
static void port_hog(void *arg)
{
    port_state[0] = 1;
    while (TRY(in8(COM1 + LSR)))
        ;
    park();
    (void)arg;
}

void test_port_owner_ends(void)
{
    for (unsigned round = 0; round < 5; round++) {
        port_state[0] = 0;
        int64_t env = child_make(0, "hog");
        EQ(exo_port_bind(0, (env_id_t)env, COM1, 8), 0);
        EQ(child_act((env_id_t)env, port_hog, NULL), 0);
        CHECK(child_slice((env_id_t)env, 0, INFO->cpus - 1) >= 0);
        CHECK(await(&port_state[0], 1));
        EQ(exo_env_destroy(0, (env_id_t)env), 0);
        int64_t result;
        uint64_t give_up = now_ns() + 5000 * MS;
        while ((result = exo_port_bind(0, 0, COM1, 8)) == E(BUSY) && now_ns() < give_up)
            sleep_ns(MS / 8);
        EQ(result, 0);
        CHECK(env_info((env_id_t)env)->state == EXO_ENV_FREE);
        EQ(exo_port_bind(0, 0, COM1, 0), 0);
        children_end();
    }
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
