/* SPDX-License-Identifier: MIT
 *
 * trap.c: what to do with a trap (trap.h): interrupts go to their hooks, faults of ring 0 to a fix-up or a panic.
 */
#include "x86/trap.h"

#include "panic.h"
#include "trace.h"
#include "x86/instr.h"
#include "x86/irqchip.h"
#include "x86/layout.h"

/* An instruction of ring 0 that may fault, and where to go on then. */
struct fixup {
    uint64_t at, to;
};
extern const struct fixup fixups_start[], fixups_end[]; /* boot/kernel.ld */

/* Three bytes of text that CLAC or STAC replaces (clac.inc). */
struct smap_site {
    uint8_t *at;
    uint64_t instruction;
};
extern const struct smap_site smap_sites_start[], smap_sites_end[];

void trap_patch_smap(bool have_smap)
{
    if (!have_smap)
        return;
    for (const struct smap_site *site = smap_sites_start; site < smap_sites_end; site++)
        for (unsigned i = 0; i < 3; i++)
            site->at[i] = (uint8_t)(site->instruction >> (8 * i));
}

static bool fix_up(struct trap_frame *frame)
{
    for (const struct fixup *fixup = fixups_start; fixup < fixups_end; fixup++)
        if (fixup->at == frame->rip) {
            frame->rip = fixup->to;
            return true;
        }
    return false;
}

static const char *exception_name(uint64_t vector)
{
    static const char *const names[] = {
        "divide error",       "debug exception",    "NMI",
        "breakpoint",         "overflow",           "bound exceeded",
        "invalid opcode",     "no FPU",             "double fault",
        "FPU overrun",        "invalid TSS",        "segment not present",
        "stack fault",        "protection fault",   "page fault",
        "reserved exception", "FPU error",          "alignment check",
        "machine check",      "SIMD error",         "virtualization exception",
        "control protection", "reserved exception",
    };
    return vector < sizeof names / sizeof names[0] ? names[vector] : "reserved exception";
}

static bool in_guard_page(vaddr_t address)
{
    if (address < STACKS_BASE || address >= MMIO_BASE)
        return false;
    uint64_t offset = (address - STACKS_BASE) % CPU_STACKS_STRIDE;
    if (offset < STACK_GUARD_BYTES + KERNEL_STACK_BYTES)
        return offset < STACK_GUARD_BYTES;
    offset -= STACK_GUARD_BYTES + KERNEL_STACK_BYTES;
    return offset % (STACK_GUARD_BYTES + IST_STACK_BYTES) < STACK_GUARD_BYTES;
}

static void exception(struct trap_frame *frame)
{
    uint64_t vector = frame->vector;
    bool user = frame->cs & 3;
    if (vector == VECTOR_NMI && panic_under_way())
        panic_halt();
    if (!user && (vector == VECTOR_PAGE_FAULT || vector == VECTOR_PROTECTION) && fix_up(frame))
        return;
    if (vector == VECTOR_DOUBLE_FAULT && in_guard_page(read_cr2()))
        panic_trap(frame, "kernel stack overflow at %lx", read_cr2());
    if (vector == VECTOR_PAGE_FAULT)
        panic_trap(frame, "page fault in the kernel: %s of %lx, which is %s", frame->error & 2 ? "write" : "read",
                   read_cr2(), frame->error & 1 ? "protected" : "not mapped");
    panic_trap(frame, "%s in %s, error code %lx", exception_name(vector), user ? "ring 3" : "the kernel", frame->error);
}

void trap(struct trap_frame *frame)
{
    if (frame->vector < VECTOR_EXCEPTIONS) {
        exception(frame);
        return;
    }
    trace(EXO_TRACE_INTERRUPT, (uint32_t)frame->vector, 0, 0, 0);
    irqchip_interrupt((uint32_t)frame->vector);
    if (!(frame->cs & 3))
        return;
    sched_trap_exit(frame);
    trace(EXO_TRACE_INTERRUPT_END, (uint32_t)frame->vector, 0, 0, 0);
}
