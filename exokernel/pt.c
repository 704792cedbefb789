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
enum { PRUNE_TABLES_MAX = 6 }; /* 512 pages lie in at most two tables of each of three levels */

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
    return (uint64_t *)(DIRECT_BASE + (entry & EXO_PTE_ADDR));
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

/* The entry for va at a level, or NULL if there is no table for it. *error: -EXO_E_BUSY if a large page is in the way. */
static uint64_t *find_slot(struct env *env, uint64_t va, int level, int *error)
{
    uint64_t *table = env->pml4;
    unsigned last = EXO_PAGE_BITS + 9 * (unsigned)(level - 1);
    *error = 0;
    for (unsigned shift = EXO_PAGE_BITS + 27; shift > last; shift -= 9) {
        uint64_t entry = table[va >> shift & 511];
        if (!(entry & EXO_PTE_P))
            return NULL;
        if (entry & EXO_PTE_PS) {
            *error = -EXO_E_BUSY;
            return NULL;
        }
        table = entry_table(entry);
    }
    return &table[va >> last & 511];
}

/* The same, making tables on the way. NULL: *error says why not. */
static uint64_t *make_slot(struct env *env, uint64_t va, int level, int *error)
{
    uint64_t *slot = find_slot(env, va, level, error), *table = env->pml4;
    if (slot || *error)
        return slot;
    for (int at = LEVEL_PML4; at > level; at--) {
        uint64_t *entry = &table[table_index(va, at)];
        if (!(*entry & EXO_PTE_P) && (*error = table_make(env, entry, frame_of(table))))
            return NULL;
        table = entry_table(*entry);
    }
    return &table[table_index(va, level)];
}

/* What an operation works on. */
struct range {
    uint64_t va;
    uint64_t bytes;     /* of a unit: a page, small or large */
    uint32_t count;     /* units */
    uint32_t unit;      /* frames in a unit */
    int level;          /* LEVEL_PT, or LEVEL_PD for large pages */
    unsigned shift;     /* log2(bytes) */
};

static unsigned range_index(const struct range *range, uint64_t va)
{
    return va >> range->shift & 511;
}

static int decode_range(const struct exo_pt_op *op, const struct pt_batch *batch, struct range *range)
{
    bool large = op->prot & EXO_PROT_LARGE;
    *range = large ? (struct range){op->va, 512 * EXO_PAGE_BYTES, op->count, 512, LEVEL_PD, EXO_PAGE_BITS + 9}
                   : (struct range){op->va, EXO_PAGE_BYTES, op->count, 1, LEVEL_PT, EXO_PAGE_BITS};
    if (op->op > EXO_PT_FRESH || op->reserved || op->soft > 7 || op->prot > 31)
        return -EXO_E_ARG;
    if (!op->count || op->count > (large ? 1 : EXO_PT_PAGES_MAX))
        return -EXO_E_ARG;
    if ((op->va & (range->bytes - 1)) || op->va >= EXO_USER_TOP || EXO_USER_TOP - op->va < op->count * range->bytes)
        return -EXO_E_RANGE;
    if ((op->prot & EXO_PROT_WRITE) && (op->prot & EXO_PROT_EXEC) && !(op->prot & EXO_PROT_WX))
        return -EXO_E_ARG;
    bool full = batch->pages + op->count * range->unit > EXO_PT_PAGES_MAX ||
                batch->n + (op->op == EXO_PT_PRUNE ? PRUNE_TABLES_MAX : op->count) > PT_BATCH_MAX;
    return full ? -EXO_E_AGAIN : 0;
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

/* Entries of a range were removed or changed: their copies in TLBs are still to go. */
static void note_flush(struct pt_batch *batch, uint64_t va, uint64_t bytes, uint32_t n)
{
    batch->flush = true;
    batch->flush_pages += n;
    if (batch->flush_ranges == PT_FLUSH_RANGES || batch->flush_pages > PT_FLUSH_PAGES) {
        batch->flush_all = true;
        return;
    }
    batch->flush_range[batch->flush_ranges].va = va;
    batch->flush_range[batch->flush_ranges].bytes = bytes;
    batch->flush_range[batch->flush_ranges++].n = n;
}

static void take_back(frame_t first, uint32_t count, unsigned what)
{
    for (frame_t frame = first; frame < first + count; frame++)
        if (what == PT_DROP_TABLE)
            frame_release(frame);
        else
            frame_unmap_count(frame, what & PT_DROP_WRITE);
}

static void note_drop(struct pt_batch *batch, frame_t frame, uint32_t count, unsigned what)
{
    if (batch->alone) {
        take_back(frame, count, what);
        return;
    }
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

static frame_t entry_frame(uint64_t entry)
{
    return (frame_t)((entry & EXO_PTE_ADDR) >> EXO_PAGE_BITS);
}

/* An entry was taken out of its table: its counts are still to go. Returns whether a TLB may hold it. */
static bool entry_gone(struct env *env, uint64_t old, uint32_t unit, struct pt_batch *batch)
{
    if (!(old & EXO_PTE_P))
        return false;
    env->pub->mapped -= unit;
    if (unit > 1)
        batch->flush = batch->flush_all = true; /* the window showed its first frame where it shows a table */
    if (entry_counted(old))
        note_drop(batch, entry_frame(old), unit, PT_DROP_MAP | (old & EXO_PTE_W ? PT_DROP_WRITE : 0));
    return true;
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

/* All entries of a range can be reached: makes the tables. Those made before a failure stay, empty, until PRUNE. *first is
 * the entry of the range's first page. */
static int make_slots(struct env *env, const struct range *range, uint64_t **first)
{
    uint64_t span = level_bytes(range->level + 1), end = range->va + range->count * range->bytes;
    int error;
    *first = make_slot(env, range->va, range->level, &error);
    for (uint64_t va = (range->va | (span - 1)) + 1; !error && va < end; va += span)
        make_slot(env, va, range->level, &error);
    return error;
}

/* A large page cannot replace a table: the table must be pruned first. */
static int check_large(struct env *env, const struct range *range)
{
    int error = 0;
    for (uint32_t i = 0; !error && i < range->count; i++) {
        const uint64_t *slot = find_slot(env, range->va + i * range->bytes, LEVEL_PD, &error);
        if (slot && (*slot & EXO_PTE_P) && !(*slot & EXO_PTE_PS))
            return -EXO_E_BUSY;
    }
    return error;
}

/* Where the frames of a MAP or FRESH come from; checked, so that nothing can fail any more. */
struct source {
    frame_t first; /* MAP */
    uint64_t cache;
    struct cap_name guard; /* FRESH */
    uint16_t quota;
};

static int check_fresh(struct env *env, const struct exo_pt_op *op, const struct range *range, struct source *source)
{
    struct exo_cap cap;
    if (range->unit != 1 || op->count > EXO_FRAMES_MAX || op->frame)
        return -EXO_E_ARG;
    int error = cap_use(&env->caps, op->cap, EXO_RIGHT_READ | EXO_RIGHT_WRITE, &cap);
    if (error)
        return error;
    source->guard = cap_name(&cap);
    source->quota = quota_find(source->guard);
    source->cache = 0;
    return frame_available(source->quota, op->count);
}

static frame_t source_frame(const struct exo_pt_op *op, const struct range *range, const struct source *source, uint32_t i)
{
    frame_t frame = EXO_FRAME_ANY;
    if (op->op == EXO_PT_MAP)
        return source->first + i * range->unit;
    int error = frame_take(&frame, source->guard, source->quota, EXO_FRAME_USER, EXO_FRAME_ZERO | EXO_FRAME_AUTO);
    assert(!error);
    return frame;
}

static void enter_frames(struct env *env, const struct exo_pt_op *op, const struct range *range, const struct source *source,
                         uint64_t *slot, struct pt_batch *batch)
{
    uint64_t flags = entry_flags(op) | source->cache;
    bool gone = false, counted = op->op == EXO_PT_FRESH || entry_counted(frame_paddr(op->frame));
    int error;
    for (uint32_t i = 0; i < range->count; i++, slot++) {
        uint64_t va = range->va + i * range->bytes;
        if (i && range_index(range, va) == 0)
            slot = find_slot(env, va, range->level, &error);
        frame_t frame = source_frame(op, range, source, i);
        for (uint32_t k = 0; counted && k < range->unit; k++)
            frame_map_count(frame + k, op->prot & EXO_PROT_WRITE);
        uint64_t old = swap_entry(slot, frame_paddr(frame) | flags);
        if (!old)
            frames[frame_of(slot)].maps++;
        else
            gone |= entry_gone(env, old, range->unit, batch);
    }
    env->pub->mapped += range->count * range->unit;
    if (gone)
        note_flush(batch, range->va, range->bytes, range->count);
}

static int apply_map(struct env *env, const struct exo_pt_op *op, const struct range *range, struct pt_batch *batch)
{
    struct source source = {.first = op->frame};
    uint64_t *slot;
    int error = make_slots(env, range, &slot); /* first: it may use up what check_fresh finds available */
    if (!error && range->level == LEVEL_PD)
        error = check_large(env, range);
    if (!error)
        error = op->op == EXO_PT_MAP ? check_frames(env, op, range, &source.cache) : check_fresh(env, op, range, &source);
    if (!error)
        enter_frames(env, op, range, &source, slot, batch);
    return error;
}

/* UNMAP and PROTECT: for each table of the range that exists, the entries in it. */

/* May env write what the entry maps? If its guard alone says so, *allowed is that guard. */
static int may_widen(struct env *env, const struct range *range, uint64_t entry, struct cap_name *allowed)
{
    frame_t frame = entry_frame(entry);
    struct exo_cap cap;
    uint64_t cache;
    if (!entry_counted(entry))
        return device_may_map(&env->caps, frame, 1, &cache);
    for (uint32_t k = 0; k < range->unit; k++)
        if (frames[frame + k].type != EXO_FRAME_USER || !frame_may_map_any(frame + k, &env->caps, true))
            return -EXO_E_RIGHTS;
    for (uint32_t i = 0; i < env->caps.used; i++)
        if (cap_check(&env->caps, i, EXO_RIGHT_READ | EXO_RIGHT_WRITE, frame_guard_of(frame), &cap) == 0)
            *allowed = frame_guard_of(frame);
    return 0;
}

/* Neighbours mostly have one guard: the answer for it is not looked up again. */
static bool same_guard(const struct range *range, uint64_t entry, struct cap_name allowed)
{
    const struct exo_frame *f = &frames[entry_frame(entry)];
    return range->unit == 1 && entry_counted(entry) && f->type == EXO_FRAME_USER && f->guard_len == allowed.len &&
           f->guard_bits == allowed.bits;
}

static int check_entries(struct env *env, const struct exo_pt_op *op, const struct range *range, uint64_t *slot, uint32_t n)
{
    bool widen = op->op == EXO_PT_PROTECT && (op->prot & EXO_PROT_WRITE);
    if (!widen && range->level == LEVEL_PT)
        return 0;
    struct cap_name allowed = {0, 0xff}; /* guard of the frame before, which was allowed */
    for (uint32_t i = 0; i < n; i++) {
        uint64_t entry = slot[i];
        if (!(entry & EXO_PTE_P))
            continue;
        if (range->level == LEVEL_PD && !(entry & EXO_PTE_PS))
            return -EXO_E_BUSY;
        if (!widen || (entry & EXO_PTE_W) || same_guard(range, entry, allowed))
            continue;
        int error = may_widen(env, range, entry, &allowed);
        if (error)
            return error;
    }
    return 0;
}

static bool unmap_entries(struct env *env, const struct exo_pt_op *op, const struct range *range, uint64_t *slot, uint32_t n,
                          struct pt_batch *batch)
{
    uint64_t soft = (uint64_t)op->soft << EXO_PTE_SOFT_SHIFT;
    struct exo_frame *table = &frames[frame_of(slot)];
    bool gone = false;
    for (uint32_t i = 0; i < n; i++) {
        uint64_t old = swap_entry(&slot[i], soft);
        table->maps += (soft != 0) - (old != 0);
        gone |= entry_gone(env, old, range->unit, batch);
    }
    return gone;
}

/* The writable count of a frame follows its entries. A narrowed one keeps a second map count until the flush, so that the
 * frame stays even if another CPU unmaps it in the meantime. */
static void count_protect(uint64_t old, uint64_t entry, uint32_t unit, struct pt_batch *batch)
{
    if (!((old ^ entry) & EXO_PTE_W) || !entry_counted(old))
        return;
    struct exo_frame *f = &frames[entry_frame(old)];
    for (uint32_t k = 0; k < unit; k++)
        if (entry & EXO_PTE_W)
            f[k].writes++;
        else if (batch->alone)
            f[k].writes--;
        else
            f[k].maps++;
    if (!(entry & EXO_PTE_W) && !batch->alone)
        note_drop(batch, entry_frame(old), unit, PT_DROP_MAP | PT_DROP_WRITE);
}

static bool protect_entries(const struct exo_pt_op *op, const struct range *range, uint64_t *slot, uint32_t n,
                            struct pt_batch *batch)
{
    const uint64_t keep = EXO_PTE_ADDR | PTE_PCD | PTE_PWT | EXO_PTE_A | EXO_PTE_D;
    const uint64_t flags = entry_flags(op);
    bool changed = false;
    for (uint32_t i = 0; i < n; i++) {
        uint64_t old = __atomic_load_n(&slot[i], __ATOMIC_RELAXED), entry;
        if (!(old & EXO_PTE_P))
            continue;
        do
            entry = (old & keep) | flags;
        while (!__atomic_compare_exchange_n(&slot[i], &old, entry, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED));
        count_protect(old, entry, range->unit, batch);
        changed |= ((old ^ entry) & (EXO_PTE_W | EXO_PTE_U | EXO_PTE_NX)) != 0;
    }
    return changed;
}

/* Visits the tables of a range, to check its entries or to change them. */
static int visit(struct env *env, const struct exo_pt_op *op, const struct range *range, struct pt_batch *batch, bool check)
{
    bool changed = false;
    int error = 0;
    for (uint32_t i = 0, n; !error && i < range->count; i += n) {
        uint64_t va = range->va + i * range->bytes;
        uint32_t in_table = 512 - range_index(range, va);
        n = range->count - i < in_table ? range->count - i : in_table;
        uint64_t *slot = find_slot(env, va, range->level, &error);
        if (!slot)
            continue;
        if (check)
            error = check_entries(env, op, range, slot, n);
        else if (op->op == EXO_PT_PROTECT)
            changed |= protect_entries(op, range, slot, n, batch);
        else
            changed |= unmap_entries(env, op, range, slot, n, batch);
    }
    if (changed)
        note_flush(batch, range->va, range->bytes, range->count);
    return error;
}

/* Everything is checked before anything is changed. One table of small pages needs no pass for that, unless rights are
 * widened: finding the table is the only thing that can fail. */
static int apply_change(struct env *env, const struct exo_pt_op *op, const struct range *range, struct pt_batch *batch)
{
    bool widen = op->op == EXO_PT_PROTECT && (op->prot & EXO_PROT_WRITE);
    bool one_table = range_index(range, range->va) + range->count <= 512;
    int error = 0;
    if (widen || !one_table || range->level != LEVEL_PT)
        error = visit(env, op, range, batch, true);
    return error ? error : visit(env, op, range, batch, false);
}

/* PRUNE: tables without an entry in use, from the lowest level upwards. */
static void prune_table(struct env *env, uint64_t va, int level, struct pt_batch *batch)
{
    int error;
    uint64_t *slot = find_slot(env, va, level + 1, &error);
    if (!slot || !(*slot & EXO_PTE_P) || (*slot & EXO_PTE_PS))
        return;
    frame_t table = frame_of(entry_table(*slot));
    if (frames[table].maps || batch->n == PT_BATCH_MAX)
        return;
    swap_entry(slot, 0);
    frames[frame_of(slot)].maps--;
    env->pub->table_pages--;
    batch->flush = batch->flush_all = true;
    note_drop(batch, table, 1, PT_DROP_TABLE);
}

static void apply_prune(struct env *env, const struct range *range, struct pt_batch *batch)
{
    uint64_t end = range->va + range->count * range->bytes;
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
    if (op->op == EXO_PT_MAP || op->op == EXO_PT_FRESH)
        error = apply_map(env, op, &range, batch);
    else if (op->op == EXO_PT_PRUNE)
        apply_prune(env, &range, batch);
    else
        error = apply_change(env, op, &range, batch);
    if (!error)
        batch->pages += op->count * range.unit;
    return error;
}

int pt_map_pinned(struct env *env, uint64_t va, frame_t frame)
{
    int error;
    uint64_t *slot = make_slot(env, va, LEVEL_PT, &error);
    if (!slot)
        return error;
    set_entry(slot, frame_paddr(frame) | EXO_PTE_P | EXO_PTE_W | EXO_PTE_U | pte_nx());
    frames[frame_of(slot)].maps++;
    return 0;
}

void pt_batch_init(uint32_t cpu, struct pt_batch *batch)
{
    batches[cpu] = batch;
}

struct pt_batch *pt_batch_begin(const struct env *env)
{
    const struct cpu *cpu = this_cpu();
    struct pt_batch *batch = batches[cpu->index];
    batch->n = batch->pages = batch->flush_ranges = batch->flush_pages = 0;
    batch->flush = batch->flush_all = false;
    batch->alone = !(env->cpu_mask & ~(1u << cpu->index));
    return batch;
}

void pt_settle(struct pt_batch *batch)
{
    for (uint32_t i = 0; i < batch->n; i++)
        take_back(batch->drop[i].frame, batch->drop[i].count, batch->drop[i].what);
    batch->n = 0;
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
    uint64_t cache;
    if (!entry_counted(entry))
        return device_may_map(&env->caps, entry_frame(entry), 1, &cache) == 0;
    return frame_may_map_any(entry_frame(entry), &env->caps, entry & EXO_PTE_W);
}

static void walk_table(struct env *env, uint64_t va, uint64_t *table, bool tear_down, struct pt_batch *batch)
{
    for (unsigned i = 0; i < 512; i++) {
        if (!table[i] || (!tear_down && (!(table[i] & EXO_PTE_P) || va >= EXO_USER_TOP || justified(env, table[i]))))
            continue;
        uint64_t old = swap_entry(&table[i], 0);
        frames[frame_of(table)].maps--;
        if (va < EXO_USER_TOP) /* else an activation's page, which is freed with its activation */
            entry_gone(env, old, 1, batch);
        batch->flush = batch->flush_all = true;
    }
}

static void walk_large(struct env *env, uint64_t *slot, bool tear_down, struct pt_batch *batch)
{
    frame_t first = entry_frame(*slot);
    bool keep = !tear_down;
    for (unsigned k = 0; keep && k < 512; k++)
        keep = frame_may_map_any(first + k, &env->caps, *slot & EXO_PTE_W);
    if (keep)
        return;
    uint64_t old = swap_entry(slot, 0);
    frames[frame_of(slot)].maps--;
    entry_gone(env, old, 512, batch);
    batch->flush = batch->flush_all = true;
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
        walk_large(env, slot, tear_down, batch);
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
