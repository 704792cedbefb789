/* SPDX-License-Identifier: MIT
 *
 * irqchip.c: one face for both kinds of interrupt controllers (irqchip.h).
 */
#include "x86/irqchip.h"

#include "acpi.h"
#include "bootinfo.h"
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

static void route(uint32_t line, bool level, bool low)
{
    ioapic_route(line, (uint8_t)(VECTOR_IRQ_FIRST + line), cpus[0]->lapic_id, level, low);
}

static void route_all(void)
{
    for (uint32_t line = 0; line < LINES; line++)
        route(line, line >= ISA_IRQS, line >= ISA_IRQS); /* ISA: edge, high; beyond: as PCI */
    for (unsigned i = 0; i < acpi.overrides; i++)
        route(acpi.override[i].line, acpi.override[i].level, acpi.override[i].low);
}

void irqchip_init(const struct boot_info *boot)
{
    char value[8];
    bool forced_off = bootinfo_option(boot->cmdline, "noapic", value, sizeof value);
    pic_init(VECTOR_IRQ_FIRST);
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
        route(line, level, low);
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
            device_interrupt(vector - VECTOR_IRQ_FIRST);
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

void timer_arm(uint64_t deadline_ns)
{
    uint64_t now = clock_now_ns(), delay = deadline_ns > now ? deadline_ns - now : 0;
    if (delay > TIMER_MAX_NS)
        delay = TIMER_MAX_NS; /* comes earlier, and is armed again: no sum below overflows */
    if (!apic) {
        pit_arm(delay);
    } else if (deadline_ns == ~0ull) {
        if (lapic_has_deadline())
            lapic_timer_deadline(0);
        else
            lapic_timer_start(0);
    } else if (lapic_has_deadline()) {
        lapic_timer_deadline(clock_tsc_at(now + delay));
    } else {
        lapic_timer_start(clock_lapic_ticks(delay));
    }
}
