/* SPDX-License-Identifier: MIT
 *
 * pt.c: checked changes of page tables (pt.h). Each operation is decode (everything is checked, tables are made) and
 * then perform, which cannot fail. Entries change by locked read-modify-write, as the hardware sets accessed and dirty
 * bits at any moment.
 */
#include "pt.h"

#include "assert.h"
#include "exo_calls.h"
#include "frame.h"
#include "kernel.h"
#include "memory.h"
#include "quota.h"
#include "x86/kpaging.h"

enum { LEVEL_PT = 1, LEVEL_PD, LEVEL_PDPT, LEVEL_PML4 };
enum { SLOT_WINDOW = 254, SLOT_ACTIVATIONS = 255 };

#define PTE_PCD 0x10ull
#define PTE_PWT 0x8ull
#define PTE_PAT 0x80ull /* of a 4 KiB page */

static struct pt_batch *batches[EXO_CPUS_MAX];

static unsigned table_index(uint64_t va, int level)
{
    return va >> (EXO_PAGE_BITS + 9 * (level - 1)) & 511;
}

static uint64_t level_bytes(int level)
{
    return 1ull << (EXO_PAGE_BITS + 9 * (level - 1));
}

static uint64_t *entry_table(uint64_t entry)
{
    return frame_address((frame_t)((entry & EXO_PTE_ADDR) >> EXO_PAGE_BITS));
}

static void set_entry(uint64_t *slot, uint64_t value)
{
    __atomic_store_n(slot, value, __ATOMIC_RELEASE);
}

static uint64_t swap_entry(uint64_t *slot, uint64_t value)
{
    return __atomic_exchange_n(slot, value, __ATOMIC_ACQ_REL);
}

int pt_make(struct env *env)
{
    frame_t frame = EXO_FRAME_ANY;
    int error = frame_take(&frame, env->guard, env->quota, EXO_FRAME_TABLE, 0);
    if (error)
        return error;
    env->pml4_frame = frame;
    env->pml4 = frame_address(frame);
    const uint64_t *kernel = kernel_pml4();
    for (unsigned i = 256; i < 512; i++)
        env->pml4[i] = kernel[i];
    env->pml4[SLOT_WINDOW] = frame_paddr(frame) | EXO_PTE_P | EXO_PTE_U | EXO_PTE_A | pte_nx();
    return 0;
}

/* A table page for env, zeroed. */
static int table_make(struct env *env, uint64_t *parent_slot, frame_t parent)
{
    frame_t frame = EXO_FRAME_ANY;
    int error = frame_take(&frame, env->guard, env->quota, EXO_FRAME_TABLE, 0);
    if (error)
        return error;
    if (!*parent_slot) /* soft bits of a large page that is gone count already */
        frames[parent].maps++;
    set_entry(parent_slot, frame_paddr(frame) | EXO_PTE_P | EXO_PTE_W | EXO_PTE_U | EXO_PTE_A);
    env->pub->table_pages++;
    return 0;
}

/* Finds the entry for va at a level, making tables on the way if `make`. *slot is NULL if there is none.
 * Returns 0, -EXO_E_BUSY (a large page is in the way), or why a table could not be made. */
static int find_slot(struct env *env, uint64_t va, int level, bool make, uint64_t **slot)
{
    uint64_t *table = env->pml4;
    for (int at = LEVEL_PML4; at > level; at--) {
        uint64_t *entry = &table[table_index(va, at)];
        if ((*entry & EXO_PTE_P) && (*entry & EXO_PTE_PS))
            return -EXO_E_BUSY;
        if (!(*entry & EXO_PTE_P)) {
            *slot = NULL;
            if (!make)
                return 0;
            int error = table_make(env, entry, frame_of(table));
            if (error)
                return error;
        }
        table = entry_table(*entry);
    }
    *slot = &table[table_index(va, level)];
    return 0;
}

/* What an operation works on. */
struct range {
    uint64_t va;
    uint32_t count; /* units */
    int level;      /* LEVEL_PT, or LEVEL_PD for large pages */
    uint32_t unit;  /* frames in a unit */
};

static int decode_range(const struct exo_pt_op *op, const struct pt_batch *batch, struct range *range)
{
    bool large = op->prot & EXO_PROT_LARGE;
    range->level = large ? LEVEL_PD : LEVEL_PT;
    range->unit = large ? 512 : 1;
    range->va = op->va;
    range->count = op->count;
    uint64_t bytes = level_bytes(range->level);
    if (op->op > EXO_PT_PRUNE || op->reserved || op->soft > 7 || op->prot > 31)
        return -EXO_E_ARG;
    if (!op->count || op->count > EXO_PT_PAGES_MAX / range->unit)
        return -EXO_E_ARG;
    if (op->va % bytes || op->va >= EXO_USER_TOP || (EXO_USER_TOP - op->va) / bytes < op->count)
        return -EXO_E_RANGE;
    if ((op->prot & EXO_PROT_WRITE) && (op->prot & EXO_PROT_EXEC) && !(op->prot & EXO_PROT_WX))
        return -EXO_E_ARG;
    return batch->pages + op->count * range->unit > EXO_PT_PAGES_MAX ? -EXO_E_AGAIN : 0;
}

static uint64_t entry_flags(const struct exo_pt_op *op)
{
    uint64_t flags = EXO_PTE_P | (uint64_t)op->soft << EXO_PTE_SOFT_SHIFT;
    if (!(op->prot & EXO_PROT_NONE))
        flags |= EXO_PTE_U;
    if (op->prot & EXO_PROT_WRITE)
        flags |= EXO_PTE_W;
    if (!(op->prot & EXO_PROT_EXEC))
        flags |= pte_nx();
    if (op->prot & EXO_PROT_LARGE)
        flags |= EXO_PTE_PS;
    return flags;
}

static void note_flush(struct pt_batch *batch, uint64_t va)
{
    batch->flush = true;
    if (batch->flush_pages < 32)
        batch->flush_va[batch->flush_pages] = va;
    batch->flush_pages++;
}

static void note_drop(struct pt_batch *batch, frame_t frame, uint32_t count, unsigned what)
{
    assert(batch->n < PT_BATCH_MAX);
    batch->drop[batch->n].frame = frame;
    batch->drop[batch->n].count = count;
    batch->drop[batch->n++].what = (uint8_t)what;
}

/* Device frames are outside of the table, or RESERVED in it; their entries are not counted. */
static bool entry_counted(uint64_t entry)
{
    frame_t frame = (frame_t)((entry & EXO_PTE_ADDR) >> EXO_PAGE_BITS);
    return frame < frame_count && frames[frame].type != EXO_FRAME_RESERVED;
}

/* An entry was taken out of the table at va: its TLB copies and its counts are still to go. */
static void entry_gone(struct env *env, uint64_t va, uint64_t old, uint32_t unit, struct pt_batch *batch)
{
    if (!(old & EXO_PTE_P))
        return;
    env->pub->mapped -= unit;
    note_flush(batch, va);
    if (unit > 1)
        batch->tables = true; /* the window showed its first frame where it shows a table */
    if (entry_counted(old))
        note_drop(batch, (frame_t)((old & EXO_PTE_ADDR) >> EXO_PAGE_BITS), unit,
                  PT_DROP_MAP | (old & EXO_PTE_W ? PT_DROP_WRITE : 0));
}

/* MAP */

/* The authority for one frame: op.cap of env, or its whole set of slots against the access list. */
static int check_frame(struct env *env, const struct exo_pt_op *op, const struct exo_cap *cap, frame_t frame, bool writable)
{
    if (!frame_is_user(frame))
        return -EXO_E_FRAME;
    if (op->cap == EXO_PT_ACL)
        return frame_may_map_any(frame, &env->caps, writable) ? 0 : -EXO_E_RIGHTS;
    return frame_may_map(frame, cap, writable);
}

static int check_frames(struct env *env, const struct exo_pt_op *op, const struct range *range, uint64_t *cache)
{
    struct exo_cap cap = {0};
    bool writable = op->prot & EXO_PROT_WRITE;
    uint32_t n = op->count * range->unit;
    *cache = 0;
    if (op->cap != EXO_PT_ACL) {
        int error = cap_use(&env->caps, op->cap, EXO_RIGHT_READ, &cap);
        if (error)
            return error;
    }
    if (op->frame % range->unit || op->frame + n < op->frame)
        return -EXO_E_FRAME;
    if (device_frames(op->frame, n))
        return range->unit == 1 ? device_may_map(&env->caps, op->frame, n, cache) : -EXO_E_FRAME;
    for (uint32_t i = 0; i < n; i++) {
        int error = check_frame(env, op, &cap, op->frame + i, writable);
        if (error)
            return error;
    }
    return 0;
}

/* All entries of a range can be reached: makes the tables. Those made before a failure stay, empty, until PRUNE. */
static int make_slots(struct env *env, const struct range *range)
{
    uint64_t span = level_bytes(range->level + 1), *slot;
    for (uint64_t va = range->va; va < range->va + range->count * level_bytes(range->level); va = (va | (span - 1)) + 1) {
        int error = find_slot(env, va, range->level, true, &slot);
        if (error)
            return error;
    }
    return 0;
}

/* A large page cannot replace a table: the table must be pruned first. */
static int check_large(struct env *env, const struct range *range)
{
    uint64_t *slot;
    for (uint32_t i = 0; i < range->count; i++) {
        int error = find_slot(env, range->va + i * level_bytes(LEVEL_PD), LEVEL_PD, false, &slot);
        if (error)
            return error;
        if (slot && (*slot & EXO_PTE_P) && !(*slot & EXO_PTE_PS))
            return -EXO_E_BUSY;
    }
    return 0;
}

static int apply_map(struct env *env, const struct exo_pt_op *op, const struct range *range, struct pt_batch *batch)
{
    uint64_t cache, flags = entry_flags(op), bytes = level_bytes(range->level), *slot = NULL;
    int error = check_frames(env, op, range, &cache);
    if (!error)
        error = make_slots(env, range);
    if (!error && range->level == LEVEL_PD)
        error = check_large(env, range);
    if (error)
        return error;
    for (uint32_t i = 0; i < range->count; i++, slot++) {
        uint64_t va = range->va + i * bytes;
        frame_t frame = op->frame + i * range->unit;
        if (i == 0 || table_index(va, range->level) == 0)
            find_slot(env, va, range->level, false, &slot);
        uint64_t entry = frame_paddr(frame) | flags | cache;
        if (entry_counted(entry))
            for (uint32_t k = 0; k < range->unit; k++)
                frame_map_count(frame + k, op->prot & EXO_PROT_WRITE);
        uint64_t old = swap_entry(slot, entry);
        if (!old)
            frames[frame_of(slot)].maps++;
        entry_gone(env, va, old, range->unit, batch);
        env->pub->mapped += range->unit;
    }
    return 0;
}

/* UNMAP and PROTECT: the same walk, another new value for each entry. */

static void unmap_entry(struct env *env, const struct exo_pt_op *op, const struct range *range, uint64_t va,
                        uint64_t *slot, struct pt_batch *batch)
{
    uint64_t soft = (uint64_t)op->soft << EXO_PTE_SOFT_SHIFT;
    uint64_t old = swap_entry(slot, soft);
    frames[frame_of(slot)].maps += (soft != 0) - (old != 0);
    entry_gone(env, va, old, range->unit, batch);
}

static int may_widen(struct env *env, const struct range *range, uint64_t entry)
{
    frame_t frame = (frame_t)((entry & EXO_PTE_ADDR) >> EXO_PAGE_BITS);
    uint64_t cache;
    if (!entry_counted(entry))
        return device_may_map(&env->caps, frame, 1, &cache);
    for (uint32_t k = 0; k < range->unit; k++)
        if (frames[frame + k].type != EXO_FRAME_USER || !frame_may_map_any(frame + k, &env->caps, true))
            return -EXO_E_RIGHTS;
    return 0;
}

static void protect_entry(const struct exo_pt_op *op, const struct range *range, uint64_t va, uint64_t *slot,
                          struct pt_batch *batch)
{
    const uint64_t keep = EXO_PTE_ADDR | PTE_PCD | PTE_PWT | EXO_PTE_A | EXO_PTE_D;
    uint64_t old = __atomic_load_n(slot, __ATOMIC_RELAXED), entry;
    if (!(old & EXO_PTE_P))
        return;
    do
        entry = (old & keep) | entry_flags(op);
    while (!__atomic_compare_exchange_n(slot, &old, entry, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED));
    frame_t frame = (frame_t)((old & EXO_PTE_ADDR) >> EXO_PAGE_BITS);
    bool counted = entry_counted(old);
    if (counted && (entry & ~old & EXO_PTE_W))
        for (uint32_t k = 0; k < range->unit; k++)
            frames[frame + k].writes++;
    if (counted && (old & ~entry & EXO_PTE_W)) {
        /* A second count keeps the frame until the flush, even if another CPU unmaps it in the meantime. */
        for (uint32_t k = 0; k < range->unit; k++)
            frames[frame + k].maps++;
        note_drop(batch, frame, range->unit, PT_DROP_MAP | PT_DROP_WRITE);
    }
    /* A widened entry needs no flush for safety, but the processor may fault once more on the old one. */
    if ((old ^ entry) & (EXO_PTE_W | EXO_PTE_U | EXO_PTE_NX))
        note_flush(batch, va);
}

/* Visits the entries of a range that exist, skipping tables that do not. */
static int visit(struct env *env, const struct exo_pt_op *op, const struct range *range, struct pt_batch *batch, bool check)
{
    uint64_t bytes = level_bytes(range->level), *slot = NULL;
    for (uint32_t i = 0; i < range->count; i++) {
        uint64_t va = range->va + i * bytes;
        if (i == 0 || table_index(va, range->level) == 0) {
            int error = find_slot(env, va, range->level, false, &slot);
            if (error)
                return error;
        } else if (slot) {
            slot++;
        }
        if (!slot)
            continue;
        if (check) {
            if (range->level == LEVEL_PD && (*slot & EXO_PTE_P) && !(*slot & EXO_PTE_PS))
                return -EXO_E_BUSY;
            if (op->op == EXO_PT_PROTECT && (op->prot & EXO_PROT_WRITE) && (*slot & EXO_PTE_P) && !(*slot & EXO_PTE_W)) {
                int error = may_widen(env, range, *slot);
                if (error)
                    return error;
            }
        } else if (op->op == EXO_PT_PROTECT) {
            protect_entry(op, range, va, slot, batch);
        } else {
            unmap_entry(env, op, range, va, slot, batch);
        }
    }
    return 0;
}

/* PRUNE: tables without an entry in use, from the lowest level upwards. */
static void prune_table(struct env *env, uint64_t va, int level, struct pt_batch *batch)
{
    uint64_t *slot;
    if (find_slot(env, va, level + 1, false, &slot) || !slot || !(*slot & EXO_PTE_P) || (*slot & EXO_PTE_PS))
        return;
    frame_t table = frame_of(entry_table(*slot));
    if (frames[table].maps || batch->n == PT_BATCH_MAX)
        return;
    swap_entry(slot, 0);
    frames[frame_of(slot)].maps--;
    env->pub->table_pages--;
    batch->flush = batch->tables = true;
    note_drop(batch, table, 1, PT_DROP_TABLE);
}

static void apply_prune(struct env *env, const struct range *range, struct pt_batch *batch)
{
    uint64_t end = range->va + range->count * level_bytes(range->level);
    for (int level = LEVEL_PT; level < LEVEL_PML4; level++)
        for (uint64_t va = range->va; va < end; va = (va | (level_bytes(level + 1) - 1)) + 1)
            prune_table(env, va, level, batch);
}

int pt_apply(struct env *env, const struct exo_pt_op *op, struct pt_batch *batch)
{
    struct range range;
    int error = decode_range(op, batch, &range);
    if (error)
        return error;
    if (op->op == EXO_PT_MAP) {
        error = apply_map(env, op, &range, batch);
    } else if (op->op == EXO_PT_PRUNE) {
        apply_prune(env, &range, batch);
    } else {
        error = visit(env, op, &range, batch, true);
        if (!error)
            visit(env, op, &range, batch, false);
    }
    if (!error)
        batch->pages += op->count * range.unit;
    return error;
}

int pt_map_pinned(struct env *env, uint64_t va, frame_t frame)
{
    uint64_t *slot;
    int error = find_slot(env, va, LEVEL_PT, true, &slot);
    if (error)
        return error;
    set_entry(slot, frame_paddr(frame) | EXO_PTE_P | EXO_PTE_W | EXO_PTE_U | pte_nx());
    frames[frame_of(slot)].maps++;
    return 0;
}

void pt_batch_init(uint32_t cpu, struct pt_batch *batch)
{
    batches[cpu] = batch;
}

struct pt_batch *pt_batch_here(void)
{
    return batches[this_cpu()->index];
}

void pt_settle(struct pt_batch *batch)
{
    for (uint32_t i = 0; i < batch->n; i++) {
        unsigned what = batch->drop[i].what;
        for (uint32_t k = 0; k < batch->drop[i].count; k++) {
            frame_t frame = batch->drop[i].frame + k;
            if (what == PT_DROP_TABLE)
                frame_release(frame);
            else
                frame_unmap_count(frame, what & PT_DROP_WRITE);
        }
    }
    batch->n = batch->pages = batch->flush_pages = 0;
    batch->flush = batch->tables = false;
}

uint64_t pt_user_word(struct env *env, uint64_t va, bool write)
{
    if (va >= 0x0000800000000000ull || table_index(va, LEVEL_PML4) == SLOT_WINDOW)
        return 0;
    uint64_t need = EXO_PTE_P | EXO_PTE_U | (write ? EXO_PTE_W : 0);
    uint64_t *table = env->pml4;
    for (int level = LEVEL_PML4; level >= LEVEL_PT; level--) {
        uint64_t entry = __atomic_load_n(&table[table_index(va, level)], __ATOMIC_RELAXED);
        if ((entry & need) != need)
            return 0;
        if (level == LEVEL_PT || (entry & EXO_PTE_PS)) {
            uint64_t offset = va & (level_bytes(level) - 1);
            uint64_t paddr = (entry & EXO_PTE_ADDR & ~(level_bytes(level) - 1)) + offset;
            frame_t frame = (frame_t)(paddr >> EXO_PAGE_BITS);
            bool ram = frame < frame_count && (frames[frame].type == EXO_FRAME_USER || frames[frame].type == EXO_FRAME_PINNED);
            return ram ? paddr : 0;
        }
        table = entry_table(entry);
    }
    return 0;
}

bool pt_user_open(struct env *env, uint64_t va)
{
    const uint64_t need = EXO_PTE_P | EXO_PTE_U;
    const uint64_t *table = env->pml4;
    for (int level = LEVEL_PML4; level >= LEVEL_PT; level--) {
        uint64_t entry = __atomic_load_n(&table[table_index(va, level)], __ATOMIC_RELAXED);
        if ((entry & need) != need)
            return false;
        if (level == LEVEL_PD && (entry & EXO_PTE_PS))
            break;
        table = entry_table(entry);
    }
    return true;
}

/* Sweeping and tear-down */

static bool justified(struct env *env, uint64_t entry)
{
    frame_t frame = (frame_t)((entry & EXO_PTE_ADDR) >> EXO_PAGE_BITS);
    uint64_t cache;
    if (!entry_counted(entry))
        return device_may_map(&env->caps, frame, 1, &cache) == 0;
    return frame_may_map_any(frame, &env->caps, entry & EXO_PTE_W);
}

static void walk_table(struct env *env, uint64_t va, uint64_t *table, bool tear_down, struct pt_batch *batch)
{
    for (unsigned i = 0; i < 512; i++) {
        if (!table[i] || (!tear_down && (!(table[i] & EXO_PTE_P) || justified(env, table[i]))))
            continue;
        uint64_t old = swap_entry(&table[i], 0);
        frames[frame_of(table)].maps--;
        if (va < EXO_USER_TOP)
            entry_gone(env, va + i * EXO_PAGE_BYTES, old, 1, batch);
        else if (old & EXO_PTE_P) /* an activation's page: freed with its activation */
            batch->flush = true;
    }
}

static void walk_large(struct env *env, uint64_t va, uint64_t *slot, bool tear_down, struct pt_batch *batch)
{
    frame_t first = (frame_t)((*slot & EXO_PTE_ADDR) >> EXO_PAGE_BITS);
    bool keep = !tear_down;
    for (unsigned k = 0; keep && k < 512; k++)
        keep = frame_may_map_any(first + k, &env->caps, *slot & EXO_PTE_W);
    if (!keep) {
        uint64_t old = swap_entry(slot, 0);
        frames[frame_of(slot)].maps--;
        entry_gone(env, va, old, 512, batch);
    }
}

/* Tear-down steps over an entry without a table: what soft bits are there go, and the tables that became, or always were,
 * empty. */
static void clear_gap(struct env *env, uint64_t va, int level, uint64_t *entry, struct pt_batch *batch)
{
    if (level == LEVEL_PML4)
        return;
    if (swap_entry(entry, 0))
        frames[frame_of(entry)].maps--;
    for (; level < LEVEL_PML4; level++)
        prune_table(env, va, level, batch);
}

/* The first entry in use at or after *va; tables that are not there are stepped over, one entry of the level looked at
 * for each. Returns NULL at the end (of the lower half; in a sweep of what the libOS maps), when 512 entries were looked at,
 * or when tables were freed. */
static uint64_t *walk_find(struct env *env, uint64_t *va, bool tear_down, struct pt_batch *batch, bool *end)
{
    for (unsigned looked = 0; looked < 512 && !batch->n; looked++) {
        if (*va >= (tear_down ? 0x0000800000000000ull : EXO_USER_TOP)) {
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
    uint64_t span = level_bytes(LEVEL_PD);
    *va &= ~(span - 1);
    if (*slot & EXO_PTE_PS)
        walk_large(env, *va, slot, tear_down, batch);
    else
        walk_table(env, *va, entry_table(*slot), tear_down, batch);
    if (tear_down)
        for (int level = LEVEL_PT; level < LEVEL_PML4; level++)
            prune_table(env, *va, level, batch);
    *va += span;
    return false;
}

void pt_free_root(struct env *env)
{
    frame_release(env->pml4_frame);
    env->pml4 = NULL;
}
