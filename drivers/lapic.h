/* SPDX-License-Identifier: MIT
 *
 * lapic.h: the local APIC of each CPU. Ring 0: it delivers every interrupt and decides when the kernel runs.
 * xAPIC (memory) and x2APIC (MSRs). Intel SDM vol 3 §11.
 */
#ifndef DRIVERS_LAPIC_H
#define DRIVERS_LAPIC_H

#include <stdbool.h>
#include <stdint.h>

#include "types.h"

/* Does this CPU have one? */
bool lapic_present(void);

/* Boot, once: where its registers are (MADT). */
void lapic_map(paddr_t registers);

/* Each CPU: enables it, with its spurious vector, all local interrupts masked but the timer, at priority 0. */
void lapic_init_cpu(uint8_t spurious_vector, uint8_t timer_vector);

/* Instead of both: where the 8259 pair is used on a CPU that has a local APIC, it lets the pair's interrupts and NMIs through,
 * as firmware may not have told it to (MultiProcessor Specification 1.4 §3.6.2.2, virtual wire mode). */
void lapic_pass_8259(uint8_t spurious_vector);

uint32_t lapic_id(void);
void lapic_eoi(void);

/* Sends vector to the CPU with this APIC id; or INIT, or a start-up at page (both Intel SDM vol 3 §9.4.4), or an NMI. */
void lapic_send(uint32_t id, uint8_t vector);
void lapic_send_init(uint32_t id);
void lapic_send_startup(uint32_t id, uint8_t page);
void lapic_send_nmi_to_others(void);
void lapic_send_nmi(uint32_t id);

/* The one-shot timer counts down from ticks (0: stops). What is left. */
void lapic_timer_start(uint32_t ticks);
uint32_t lapic_timer_left(void);

/* TSC-deadline mode, where there is one (Intel SDM vol 3 §11.5.4.1); known after lapic_map. */
extern bool lapic_has_deadline;
void lapic_timer_deadline(uint64_t tsc);

#endif
