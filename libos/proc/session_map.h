/* SPDX-License-Identifier: MIT
 *
 * session_map.h: the page map of the session segment, below the allocator. Layer: libos/proc, private.
 */
#ifndef LIBOS_SESSION_MAP_H
#define LIBOS_SESSION_MAP_H

#include "proc/segment.h"

/* Makes a new segment here: header, level 1 of the map, nothing else. Only the first environment calls it. Returns 0 or a
 * negative errno value. */
int session_map_create(void);

/* Gives frames to the `count` pages after header->pages and maps them here. Returns how many were added (0: memory or
 * quota is used up). Caller holds alloc_lock. */
uint32_t session_map_grow(uint32_t count);

/* Map entry of a heap page below header->pages. */
struct session_page *session_map_page(uint32_t page);

/* Maps the page of the segment here, if it has a frame, and some that follow. No lock, no fault. 1 if it is mapped now,
 * 0 if there is no such page. */
int session_map_fault(uint64_t address);

#endif
