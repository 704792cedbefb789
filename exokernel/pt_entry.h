/* SPDX-License-Identifier: MIT
 *
 * pt_entry.h: what the files of the page-table module (pt.h) share: the form of entries, the way from an address to its
 * entry, and the note that an entry is gone. Private to pt.c, pt_walk.c, pt_sweep.c. Format: Intel SDM vol 3 §4.5.
 *
 * Entries change by locked read-modify-write, as the hardware sets accessed and dirty bits at any moment. What is inline
 * here is on the path of every pt_update.
 */
#ifndef EXOKERNEL_PT_ENTRY_H
#define EXOKERNEL_PT_ENTRY_H

#include "exo_calls.h"
#include "frame.h"
#include "memory.h"
#include "pt.h"
#include "x86/instr.h"

enum { LEVEL_PT = 1, LEVEL_PD, LEVEL_PDPT, LEVEL_PML4 };
enum { SLOT_WINDOW = 254 };

static inline unsigned level_shift(int level)
{
    return EXO_PAGE_BITS + 9 * (unsigned)(level - 1);
}

static inline unsigned table_index(uint64_t va, int level)
{
    return va >> level_shift(level) & 511;
}

static inline uint64_t level_bytes(int level)
{
    return 1ull << level_shift(level);
}

static inline uint64_t *entry_table(uint64_t entry)
{
    return (uint64_t *)(DIRECT_BASE + (entry & EXO_PTE_ADDR));
}

static inline frame_t entry_frame(uint64_t entry)
{
    return (frame_t)((entry & EXO_PTE_ADDR) >> EXO_PAGE_BITS);
}

/* The frame in which the entry counts. NULL for device frames, which are outside of the table, or RESERVED in it. */
static inline struct exo_frame *entry_counts_in(uint64_t entry)
{
    frame_t frame = entry_frame(entry);
    return frame < frame_count && frames[frame].type != EXO_FRAME_RESERVED ? &frames[frame] : NULL;
}

static inline uint64_t swap_entry(uint64_t *slot, uint64_t value)
{
    return __atomic_exchange_n(slot, value, __ATOMIC_ACQ_REL);
}

/* The entry for va at LEVEL_PT or LEVEL_PD, or NULL if there is no table for it. *error: -EXO_E_BUSY if a large page is in
 * the way, else 0. */
static inline uint64_t *pt_find(struct env *env, uint64_t va, int level, int *error)
{
    *error = 0;
    uint64_t entry = env->pml4[table_index(va, LEVEL_PML4)];
    if (!(entry & EXO_PTE_P))
        return NULL;
    entry = entry_table(entry)[table_index(va, LEVEL_PDPT)];
    if (!(entry & EXO_PTE_P))
        return NULL;
    uint64_t *slot = &entry_table(entry)[table_index(va, LEVEL_PD)];
    if (level == LEVEL_PD)
        return slot;
    if (!(*slot & EXO_PTE_P))
        return NULL;
    if (!(*slot & EXO_PTE_PS))
        return &entry_table(*slot)[table_index(va, LEVEL_PT)];
    *error = -EXO_E_BUSY;
    return NULL;
}

/* The page table that was used last is looked at first (env->last_span), as operations follow each other closely. It is
 * noted under kernel_lock, and forgotten when any table goes. */
static inline void pt_note_table(struct env *env, uint64_t va, uint64_t *slot)
{
    env->last_span = va / level_bytes(LEVEL_PD);
    env->last_table = slot - table_index(va, LEVEL_PT);
}

static inline void pt_forget_table(struct env *env)
{
    env->last_span = ~0ull;
}

/* The same, making tables on the way, which stay, empty, until PRUNE. NULL: *error says why not. */
uint64_t *pt_find_or_make(struct env *env, uint64_t va, int level, int *error);

/* Frees the table of this level for va, if it is there and no entry of it is in use. */
void pt_prune_table(struct env *env, uint64_t va, int level, struct pt_batch *batch);

static inline void pt_take_back(frame_t frame, unsigned what)
{
    if (what == PT_DROP_TABLE)
        frame_release(frame);
    else
        frame_unmap_count(frame, what & PT_DROP_WRITE);
}

/* Counts of consecutive frames are to be taken back: at once, or when other CPUs have forgotten what held them. */
static inline void pt_note_drop(struct pt_batch *batch, frame_t frame, uint32_t count, unsigned what)
{
    if (!batch->others) {
        do
            pt_take_back(frame++, what);
        while (--count);
        return;
    }
    batch->drop[batch->n].frame = frame;
    batch->drop[batch->n].count = count;
    batch->drop[batch->n++].what = (uint8_t)what;
}

/* Entries from va on, of one large or n small pages, were removed or changed: their copies in TLBs are to go, here at once
 * as long as they are few. */
static inline void pt_note_flush(struct pt_batch *batch, uint64_t va, uint32_t n)
{
    if (batch->others)
        batch->flush |= PT_FLUSH_OTHERS;
    if (!batch->here)
        return;
    const uint64_t end = va + n * EXO_PAGE_BYTES;
    if ((batch->flushed += n) > PT_FLUSH_PAGES) {
        batch->flush |= PT_FLUSH_HERE;
        return;
    }
    do
        invlpg(va);
    while ((va += EXO_PAGE_BYTES) < end);
}

/* An entry was taken out of its table: its counts are still to go. Returns whether a TLB may hold it. */
static inline bool pt_entry_gone(struct env *env, uint64_t old, uint32_t unit, struct pt_batch *batch)
{
    if (!(old & EXO_PTE_P))
        return false;
    env->pub->mapped -= unit;
    if (unit > 1)
        batch->flush = PT_FLUSH_ALL; /* the window showed its first frame where it shows a table */
    if (entry_counts_in(old))
        pt_note_drop(batch, entry_frame(old), unit, PT_DROP_MAP | (old & EXO_PTE_W ? PT_DROP_WRITE : 0));
    return true;
}

#endif
