/* SPDX-License-Identifier: MIT
 *
 * phys.h: physical memory at boot, before there is a frame table: which RAM is used already, and an allocator that only
 * ever gives. CPU 0 alone. What is left is handed to the frame table once (phys_early_each_free) and never asked again.
 */
#ifndef EXOKERNEL_PHYS_H
#define EXOKERNEL_PHYS_H

#include "bootinfo.h"
#include "types.h"

enum { PHYS_RANGES_MAX = 160, PHYS_LOW_BYTES = 1 << 20 };

/* Physical address p is reached at p + phys_window: 0 in the early page tables, DIRECT_BASE in the final ones. */
extern uint64_t phys_window;

/* All usable RAM of *boot is free, but for frame 0, the image [image, image_end) and the modules. */
void phys_init(const struct boot_info *boot, paddr_t image, paddr_t image_end);

/* Zeroed frames in one run, the first aligned to `align` frames (a power of two): the lowest that there are above 1 MiB.
 * Panics if there are none: a machine too small to boot. */
paddr_t phys_early_alloc(size_t frames);
paddr_t phys_early_alloc_aligned(size_t frames, size_t align);

/* Is this page RAM that nothing uses? Below 1 MiB it stays so (smp.c borrows one there). */
bool phys_is_free(paddr_t page);

/* Memory that was taken becomes free again (the .boot sections of the image). */
void phys_early_free(paddr_t base, paddr_t end);

/* Calls each(first frame, count) for what is free within [base, base + bytes). Afterwards no early allocation is allowed. */
void phys_early_each_free(paddr_t base, uint64_t bytes, void (*each)(frame_t first, uint32_t count));

/* Bytes of usable RAM in all. */
uint64_t phys_total_bytes(void);

#endif
