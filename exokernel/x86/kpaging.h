/* SPDX-License-Identifier: MIT
 *
 * kpaging.h: the kernel half of every address space, made once at boot (map: layout.h). CPU 0 alone, before the frame
 * table is made; afterwards nothing here changes, so it is never shot down.
 *
 * No page of it is writable and executable; text and read-only data are read-only in the direct map too. Every page is
 * global and U=0, but for the published ones (U=1, read-only, in all address spaces).
 */
#ifndef X86_KPAGING_H
#define X86_KPAGING_H

#include "phys.h"
#include "x86/features.h"

/* Makes the page tables: image, direct map of all RAM in *boot. CPU 0's stacks are mapped too. */
void kpaging_init(const struct boot_info *boot);

/* Loads them, goes on at `entry` on the kernel stack of CPU 0. */
_Noreturn void kpaging_enter(void (*entry)(void));

/* Backs the stacks of a CPU (layout.h). */
void kpaging_map_stacks(uint32_t cpu);

/* A published table: zeroed frames, mapped read-only for everybody at a page-aligned address in slot 256. Returns the
 * kernel's writable address. */
void *publish_area(vaddr_t address, size_t bytes);

/* Device registers, uncached. Physical addresses need not be aligned. Panics if the window is full. */
void *mmio_map(paddr_t address, size_t bytes);

/* Memory of the firmware: through the direct map if it is RAM that is mapped there, else like device registers. */
const void *firmware_map(paddr_t address, size_t bytes);

/* The top-level table; entries 256 to 511 are what every address space has. */
const uint64_t *kernel_pml4(void);
paddr_t kernel_pml4_paddr(void);

/* The bit that forbids execution, or 0 where the CPU has none. */
static inline uint64_t pte_nx(void)
{
    return (uint64_t)features.nx << 63;
}

/* All bits of an entry but that one where it is reserved. Set by kpaging_init. */
extern uint64_t pte_bits;

#endif
