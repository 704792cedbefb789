/* SPDX-License-Identifier: MIT
 *
 * choose.h: what malloc begins with. Layer: libos/mem/heap, private to it and newlib-port/heap.
 */
#ifndef LIBOS_HEAP_CHOOSE_H
#define LIBOS_HEAP_CHOOSE_H

#include "mem/heap/heap.h"

/* The heap that EXON_HEAP names, or the default; an unknown name ends the program with a message. NULL (not there) in programs
 * that have one heap alone. exon-run --heap looks for this name in a program. */
const struct heap *heap_by_name(void) __attribute__((weak));

#endif
