/* SPDX-License-Identifier: MIT
 *
 * map.h: the virtual addresses that the kernel fixes, as plain numbers that C and (through gen.py) NASM share.
 *
 *   PML4 slot
 *   0 .. 253   the libOS's own; what it puts where is in libos/include/exo/layout.h
 *   254        window: the environment's own page tables, read-only (recursive slot)
 *   255        activations: pinned pages of this environment's virtual CPUs
 *   256        published tables, read-only, the same in every environment
 *   257 ..     the kernel's, never readable from ring 3
 *
 * The last page below the canonical boundary is never mapped, so that no SYSCALL can stand right before it and SYSRET
 * never meets a non-canonical address (Intel SDM vol 2 SYSRET).
 */
#ifndef EXO_ABI_MAP_H
#define EXO_ABI_MAP_H

#define EXO_PAGE_BITS 12
#define EXO_PAGE_BYTES 4096

/* First address that a libOS may not map itself. */
#define EXO_USER_TOP 0x00007f0000000000

/* The first environment starts with this much stack below this address; it may unmap it. */
#define EXO_INIT_STACK_TOP 0x0000690000000000
#define EXO_INIT_STACK_BYTES 0x10000

/* Window: the page-table entry of address va is at EXO_WINDOW_PT + (va >> 12) * 8, and so on upwards. Look at the PS bit
 * of the level above before reading one below: the "table" of a 2 MiB page is that page's own data. */
#define EXO_WINDOW_PT 0x00007f0000000000
#define EXO_WINDOW_PD 0x00007f3f80000000
#define EXO_WINDOW_PDPT 0x00007f3f9fc00000
#define EXO_WINDOW_PML4 0x00007f3f9fcfe000

/* Activation i: its struct exo_activation, followed by its context slots, one page each. */
#define EXO_ACT_BASE 0x00007f8000000000
#define EXO_ACT_STRIDE 0x100000

/* Published tables (info.h). */
#define EXO_PUB_INFO 0xffff800000000000
#define EXO_PUB_CLOCK 0xffff800000001000
#define EXO_PUB_CMDLINE 0xffff800000002000
#define EXO_PUB_ENVS 0xffff800040000000
#define EXO_PUB_SLICES 0xffff800080000000
#define EXO_PUB_DEVICES 0xffff8000c0000000
#define EXO_PUB_LOG 0xffff800100000000
#define EXO_PUB_TRACE 0xffff800140000000
#define EXO_PUB_QUOTAS 0xffff800180000000
#define EXO_PUB_FREE 0xffff8001c0000000
#define EXO_PUB_LINES 0xffff8001e0000000
#define EXO_PUB_PORTS 0xffff8001f0000000
#define EXO_PUB_FRAMES 0xffff800200000000

#endif
