/* SPDX-License-Identifier: MIT
 *
 * desc.h: segment selectors, and the descriptor tables of each CPU (gdt.c, idt.c). Intel SDM vol 3 §3.4, §6.14, §8.7.
 */
#ifndef X86_DESC_H
#define X86_DESC_H

#include "x86/cpu.h"

/* The order of the user's is what SYSRET wants: base + 8 is SS, base + 16 is CS. */
enum {
    SELECTOR_KERNEL_CODE = 0x08,
    SELECTOR_KERNEL_DATA = 0x10,
    SELECTOR_USER32 = 0x18, /* null in effect: SYSRET's base, no 32-bit code runs */
    SELECTOR_USER_DATA = 0x20,
    SELECTOR_USER_CODE = 0x28,
    SELECTOR_TSS = 0x30,
};

/* Loads a GDT of this CPU's own, and its TSS, with the stacks in layout.h; sets GS. cpu->index and cpu->tss are set. */
void gdt_init_cpu(struct cpu *cpu);

/* The one IDT: made by CPU 0, before it has a TSS; loaded by each CPU. */
void idt_init(void);
void idt_load(void);

/* Exceptions of ring 3 call trace_fault on their way, or no longer do. kernel_lock held after boot. */
void idt_trace_faults(bool on);

/* From now on NMI, #DB, #MC and #DF use their own stacks. CPU 0, once it has its TSS. */
void idt_use_stacks(void);

#endif
