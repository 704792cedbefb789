/* SPDX-License-Identifier: MIT
 *
 * pt_sweep.c: walks over all that an environment maps, in bounded, restartable steps (pt.h): a sweep takes away what its
 * capabilities no longer justify, a tear-down everything, tables too.
 */
#include "kernel.h"
#include "pt_entry.h"
#include "repossess.h"

#define LOWER_HALF_END 0x0000800000000000ull

/* A step's work: an empty entry is one unit, so that it is a whole table of them; an entry in use, or a frame of a large page, is
 * several. What a look at one costs in a sweep grows with the capabilities of the environment and with the revocations under
 * way: there may be as many of both as there can be. */
enum { STEP_WORK = 512, TEAR_DOWN_WORK = 4, SWEEP_WORK = 8, LOOKS_CHEAP = 16 };

static int entry_work(const struct env *env, bool tear_down)
{
    return tear_down ? TEAR_DOWN_WORK : SWEEP_WORK * (1 + (int)(env->caps.used + cap_revocations) / LOOKS_CHEAP);
}

static bool justified(struct env *env, uint64_t entry)
{
    uint64_t cache;
    if (!entry_counts_in(entry))
        return device_may_map(&env->caps, entry_frame(entry), 1, &cache) == 0;
    return !frame_is_taken(entry_frame(entry)) && frame_may_map_any(entry_frame(entry), &env->caps, entry & EXO_PTE_W);
}

/* A sweep tells the owner what it removes. */
static void walk_tell(struct env *env, uint64_t va, uint64_t old, bool tear_down)
{
    if (!tear_down && env->sweep_tell)
        repossess(env, EXO_TAKEN_PAGE, entry_frame(old), va);
}

static void walk_entry(struct env *env, uint64_t va, uint64_t *slot, bool tear_down, struct pt_batch *batch)
{
    if (!*slot || (!tear_down && (!(*slot & EXO_PTE_P) || va >= EXO_USER_TOP || justified(env, *slot))))
        return;
    uint64_t old = swap_entry(slot, 0);
    frames[frame_of(slot)].maps--;
    walk_tell(env, va, old, tear_down);
    if (va < EXO_USER_TOP) /* else an activation's page, which is freed with its activation */
        pt_entry_gone(env, old, 1, batch);
    batch->flush = PT_FLUSH_ALL;
}

/* The entries of va and those after it in the same table; *va moves on behind them. */
static void walk_table(struct env *env, uint64_t *va, uint64_t *table, bool tear_down, struct pt_batch *batch)
{
    const int work = entry_work(env, tear_down);
    int left = STEP_WORK;
    do {
        uint64_t *slot = &table[*va >> EXO_PAGE_BITS & 511];
        left -= *slot ? work : 1;
        walk_entry(env, *va, slot, tear_down, batch);
        *va += EXO_PAGE_BYTES;
    } while (left > 0 && (*va >> EXO_PAGE_BITS & 511));
}

/* A large page, as many of its frames a step as of a table's entries: the first that is not justified takes the page along.
 * If it is mapped anew between two steps, that was checked then; what is revoked then begins another sweep. */
static void walk_large(struct env *env, uint64_t *va, uint64_t *slot, bool tear_down, struct pt_batch *batch)
{
    uint64_t begin = *va & ~(level_bytes(LEVEL_PD) - 1);
    frame_t frame = entry_frame(*slot) + (frame_t)(*va >> EXO_PAGE_BITS & 511);
    int left = STEP_WORK / entry_work(env, tear_down);
    bool keep = !tear_down;
    for (bool more = true; keep && more; more = --left > 0 && frame & 511, *va += EXO_PAGE_BYTES) {
        keep = !frame_is_taken(frame) && frame_may_map_any(frame, &env->caps, *slot & EXO_PTE_W);
        frame++;
    }
    if (keep)
        return;
    uint64_t old = swap_entry(slot, 0);
    frames[frame_of(slot)].maps--;
    walk_tell(env, begin, old, tear_down);
    pt_entry_gone(env, old, 512, batch);
    *va = begin + level_bytes(LEVEL_PD);
}

static void prune_tables(struct env *env, uint64_t va, int level, struct pt_batch *batch)
{
    for (; level < LEVEL_PML4; level++)
        pt_prune_table(env, va, level, batch);
}

/* Tear-down steps over an entry without a table: what soft bits are there go; behind the last entry of a table so do it and
 * those above it that became, or always were, empty. */
static void clear_gap(struct env *env, uint64_t va, int level, uint64_t *entry, struct pt_batch *batch)
{
    if (level == LEVEL_PML4)
        return;
    if (*entry && swap_entry(entry, 0))
        frames[frame_of(entry)].maps--;
    if (table_index(va, level) == 511)
        prune_tables(env, va, level, batch);
}

/* The first entry in use at or after *va; tables that are not there are stepped over, one entry of the level looked at
 * for each. Returns NULL at the end (of the lower half; in a sweep of what the libOS maps), when 512 entries were looked at,
 * or when tables were freed. */
static uint64_t *walk_find(struct env *env, uint64_t *va, bool tear_down, struct pt_batch *batch, bool *end)
{
    for (unsigned looked = 0; looked < 512 && !batch->n; looked++) {
        if (*va >= (tear_down ? LOWER_HALF_END : EXO_USER_TOP)) {
            *end = true;
            return NULL;
        }
        uint64_t *table = env->pml4, *entry = NULL;
        int level = LEVEL_PML4;
        for (; level > LEVEL_PT; level--) {
            entry = &table[table_index(*va, level)];
            bool window = level == LEVEL_PML4 && table_index(*va, level) == SLOT_WINDOW;
            if (window || !(*entry & EXO_PTE_P))
                break;
            if (level == LEVEL_PD)
                return entry;
            table = entry_table(*entry);
        }
        if (tear_down)
            clear_gap(env, *va, level, entry, batch);
        *va = (*va | (level_bytes(level) - 1)) + 1;
    }
    return NULL;
}

bool pt_walk_step(struct env *env, uint64_t *va, bool tear_down, struct pt_batch *batch)
{
    bool end = false;
    uint64_t *slot = walk_find(env, va, tear_down, batch, &end);
    if (!slot)
        return end;
    uint64_t from = *va;
    if (*slot & EXO_PTE_PS)
        walk_large(env, va, slot, tear_down, batch);
    else
        walk_table(env, va, entry_table(*slot), tear_down, batch);
    if (tear_down)
        prune_tables(env, from, LEVEL_PT, batch);
    return false;
}
