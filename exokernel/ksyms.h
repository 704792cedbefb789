/* SPDX-License-Identifier: MIT
 *
 * ksyms.h: names of the kernel's functions, for stack traces. The table is made from the linked kernel by boot/ksyms.py
 * and linked in a second time, in a section of its own behind everything else, so that no address moves. In the first
 * link it is empty. Read-only; may be used anywhere, a panic included.
 */
#ifndef KSYMS_H
#define KSYMS_H

#include <stdint.h>

struct ksym {
    uint32_t offset; /* of the function, from KSYMS_BASE */
    uint32_t name;   /* offset into ksyms_names */
};

/* What offsets count from: the first address of the kernel's PML4 slot. */
#define KSYMS_BASE 0xffffffff80000000ull

extern const uint32_t ksyms_count;       /* entries, sorted by offset, no two alike */
extern const struct ksym ksyms_table[];
extern const char ksyms_names[];         /* strings, each ended by NUL */

/* Name of the function that contains address, and how far into it the address is; NULL: none known. */
const char *ksyms_name(uint64_t address, uint64_t *offset);

#endif
