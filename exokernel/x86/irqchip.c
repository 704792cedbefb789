/* SPDX-License-Identifier: MIT
 *
 * irqchip.c: one face for both kinds of interrupt controllers (irqchip.h).
 */
#include "x86/irqchip.h"

#include "acpi.h"
#include "bootinfo.h"
#include "exo_calls.h"
#include "ioapic.h"
#include "lapic.h"
#include "log.h"
#include "pic8259.h"
#include "pit8254.h"
#include "x86/clock.h"
#include "x86/cpu.h"

enum { LINES = VECTOR_IRQ_LAST - VECTOR_IRQ_FIRST + 1, ISA_IRQS = 16, PIT_LINE = 0 };
#define TIMER_MAX_NS 3600000000000ull

static bool apic;

/* Lines and the vectors (from VECTOR_IRQ_FIRST on) that they have: each table is the other's inverse. */
static struct line {
    uint8_t vector;
    uint8_t cpu;
    bool placed, level, low;
} lines[LINES];
static uint8_t vector_line[LINES];
_Static_assert((unsigned)LINES == 16 * EXO_IRQ_PRIORITIES, "a class has 16 vectors");

bool irqchip_has_apic(void)
{
    return apic;
}

uint32_t isa_irq_to_line(uint32_t irq)
{
    for (unsigned i = 0; apic && i < acpi.overrides; i++)
        if (acpi.override[i].irq == irq)
            return acpi.override[i].line;
    return irq;
}

static void route(uint32_t line)
{
    const struct line *l = &lines[line];
    ioapic_route(line, (uint8_t)(VECTOR_IRQ_FIRST + l->vector), cpus[l->cpu]->lapic_id, l->level, l->low);
}

static void configure(uint32_t line, bool level, bool low)
{
    lines[line].level = level;
    lines[line].low = low;
    route(line);
}

static void route_all(void)
{
    for (uint32_t line = 0; line < LINES; line++)
        configure(line, line >= ISA_IRQS, line >= ISA_IRQS); /* ISA: edge, high; beyond: as PCI */
    for (unsigned i = 0; i < acpi.overrides; i++)
        if (acpi.override[i].line < LINES)
            configure(acpi.override[i].line, acpi.override[i].level, acpi.override[i].low);
}

void irqchip_init(const struct boot_info *boot)
{
    char value[8];
    bool forced_off = bootinfo_option(boot->cmdline, "noapic", value, sizeof value);
    pic_init(VECTOR_IRQ_FIRST);
    for (unsigned line = 0; line < LINES; line++)
        lines[line].vector = vector_line[line] = (uint8_t)line;
    apic = !forced_off && lapic_present() && acpi.ioapics > 0 && acpi.lapic_address;
    if (!apic) {
        log_info("irq", "controller=8259 timer=8254%s", forced_off ? " reason=noapic" : "");
        lapic_pass_8259(VECTOR_SPURIOUS);
        pic_unmask(PIT_LINE);
        return;
    }
    for (unsigned line = 0; line < PIC_LINES; line++)
        pic_mask(line);
    lapic_map(acpi.lapic_address);
    cpus[0]->lapic_id = lapic_id();
    for (unsigned i = 0; i < acpi.ioapics; i++)
        if (!ioapic_add(acpi.ioapic[i].address, acpi.ioapic[i].first_line))
            log_warn("irq", "too many I/O APICs, ignored address=%lx", acpi.ioapic[i].address);
    route_all();
    log_info("irq", "controller=apic ioapics=%u overrides=%u", acpi.ioapics, acpi.overrides);
}

void irqchip_init_cpu(void)
{
    if (apic)
        lapic_init_cpu(VECTOR_SPURIOUS, VECTOR_TIMER);
}

bool irq_line_valid(uint32_t line)
{
    if (line >= LINES)
        return false;
    return apic ? ioapic_has(line) : line < PIC_LINES && line != PIC_CASCADE && line != PIT_LINE;
}

/* Exchanges vectors with the line that has this one. */
static void take_vector(uint32_t line, uint32_t vector)
{
    uint32_t other = vector_line[vector];
    lines[other].vector = lines[line].vector;
    vector_line[lines[line].vector] = (uint8_t)other;
    lines[line].vector = (uint8_t)vector;
    vector_line[vector] = (uint8_t)line;
}

int irq_line_place(uint32_t line, uint32_t cpu, uint32_t priority)
{
    if (!apic)
        return cpu ? -EXO_E_NODEV : 0;
    bool there = lines[line].placed && lines[line].vector / 16 == priority;
    for (uint32_t i = 0; !there && i < 16; i++) {
        uint32_t other = vector_line[16 * priority + i];
        if (other != line && lines[other].placed)
            continue;
        take_vector(line, 16 * priority + i);
        there = true;
    }
    if (!there)
        return -EXO_E_LIMIT;
    lines[line].placed = true;
    lines[line].cpu = (uint8_t)cpu;
    route(line);
    return 0;
}

void irq_line_unplace(uint32_t line)
{
    if (apic)
        lines[line].placed = false;
}

void irq_line_mask(uint32_t line)
{
    if (apic)
        ioapic_mask(line);
    else
        pic_mask(line);
}

void irq_line_unmask(uint32_t line)
{
    if (apic)
        ioapic_unmask(line);
    else
        pic_unmask(line);
}

bool irq_line_known(uint32_t line)
{
    for (unsigned i = 0; i < acpi.overrides; i++)
        if (acpi.override[i].line == line)
            return true;
    return false;
}

void irq_line_configure(uint32_t line, bool level, bool low)
{
    if (apic && line < LINES)
        configure(line, level, low);
}

static void device_interrupt(uint32_t line)
{
    if (apic) {
        irq_deliver(line); /* masks it, so that a level-triggered line does not come again at once */
        lapic_eoi();
        return;
    }
    if (!pic_is_real(line))
        return;
    if (line == PIT_LINE)
        sched_timer();
    else
        irq_deliver(line);
    pic_eoi(line);
}

void irqchip_interrupt(uint32_t vector)
{
    switch (vector) {
    case VECTOR_TIMER:
        lapic_eoi();
        sched_timer();
        break;
    case VECTOR_RESCHED:
        lapic_eoi();
        sched_ipi();
        break;
    case VECTOR_SHOOTDOWN:
        lapic_eoi();
        shootdown_ipi();
        break;
    default:
        if (vector >= VECTOR_IRQ_FIRST && vector <= VECTOR_IRQ_LAST)
            device_interrupt(vector_line[vector - VECTOR_IRQ_FIRST]);
        /* else spurious: no acknowledgement (Intel SDM vol 3 §11.9) */
    }
}

void ipi_send(uint32_t cpu, uint32_t vector)
{
    if (apic)
        lapic_send(cpus[cpu]->lapic_id, (uint8_t)vector);
}

void ipi_broadcast_nmi(void)
{
    if (apic)
        lapic_send_nmi_to_others();
}

static void pit_arm(uint64_t delay_ns)
{
    uint64_t ticks = delay_ns > 50000000 ? 65535 : delay_ns * PIT_HZ / 1000000000 + 1;
    pit_start((uint16_t)(ticks > 65535 ? 65535 : ticks));
}

void timer_arm(uint64_t deadline_ns, uint64_t now_ns)
{
    uint64_t delay = deadline_ns > now_ns ? deadline_ns - now_ns : 0;
    if (delay > TIMER_MAX_NS)
        delay = TIMER_MAX_NS; /* comes earlier, and is armed again: no sum below overflows */
    if (!apic)
        pit_arm(delay);
    else if (lapic_has_deadline)
        lapic_timer_deadline(deadline_ns == ~0ull ? 0 : clock_tsc_after(delay));
    else
        lapic_timer_start(deadline_ns == ~0ull ? 0 : clock_lapic_ticks(delay));
}
