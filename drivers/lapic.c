/* SPDX-License-Identifier: MIT
 *
 * lapic.c: the local APIC (lapic.h). Registers are addressed by their xAPIC offset; in x2APIC mode register n is MSR
 * 0x800 + n / 16, and the interrupt command is one 64-bit write.
 */
#include "lapic.h"

#include "io.h"
#include "x86/instr.h"
#include "x86/kpaging.h"

enum {
    REG_ID = 0x20,
    REG_TPR = 0x80,
    REG_EOI = 0xb0,
    REG_SPURIOUS = 0xf0,
    REG_ICR_LOW = 0x300,
    REG_ICR_HIGH = 0x310,
    REG_LVT_TIMER = 0x320,
    REG_LVT_LINT0 = 0x350,
    REG_LVT_LINT1 = 0x360,
    REG_LVT_ERROR = 0x370,
    REG_TIMER_INITIAL = 0x380,
    REG_TIMER_CURRENT = 0x390,
    REG_TIMER_DIVIDE = 0x3e0,
    REGISTER_BYTES = 0x400,
};
enum {
    LVT_MASKED = 1 << 16,
    LVT_NMI = 4 << 8,
    LVT_EXTINT = 7 << 8,
    LVT_DEADLINE = 2 << 17,
    SPURIOUS_ENABLE = 1 << 8,
    ICR_NMI = 4 << 8,
    ICR_INIT = 5 << 8,
    ICR_STARTUP = 6 << 8,
    ICR_ASSERT = 1 << 14,
    ICR_PENDING = 1 << 12,
    ICR_ALL_OTHERS = 3 << 18,
    DIVIDE_BY_1 = 0xb,
    BASE_X2APIC = 1 << 10,
    BASE_ENABLE = 1 << 11,
    ICR_SPINS = 1000000,
};

#define BASE_ADDRESS 0xffffffffff000ull

static volatile void *registers;
static bool x2apic;
bool lapic_has_deadline;

static uint32_t read(uint32_t reg)
{
    return x2apic ? (uint32_t)rdmsr(0x800 + reg / 16) : mmio_read32(registers, reg);
}

static void write(uint32_t reg, uint32_t value)
{
    if (x2apic)
        wrmsr(0x800 + reg / 16, value);
    else
        mmio_write32(registers, reg, value);
}

bool lapic_present(void)
{
    return cpuid(1, 0).edx >> 9 & 1;
}

void lapic_map(paddr_t address)
{
    x2apic = rdmsr(MSR_APIC_BASE) & BASE_X2APIC;
    lapic_has_deadline = cpuid(1, 0).ecx >> 24 & 1;
    if (!x2apic)
        registers = mmio_map(address, REGISTER_BYTES);
}

void lapic_init_cpu(uint8_t spurious_vector, uint8_t timer_vector)
{
    write(REG_SPURIOUS, SPURIOUS_ENABLE | spurious_vector);
    write(REG_TPR, 0);
    write(REG_LVT_LINT0, LVT_MASKED);
    write(REG_LVT_LINT1, LVT_NMI);
    write(REG_LVT_ERROR, LVT_MASKED);
    write(REG_TIMER_DIVIDE, DIVIDE_BY_1);
    write(REG_LVT_TIMER, timer_vector | (lapic_has_deadline ? LVT_DEADLINE : 0));
}

void lapic_pass_8259(uint8_t spurious_vector)
{
    uint64_t base = lapic_present() ? rdmsr(MSR_APIC_BASE) : 0;
    if (!(base & BASE_ENABLE))
        return;
    lapic_map(base & BASE_ADDRESS);
    write(REG_SPURIOUS, SPURIOUS_ENABLE | spurious_vector);
    write(REG_TPR, 0);
    write(REG_LVT_LINT0, LVT_EXTINT);
    write(REG_LVT_LINT1, LVT_NMI);
}

uint32_t lapic_id(void)
{
    return x2apic ? read(REG_ID) : read(REG_ID) >> 24;
}

void lapic_eoi(void)
{
    write(REG_EOI, 0);
}

static void command(uint32_t id, uint32_t low)
{
    if (x2apic) {
        wrmsr(0x800 + REG_ICR_LOW / 16, (uint64_t)id << 32 | low);
        return;
    }
    for (unsigned i = 0; i < ICR_SPINS && (read(REG_ICR_LOW) & ICR_PENDING); i++)
        cpu_pause();
    write(REG_ICR_HIGH, id << 24);
    write(REG_ICR_LOW, low);
}

void lapic_send(uint32_t id, uint8_t vector)
{
    command(id, ICR_ASSERT | vector);
}

void lapic_send_init(uint32_t id)
{
    command(id, ICR_ASSERT | ICR_INIT);
}

void lapic_send_startup(uint32_t id, uint8_t page)
{
    command(id, ICR_ASSERT | ICR_STARTUP | page);
}

void lapic_send_nmi(uint32_t id)
{
    command(id, ICR_ASSERT | ICR_NMI);
}

void lapic_send_nmi_to_others(void)
{
    command(0, ICR_ALL_OTHERS | ICR_ASSERT | ICR_NMI);
}

void lapic_timer_start(uint32_t ticks)
{
    write(REG_TIMER_INITIAL, ticks);
}

uint32_t lapic_timer_left(void)
{
    return read(REG_TIMER_CURRENT);
}

void lapic_timer_deadline(uint64_t tsc)
{
    wrmsr(MSR_TSC_DEADLINE, tsc);
}
