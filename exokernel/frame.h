/* SPDX-License-Identifier: MIT
 *
 * frame.h: the frame table: who owns each page frame of RAM, who may map it, and how often it is mapped. All of it is
 * published (info.h); kernel_lock held throughout.
 *
 * Life of a frame:   FREE -> USER -> FREE            frame_alloc, frame_free
 *                            USER -> DYING -> FREE    freed while mapped or pinned: charged until the counts are zero
 *                    FREE -> TABLE | PINNED | KERNEL -> FREE   the kernel's own, charged to an environment's quota
 *
 * A frame that becomes USER under another guard than the one it had before is zeroed first; so is every frame that the
 * kernel takes for itself. A page-table entry counts in maps (and writes); whoever removes one keeps the count until all
 * TLBs have forgotten it (pt.c).
 */
#ifndef EXOKERNEL_FRAME_H
#define EXOKERNEL_FRAME_H

#include <stdbool.h>
#include <stddef.h>

#include "cap.h"
#include "info.h"

extern struct exo_frame *frames; /* the table */
extern uint32_t frame_count;

/* Takes over the table and the bitmap of free frames (one bit each, set: free), all frames RESERVED. */
void frame_init(struct exo_frame *table, uint64_t *bitmap, uint64_t *summary, uint32_t count, uint32_t *free_counter);

/* Boot: enters a range of frames as free, or as of a type (USER: under the empty prefix). */
void frame_boot_free(frame_t first, uint32_t n);
void frame_boot_own(frame_t first, uint32_t n, uint8_t type);

/* Is the frame RAM that a capability guards (USER)? */
static inline bool frame_is_user(frame_t frame)
{
    return frame < frame_count && frames[frame].type == EXO_FRAME_USER;
}

static inline struct cap_name frame_guard_of(frame_t frame)
{
    return (struct cap_name){frames[frame].guard_bits, frames[frame].guard_len};
}

/* Takes a free frame under guard, charged to quota entry `quota`: *frame is the wanted one or EXO_FRAME_ANY, and gets the
 * number. Returns 0, -EXO_E_QUOTA, -EXO_E_NOMEM, -EXO_E_FRAME (no RAM) or -EXO_E_BUSY (not free). */
int frame_take(frame_t *frame, struct cap_name guard, uint16_t quota, uint8_t type, unsigned flags);

/* The same for n consecutive frames from *first, or from any place that has them. The search looks at
 * FRAME_RUN_SEARCH words of the bitmap at most, and then fails with -EXO_E_NOMEM. */
int frame_take_run(frame_t *first, uint32_t n, struct cap_name guard, uint16_t quota, unsigned flags);

/* The same for n frames of the kernel's choice in two steps, of which only the first can fail (-EXO_E_QUOTA or
 * -EXO_E_NOMEM): it charges all of them, and each is then taken without a check. No frame may be taken otherwise between. */
int frame_reserve(uint16_t quota, uint32_t n);
frame_t frame_take_reserved(struct cap_name guard, uint16_t quota, unsigned flags);

/* Gives a frame back: free at once, or dying while it is mapped, pinned or waited on. */
void frame_release(frame_t frame);

/* Takes a USER frame by force: its charge goes to another quota entry with the room for it; then as frame_release, but with
 * EXO_FRAME_IS_TAKEN, so that sweeps remove its mappings. Returns whether it is still mapped. */
bool frame_seize(frame_t frame, uint16_t quota);

/* A device begins to write to the frame, or is done: it stays dying as long as it is pinned. */
void frame_pin(frame_t frame);
void frame_unpin(frame_t frame);

/* Is it dying because it was taken by force? */
static inline bool frame_is_taken(frame_t frame)
{
    return frames[frame].type == EXO_FRAME_DYING && (frames[frame].flags & EXO_FRAME_IS_TAKEN);
}

/* Counts one page-table entry fewer; the last one frees a dying or AUTO frame. */
void frame_unmap_count(frame_t frame, bool writable);

/* Revocation: a guard below prefix becomes heir, charged to quota; access list entries below prefix go. */
void frame_revoke(frame_t frame, struct cap_name prefix, struct cap_name heir, uint16_t quota);

/* The checks and changes of frame_share and frame_guard on one USER frame. 0, -EXO_E_LIMIT or -EXO_E_BUSY. */
int frame_can_share(frame_t frame, const struct exo_cap *who);
void frame_set_share(frame_t frame, const struct exo_cap *who);
void frame_set_guard(frame_t frame, struct cap_name guard, uint16_t quota);

/* May a holder of `cap` map this frame (so)? Guard first, then access list. 0 or -EXO_E_RIGHTS. */
int frame_may_map(frame_t frame, const struct exo_cap *cap, bool writable);

/* May an environment with these slots? Looks at all of them. */
bool frame_may_map_any(frame_t frame, const struct cap_slots *slots, bool writable);

#endif
