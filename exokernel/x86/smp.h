/* SPDX-License-Identifier: MIT
 *
 * smp.h: bringing up the CPUs beyond the first. Intel SDM vol 3 §9.4.4 (INIT, start-up IPIs).
 */
#ifndef X86_SMP_H
#define X86_SMP_H

#include <stdint.h>

#include "x86/cpu.h"

/* A page of RAM below 1 MiB that no early allocation may use: each new CPU begins there. */
#define SMP_TRAMPOLINE 0x8000

/* Boot, after acpi_init and irqchip_init: how many CPUs will be used (at most EXO_CPUS_MAX), and cpus[] for them, whose
 * APIC ids come from ACPI. The first is the one that runs. */
void smp_make_cpus(void);

/* Starts the others; each goes through cpu_init to sched_start. One that does not answer is left out of nothing: its slices
 * simply never run, and the log says so. After core_init. */
void smp_start(void);

/* What every CPU does first with its own struct (cpu.c): descriptor tables, control registers, extended state. */
void cpu_init(struct cpu *cpu);

#endif
