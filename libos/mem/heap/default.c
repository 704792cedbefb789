/* SPDX-License-Identifier: MIT
 *
 * default.c: the heap of a program that is linked with -lheap and names none. Layer: libos/mem/heap.
 */
#include "mem/heap/heap.h"

const struct heap *const heap_default = &heap_newlib;
