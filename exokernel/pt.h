/* SPDX-License-Identifier: MIT
 *
 * pt.h: page tables of environments: the checked, counted changes that ring 3 asks for, and the walks of the kernel.
 * kernel_lock held throughout, but where said otherwise. Format: Intel SDM vol 3 §4.5.
 *
 * Invariants: every present user entry below EXO_USER_TOP is counted in its frame (maps, writes); every table page is a
 * TABLE frame charged to the environment, whose maps counts its entries in use; slots 254, 255 of the PML4 and the kernel
 * half never change through pt_apply. An entry that was removed or narrowed keeps its counts until pt_settle, which is
 * called after every CPU has forgotten it.
 */
#ifndef EXOKERNEL_PT_H
#define EXOKERNEL_PT_H

#include "env.h"

/* Counts to take back once no TLB holds the old entries: filled by pt_apply and the walks, emptied by pt_settle. While no
 * other CPU runs the environment (`alone`), counts are taken back at once: this CPU flushes before the lock is released. */
enum { PT_BATCH_MAX = EXO_PT_PAGES_MAX + 8, PT_FLUSH_RANGES = 8, PT_FLUSH_PAGES = 32 };
struct pt_batch {
    uint32_t n;
    uint32_t pages; /* changed so far: the work bound */
    bool alone;
    bool flush;     /* some entry was removed or changed */
    bool flush_all; /* a table page was unlinked (paging-structure caches and the window hold it), or it is too much */
    uint32_t flush_ranges, flush_pages;
    struct {
        uint64_t va, bytes;
        uint32_t n; /* steps of `bytes` */
    } flush_range[PT_FLUSH_RANGES];
    struct {
        frame_t frame;
        uint32_t count; /* consecutive frames */
        uint8_t what;   /* PT_DROP_* */
    } drop[PT_BATCH_MAX];
};
enum { PT_DROP_MAP = 1, PT_DROP_WRITE = 2, PT_DROP_TABLE = 4 };

/* Begins a batch of changes to env: this CPU's, empty. */
struct pt_batch *pt_batch_begin(const struct env *env);
void pt_batch_init(uint32_t cpu, struct pt_batch *batch);

/* Makes the page tables of a new environment: kernel half, window. 0, -EXO_E_QUOTA or -EXO_E_NOMEM. */
int pt_make(struct env *env);

/* Does one operation on env, whole or not at all. 0 or an error. */
int pt_apply(struct env *env, const struct exo_pt_op *op, struct pt_batch *batch);

/* Maps one kernel-made page (an activation's) at va in slot 255. 0, -EXO_E_QUOTA or -EXO_E_NOMEM. */
int pt_map_pinned(struct env *env, uint64_t va, frame_t frame);


/* Takes the counts back and frees what they held. */
void pt_settle(struct pt_batch *batch);

/* Makes every CPU that runs env forget what the batch removed, then settles it. Called with the lock held, returns with
 * it released: the lock is not held while waiting for acknowledgements. */
void pt_flush_and_unlock(struct env *env, struct pt_batch *batch);

/* Physical address of a word of user memory (USER or PINNED frames, lower half) as ring 3 could read or write it, or 0. */
uint64_t pt_user_word(struct env *env, uint64_t va, bool write);

/* May ring 3 read there, in the environment whose tables this CPU has loaded? Takes no lock: a table that is unlinked
 * meanwhile stays until this CPU, which serves no shootdown in between, has forgotten it. */
bool pt_user_open(struct env *env, uint64_t va);

/* One bounded step of a walk over the lower half from *va: at most one table page is looked at; *va moves on. In a sweep,
 * entries that env's capabilities do not justify are removed; in a tear-down all are, and tables too. Returns true at
 * the end. */
bool pt_walk_step(struct env *env, uint64_t *va, bool tear_down, struct pt_batch *batch);

/* Frees the PML4 itself, at the very end. */
void pt_free_root(struct env *env);

#endif
