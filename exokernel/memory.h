/* SPDX-License-Identifier: MIT
 *
 * memory.h: how the kernel touches frames: through the direct map of all RAM (x86/layout.h).
 */
#ifndef EXOKERNEL_MEMORY_H
#define EXOKERNEL_MEMORY_H

#include "types.h"
#include "x86/layout.h"

static inline void *frame_address(frame_t frame)
{
    return (void *)(DIRECT_BASE + ((uint64_t)frame << EXO_PAGE_BITS));
}

static inline frame_t frame_of(const void *direct_address)
{
    return (frame_t)(((uint64_t)direct_address - DIRECT_BASE) >> EXO_PAGE_BITS);
}

static inline paddr_t frame_paddr(frame_t frame)
{
    return (paddr_t)frame << EXO_PAGE_BITS;
}

/* Fills one page with zeroes. */
static inline void page_clear(void *page)
{
    uint64_t count = EXO_PAGE_BYTES / 8;
    __asm__ volatile("rep stosq" : "+D"(page), "+c"(count) : "a"(0ull) : "memory");
}

#endif
