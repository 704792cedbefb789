/* SPDX-License-Identifier: MIT
 *
 * trap.h: the full frame of registers that trap.asm leaves on the kernel stack, vectors, and the hooks that traps call.
 *
 * Interrupts are off from entry to return. Exceptions of ring 3 do not come here: entry.asm makes upcalls of them (only
 * NMI, #MC and #DF of ring 3 do come). An interrupt of ring 3 ends in sched_trap_exit, which may not return.
 */
#ifndef X86_TRAP_H
#define X86_TRAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct trap_frame {
    uint64_t rax, rbx, rcx, rdx, rsi, rdi, rbp, r8, r9, r10, r11, r12, r13, r14, r15;
    uint64_t vector, error;
    uint64_t rip, cs, rflags, rsp, ss;
};

/* Exceptions, Intel SDM vol 3 §6.3. */
enum {
    VECTOR_DEBUG = 1,
    VECTOR_NMI = 2,
    VECTOR_DOUBLE_FAULT = 8,
    VECTOR_PROTECTION = 13,
    VECTOR_PAGE_FAULT = 14,
    VECTOR_MACHINE_CHECK = 18,
    VECTOR_EXCEPTIONS = 32, /* vectors below this are exceptions */
};

/* Interrupts. The upper four bits are the priority (Intel SDM vol 3 §10.8.3): of those that wait, the highest comes
 * first. TLB shootdowns and reschedules come before the timer, the timer before devices; irqchip.h says which device
 * lines get which of the classes 0x30 to 0xd0. */
enum {
    VECTOR_IRQ_FIRST = 0x30,
    VECTOR_IRQ_LAST = 0xdf,
    VECTOR_TIMER = 0xe0,
    VECTOR_RESCHED = 0xf0,
    VECTOR_SHOOTDOWN = 0xf1,
    VECTOR_SPURIOUS = 0xff,
};

/* From trap.asm, with the frame that it made. Returns to what was interrupted. */
void trap(struct trap_frame *frame);

/* Writes CLAC and STAC over the places that need them (clac.inc). Before kernel text becomes read-only. */
void trap_patch_smap(bool have_smap);

/* What trap.asm makes a gate of: 256 stubs, this far apart. */
enum { TRAP_STUB_BYTES = 16 };
extern char trap_stubs[], trap_traced_stubs[]; /* the second for exceptions alone, while they are traced */

/* Implemented by the kernel's core. Interrupts off, kernel_lock not held. */
void sched_timer(void);
void sched_ipi(void);
void shootdown_ipi(void);
void irq_deliver(uint32_t line);
void sched_trap_exit(const struct trap_frame *frame);

_Static_assert(sizeof(struct trap_frame) == 22 * 8, "trap.asm pushes this");
_Static_assert(offsetof(struct trap_frame, vector) == 15 * 8, "trap.asm pushes this");

#endif
