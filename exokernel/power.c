/* SPDX-License-Identifier: MIT
 *
 * power.c: off and reset (power.h). ACPI Specification 6.4 §4.8.3.2.1 (PM1 control), §4.8.3.7 (sleep control),
 * §4.8.3.6 (reset register).
 */
#include "power.h"

#include "acpi.h"
#include "ports.h"
#include "bootinfo.h"
#include "log.h"
#include "x86/instr.h"
#include "x86/kpaging.h"

enum { SLEEP_ENABLE = 1 << 13, REDUCED_SLEEP_ENABLE = 1 << 5, RESET_CONTROL = 0xcf9, RESET_NOW = 6 };
enum { KEYBOARD_COMMAND = 0x64, KEYBOARD_PULSE_RESET = 0xfe, SPINS = 100000 };

static uint16_t debug_exit_port;
static volatile uint8_t *sleep_memory, *reset_memory; /* mapped at boot: no time for it later */

static uint16_t parse_port(const char *text)
{
    uint32_t port = 0;
    if (text[0] == '0' && text[1] == 'x')
        text += 2;
    for (; *text; text++) {
        unsigned digit = *text >= '0' && *text <= '9'   ? (unsigned)(*text - '0')
                         : *text >= 'a' && *text <= 'f' ? (unsigned)(*text - 'a' + 10)
                                                        : 16;
        if (digit == 16)
            return 0;
        port = port << 4 | digit;
    }
    return port <= 0xffff ? (uint16_t)port : 0;
}

static volatile uint8_t *map_register(const struct acpi_register *reg)
{
    return reg->space == 0 && reg->address ? mmio_map(reg->address, 1) : NULL;
}

static void forbid(uint64_t port, unsigned n)
{
    if (port)
        ports_forbid((uint16_t)port, (uint16_t)(port + n - 1));
}

void power_init(const struct boot_info *boot)
{
    char value[8];
    if (bootinfo_option(boot->cmdline, "debug-exit", value, sizeof value))
        debug_exit_port = parse_port(value);
    sleep_memory = map_register(&acpi.sleep_control);
    reset_memory = map_register(&acpi.reset);
    forbid(debug_exit_port, 4);
    forbid(acpi.pm1a_control, 4);
    forbid(acpi.pm1b_control, 4);
    forbid(acpi.smi_command, 2);
    forbid(acpi.reset.space == 1 ? acpi.reset.address : 0, 1);
    forbid(acpi.sleep_control.space == 1 ? acpi.sleep_control.address : 0, 1);
}

static void write_register(const struct acpi_register *reg, volatile uint8_t *memory, uint8_t value)
{
    if (reg->space == 1)
        out8((uint16_t)reg->address, value);
    else if (memory)
        *memory = value;
}

void power_debug_exit(uint32_t code)
{
    if (debug_exit_port)
        out32(debug_exit_port, code);
}

static void sleep_s5(void)
{
    if (acpi.hardware_reduced) {
        write_register(&acpi.sleep_control, sleep_memory, (uint8_t)(acpi.s5_type_a << 2 | REDUCED_SLEEP_ENABLE));
        return;
    }
    if (acpi.smi_command && acpi.acpi_enable && !(in16(acpi.pm1a_control) & 1)) {
        out8(acpi.smi_command, acpi.acpi_enable);
        for (unsigned i = 0; i < SPINS && !(in16(acpi.pm1a_control) & 1); i++)
            cpu_pause();
    }
    if (acpi.pm1a_control)
        out16(acpi.pm1a_control, (uint16_t)(acpi.s5_type_a << 10 | SLEEP_ENABLE));
    if (acpi.pm1b_control)
        out16(acpi.pm1b_control, (uint16_t)(acpi.s5_type_b << 10 | SLEEP_ENABLE));
}

_Noreturn void power_off(uint32_t code)
{
    log_notice("power", "off code=%u", code);
    power_debug_exit(code);
    if (acpi.can_sleep)
        sleep_s5();
    log_error("power", "the machine does not switch off by itself: it is safe to do so by hand");
    for (;;)
        __asm__ volatile("cli; hlt");
}

_Noreturn void power_reset(void)
{
    log_notice("power", "reset");
    write_register(&acpi.reset, reset_memory, acpi.reset_value);
    for (unsigned i = 0; i < SPINS; i++)
        cpu_pause();
    out8(RESET_CONTROL, RESET_NOW);
    for (unsigned i = 0; i < SPINS; i++)
        cpu_pause();
    out8(KEYBOARD_COMMAND, KEYBOARD_PULSE_RESET);
    for (unsigned i = 0; i < SPINS; i++)
        cpu_pause();
    static const struct {
        uint16_t limit;
        uint64_t base;
    } __attribute__((packed)) no_idt = {0, 0};
    __asm__ volatile("lidt %0; ud2" : : "m"(no_idt));
    __builtin_unreachable();
}
