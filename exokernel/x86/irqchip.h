/* SPDX-License-Identifier: MIT
 *
 * irqchip.h: interrupt lines, interrupts between CPUs, and the one-shot timer, whatever the controllers are: local and
 * I/O APICs, or the 8259 pair and the 8254 where there are none (or the command line says noapic).
 *
 * A line is a global system interrupt (GSI) of ACPI; with the 8259 pair it is an ISA line. Vectors are in trap.h; their
 * upper four bits are the class, by which the local APIC says which of several waiting interrupts comes first (Intel SDM
 * vol 3 §10.8.3). A line has a vector of the class that its binder chose (irq_line_place), 16 lines a class at most:
 *   0x3x .. 0xdx  device lines, priorities 0 .. 10 of exo_irq_spec
 *   0xe0  timer           0xf0 reschedule   0xf1 TLB shootdown   0xff spurious
 */
#ifndef X86_IRQCHIP_H
#define X86_IRQCHIP_H

#include <stdbool.h>
#include <stdint.h>

#include "x86/trap.h"

struct boot_info;

/* Boot, once, after acpi_init; and each CPU (the first one too, after irqchip_init). */
void irqchip_init(const struct boot_info *boot);
void irqchip_init_cpu(void);

/* Are there APICs, and so more than one CPU? */
bool irqchip_has_apic(void);

/* Lines. Level-triggered lines stay pending while they are masked. kernel_lock held after boot. */
bool irq_line_valid(uint32_t line);
void irq_line_mask(uint32_t line);
void irq_line_unmask(uint32_t line);

/* Gives a line, which is masked, to a CPU with a priority (below EXO_IRQ_PRIORITIES). 0, -EXO_E_LIMIT (all vectors of the
 * class are in use), -EXO_E_NODEV (8259: CPU 0 alone). And its vector is free for others again. */
int irq_line_place(uint32_t line, uint32_t cpu, uint32_t priority);
void irq_line_unplace(uint32_t line);

/* The line of an ISA interrupt (ACPI may have moved it). */
uint32_t isa_irq_to_line(uint32_t irq);

/* How the devices on a line drive it, where the firmware's tables do not say (irq_line_known). Boot; the line is masked. */
bool irq_line_known(uint32_t line);
void irq_line_configure(uint32_t line, bool level, bool low);

/* An interrupt with this vector came: acknowledges it and calls its hook (trap.h). Called by trap(). */
void irqchip_interrupt(uint32_t vector);

/* Sends an interrupt to a CPU by its index; an NMI to all others (panic). */
void ipi_send(uint32_t cpu, uint32_t vector);
void ipi_broadcast_nmi(void);

/* The timer of this CPU interrupts at or soon after deadline_ns (at once, if now_ns is later; ~0: never). With the 8254 it
 * may come earlier: the kernel then arms it again. */
void timer_arm(uint64_t deadline_ns, uint64_t now_ns);

#endif
