/* SPDX-License-Identifier: MIT
 *
 * pages.h: page-table changes in batches, by range. Layer: libos/mem, below vm.h. Caller holds vm_lock (or is the start
 * code); nothing here faults or sleeps. Errors are negative errno values.
 */
#ifndef LIBOS_PAGES_H
#define LIBOS_PAGES_H

#include "exo/exo.h"

/* Allocates zeroed frames and maps them at [va, + count pages), which must be empty; count at most EXO_FRAMES_MAX. prot is
 * of REGION_*. Returns 0 or -ENOMEM. */
int pages_fill(vaddr_t va, uint32_t count, unsigned prot);

/* Unmaps whatever is present in the range, and frees table pages that become empty if it is large. */
int pages_clear(vaddr_t start, vaddr_t end);

/* Changes the protection of the present pages of the range. */
int pages_protect(vaddr_t start, vaddr_t end, unsigned prot);

/* Prefix of [va, + count pages) that has no page: how many pages, stopping at the end of va's table (2 MiB). */
uint32_t pages_absent(vaddr_t va, uint32_t count);

/* How many pages of a range are present. */
uint64_t pages_present(vaddr_t start, vaddr_t end);

/* Where frames for demand-zero memory come from, in programs that link a frame policy (mem/frames.h): fills `frames` with
 * count (at most EXO_FRAMES_MAX) zeroed frames under slot 0 that free themselves with their last mapping, all or none. In
 * others it is not there (NULL), and the kernel chooses and maps in one call. Called with vm_lock held. Returns 0 or a
 * negative errno. */
int pages_frames_take(uint32_t *frames, uint32_t count) __attribute__((weak));

#endif
