/* SPDX-License-Identifier: MIT
 *
 * device_memory.h: registers the ranges of device memory that ring 3 may be allowed to map (see kernel.h for their use).
 */
#ifndef EXOKERNEL_DEVICE_MEMORY_H
#define EXOKERNEL_DEVICE_MEMORY_H

#include <stdbool.h>

#include "types.h"

enum { DEVICE_RANGES_MAX = 64 };

/* Page-table bits of the memory types that the PAT has after reset (Intel SDM vol 3 §11.12.4). */
#define DEVICE_UNCACHED 0x18ull /* PCD, PWT: UC */
#define DEVICE_MEMORY_WT 0x08ull /* PWT: write-through, for text screens and framebuffers */

/* Boot: makes n frames from first a range. False if the table is full. */
bool device_range_add(frame_t first, uint32_t n, uint64_t cache_bits);

#endif
