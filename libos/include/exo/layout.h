/* SPDX-License-Identifier: MIT
 *
 * layout.h: where this libOS puts things in the half of the address space that is its own. Conventions of the library,
 * unknown to the kernel (but for the stack of the first environment); another libOS may choose anything.
 *
 * Session segment and terminal are at the same address in every process of a session, as programs are linked apart.
 */
#ifndef EXO_LAYOUT_H
#define EXO_LAYOUT_H

#define EXO_IMAGE_BASE 0x0000000000400000     /* program image, at most 1 GiB */
#define EXO_IMAGE_END 0x0000000040000000
#define EXO_HEAP_BASE 0x0000000100000000      /* sbrk */
#define EXO_HEAP_END 0x0000010000000000
#define EXO_MMAP_BASE 0x0000010000000000      /* mmap, thread stacks */
#define EXO_MMAP_END 0x0000400000000000
#define EXO_SESSION_BASE 0x0000600000000000   /* session segment */
#define EXO_SESSION_END 0x0000608000000000
#define EXO_TTY_BASE 0x0000610000000000       /* terminal pages shared with the console */
#define EXO_FOREIGN_BASE 0x0000611000000000   /* pages shared with a program of another libOS (apps/foreign) */
#define EXO_BOOT_IMAGE_BASE 0x0000620000000000 /* the boot module, read-only */
#define EXO_START_BASE 0x0000630000000000     /* start block: what the parent passes */
#define EXO_TEMP_BASE 0x0000640000000000      /* short-lived mappings of spawn */
#define EXO_DEVICE_BASE 0x0000650000000000    /* device memory: text screen, framebuffer */
#define EXO_UPCALL_STACKS 0x0000660000000000  /* upcall and fault stacks of activations */
#define EXO_STACK_TOP 0x0000680000000000      /* main thread's stack grows down from here */
#define EXO_INIT_STACK_TOP 0x0000690000000000 /* first environment: 64 KiB made by the kernel */

#endif
