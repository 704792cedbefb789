/* SPDX-License-Identifier: MIT
 *
 * layout.h: the kernel half of the address space, above the published tables (exokernel/abi/map.h), and the boundaries
 * of the kernel's image (boot/kernel.ld). Every address space has the same kernel half; it is made once (kpaging.c).
 *
 *   slot 272 .. 507   direct map: physical address p is at DIRECT_BASE + p, for all RAM; NX; text and rodata R
 *   slot 508          per-CPU stacks, guard pages between
 *   slot 509          device registers, uncached
 *   slot 511          kernel image
 */
#ifndef X86_LAYOUT_H
#define X86_LAYOUT_H

#include "types.h"

#define DIRECT_BASE 0xffff880000000000ull
#define DIRECT_END 0xfffffe0000000000ull
#define STACKS_BASE 0xfffffe0000000000ull
#define MMIO_BASE 0xfffffe8000000000ull
#define MMIO_END 0xffffff0000000000ull
#define KERNEL_BASE 0xffffffff80000000ull

/* Each CPU's part of slot 508: stacks grow down, the page below each is never mapped.
 *   offset 0x0000  guard page, then up to 0x5000: kernel stack
 *   offset 0x5000  guard page, then up to 0x8000: IST 1 (NMI); the others follow at the same distance
 * The last 16 bytes of an IST stack hold the address of the CPU's struct cpu. */
enum {
    STACK_GUARD_BYTES = 0x1000,
    KERNEL_STACK_BYTES = 0x4000,
    IST_STACK_BYTES = 0x2000,
    IST_TOP_BYTES = 16,
    CPU_STACKS_STRIDE = 0x20000,
};
enum { IST_NMI = 1, IST_DEBUG, IST_MACHINE_CHECK, IST_DOUBLE_FAULT, IST_COUNT = IST_DOUBLE_FAULT };

static inline vaddr_t kernel_stack_top(uint32_t cpu)
{
    return STACKS_BASE + (vaddr_t)cpu * CPU_STACKS_STRIDE + STACK_GUARD_BYTES + KERNEL_STACK_BYTES;
}

static inline vaddr_t ist_stack_top(uint32_t cpu, uint32_t ist)
{
    return kernel_stack_top(cpu) + (vaddr_t)ist * (STACK_GUARD_BYTES + IST_STACK_BYTES);
}

/* Any physical address of RAM, as the kernel reaches it. */
static inline void *phys_to_virt(paddr_t address)
{
    return (void *)(DIRECT_BASE + address);
}

/* The inverse, for pointers into the direct map and into the kernel's image. */
static inline paddr_t virt_to_phys(const void *pointer)
{
    vaddr_t address = (vaddr_t)pointer;
    return address >= KERNEL_BASE ? address - KERNEL_BASE : address - DIRECT_BASE;
}

/* boot/kernel.ld. boot_start and boot_end are physical addresses. */
extern char boot_start[], boot_end[];
extern char image_start[], image_end[];
extern char text_start[], text_end[], rodata_start[], rodata_end[];
extern char data_start[], data_end[], ksyms_start[], ksyms_end[];

_Static_assert(CPU_STACKS_STRIDE >= STACK_GUARD_BYTES + KERNEL_STACK_BYTES +
                                        IST_COUNT * (STACK_GUARD_BYTES + IST_STACK_BYTES), "stacks");

#endif
