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
#include "lock.h"
#include "x86/cpu.h"

/* Of one call or step: what TLBs may still hold, and the counts to take back once none does. Filled by pt_apply and the
 * walks, emptied by pt_flush_and_unlock. While no other CPU runs the environment, counts are taken back at once: this CPU
 * flushes before the lock is released. */
enum { PT_FLUSH_PAGES = 32 };      /* flushed one by one at most */
enum { PT_TABLES_PRUNED_MAX = 6 }; /* by one operation: 512 pages lie in at most two tables of each of three levels */
enum { PT_BATCH_MAX = EXO_PT_PAGES_MAX + EXO_PT_OPS_MAX * PT_TABLES_PRUNED_MAX };
enum { PT_FLUSH_HERE = 1, PT_FLUSH_OTHERS = 2, PT_FLUSH_ALL = 3 };
enum { PT_DROP_MAP = 1, PT_DROP_WRITE = 2, PT_DROP_TABLE = 4 };
struct pt_batch {
    uint32_t pages;   /* changed so far: the work bound */
    uint32_t flushed; /* pages flushed here so far, one by one */
    uint32_t n;
    uint8_t flush; /* PT_FLUSH_*: whole TLBs that are to go yet */
    bool here;      /* this CPU runs the environment, */
    uint8_t others; /* and so do these */
    struct {
        frame_t frame;
        uint32_t count; /* consecutive frames */
        uint8_t what;   /* PT_DROP_* */
    } drop[PT_BATCH_MAX];
};

/* Begins a batch of changes to env: this CPU's, empty. */
static inline struct pt_batch *pt_batch_begin(const struct env *env)
{
    const struct cpu *cpu = this_cpu();
    struct pt_batch *batch = cpu->pt_batch;
    const uint8_t mask = env->cpu_mask, self = cpu->bit;
    batch->pages = batch->flushed = batch->n = 0;
    batch->flush = 0;
    batch->others = mask & (uint8_t)~self;
    batch->here = mask & self;
    return batch;
}
void pt_batch_init(uint32_t cpu, struct pt_batch *batch);

/* Makes the page tables of a new environment: kernel half, window. 0, -EXO_E_QUOTA or -EXO_E_NOMEM. */
int pt_make(struct env *env);

/* Does one operation (as struct exo_pt_op; what: EXO_PT_WHAT) on env, whole or not at all. 0 or an error. */
int pt_apply(uint64_t va, frame_t frame, uint32_t count, uint32_t what, struct env *env, struct pt_batch *batch);

/* Maps one kernel-made page (an activation's) at va in slot 255. 0, -EXO_E_QUOTA or -EXO_E_NOMEM. */
int pt_map_pinned(struct env *env, uint64_t va, frame_t frame);

/* Takes the counts back and frees what they held. */
void pt_settle(struct pt_batch *batch);

/* Makes every CPU that runs the environment forget what the batch removed, then settles it. Called with the lock held, returns with
 * it released: the lock is not held while waiting for acknowledgements. */
void pt_flush_whole_and_unlock(struct pt_batch *batch);
static inline void pt_flush_and_unlock(struct pt_batch *batch)
{
    if (batch->flush)
        pt_flush_whole_and_unlock(batch);
    else
        spin_unlock(&kernel_lock);
}

/* Physical address of a word of user memory (USER or PINNED frames, lower half) as ring 3 could read or write it, or 0. */
uint64_t pt_user_word(struct env *env, uint64_t va, bool write);

/* One bounded step of a walk over the lower half from *va: at most a part of one table is looked at; *va moves on. In a sweep,
 * entries that env's capabilities do not justify are removed; in a tear-down all are, and tables too. Returns true at
 * the end. */
bool pt_walk_step(struct env *env, uint64_t *va, bool tear_down, struct pt_batch *batch);

/* Frees the PML4 itself, at the very end. */
void pt_free_root(struct env *env);

#endif
