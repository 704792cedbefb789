/* SPDX-License-Identifier: MIT
 *
 * pt.c: the operations of pt_update (pt.h). Each is decode (all is checked, tables are made) and then perform, which cannot
 * fail. A range lies in at most two tables; they are looked up once, and everything after works on these parts. Changing
 * the protection of small pages in the table that was used last is the shortest way: it is inline, as a whole.
 */
#include "pt.h"

#include "kernel.h"
#include "pt_entry.h"
#include "quota.h"
#include "x86/kpaging.h"

#define PTE_PCD 0x10ull
#define PTE_PWT 0x8ull

#define LARGE_BYTES 0x200000ull
enum { PROTS = 32 };

/* Flags of an entry by EXO_PROT_*; 0 where it is refused: WRITE and EXEC without WX. */
#define FLAGS(prot)                                                                                                    \
    (((prot) & (EXO_PROT_WRITE | EXO_PROT_EXEC | EXO_PROT_WX)) == (EXO_PROT_WRITE | EXO_PROT_EXEC) ? 0                 \
        : EXO_PTE_P | ((prot) & EXO_PROT_NONE ? 0 : EXO_PTE_U) | ((prot) & EXO_PROT_WRITE ? EXO_PTE_W : 0) |           \
          ((prot) & EXO_PROT_EXEC ? 0 : EXO_PTE_NX) | ((prot) & EXO_PROT_LARGE ? EXO_PTE_PS : 0))
#define FLAGS_8(prot)                                                                                                  \
    FLAGS(prot), FLAGS((prot) + 1), FLAGS((prot) + 2), FLAGS((prot) + 3), FLAGS((prot) + 4), FLAGS((prot) + 5),        \
        FLAGS((prot) + 6), FLAGS((prot) + 7)
static const uint64_t prot_flags[PROTS] = {FLAGS_8(0), FLAGS_8(8), FLAGS_8(16), FLAGS_8(24)};

/* The bits of `what` (EXO_PT_WHAT) that nothing may set: op goes up to 7 here, prot to 31, soft to 7. */
#define WHAT_RESERVED 0x00f8e0f8u

/* An operation, decoded. */
struct range {
    uint64_t va;
    uint64_t flags; /* of new entries */
    uint32_t count; /* entries: small pages, or one large one */
    uint32_t unit;  /* frames of each */
};

/* Entries of a range in one table. A range has up to two of them; a part that has no table is empty. */
struct part {
    uint64_t *slot, *end;
};

static unsigned what_op(uint32_t what)
{
    return what & 0xff;
}

static unsigned what_cap(uint32_t what)
{
    return what >> 24;
}

static uint64_t what_soft(uint32_t what)
{
    return (uint64_t)(what >> 16 & 7) << EXO_PTE_SOFT_SHIFT;
}

static int decode_range(uint64_t va, uint32_t count, uint32_t what, struct range *range)
{
    uint64_t flags = prot_flags[what >> 8 & (PROTS - 1)];
    if ((what & WHAT_RESERVED) || !flags || count - 1 >= EXO_PT_PAGES_MAX)
        return -EXO_E_ARG;
    if (va % EXO_PAGE_BYTES || (va >> EXO_PAGE_BITS) + count > EXO_USER_TOP >> EXO_PAGE_BITS)
        return -EXO_E_RANGE;
    range->va = va;
    range->flags = (flags & pte_bits) | what_soft(what);
    range->count = count;
    range->unit = 1;
    if (__builtin_expect(!(flags & EXO_PTE_PS), true))
        return 0;
    range->unit = LARGE_BYTES / EXO_PAGE_BYTES;
    return count > 1 ? -EXO_E_ARG : va % LARGE_BYTES ? -EXO_E_RANGE : 0;
}

/* Finds (or makes) the tables of a range; where there is none, a part stays as it is, empty. A large page can neither
 * replace a table, which must be pruned first, nor be unmapped or protected where one is. */
static int find_parts(struct env *env, const struct range *range, bool make, struct part part[2])
{
    const int level = range->unit > 1 ? LEVEL_PD : LEVEL_PT;
    uint64_t va = range->va;
    for (uint32_t left = range->count, n; left; left -= n, va += n * EXO_PAGE_BYTES) {
        int error;
        uint64_t *slot = pt_find(env, va, level, &error);
        if (!slot && !error && make)
            slot = pt_find_or_make(env, va, level, &error);
        if (slot && level == LEVEL_PD && (*slot & (EXO_PTE_P | EXO_PTE_PS)) == EXO_PTE_P)
            error = -EXO_E_BUSY;
        if (error)
            return error;
        n = 512 - (uint32_t)(va >> EXO_PAGE_BITS & 511);
        if (n > left)
            n = left;
        if (slot)
            *part++ = (struct part){slot, slot + n};
        if (slot && level == LEVEL_PT)
            pt_note_table(env, va, slot);
    }
    return 0;
}

/* Finds the part of a range of small pages, if the table that was used last has all of it. */
static inline bool find_near(const struct env *env, const struct range *range, struct part *part)
{
    const unsigned first = table_index(range->va, LEVEL_PT);
    if (range->unit != 1 || range->va / LARGE_BYTES != env->last_span || first + range->count > 512)
        return false;
    part->slot = env->last_table + first;
    part->end = part->slot + range->count;
    return true;
}

/* MAP and FRESH */

/* The authority for one frame: cap, or (NULL) the access list and env's whole set of slots. */
static int check_frame(struct env *env, const struct exo_cap *cap, frame_t frame, bool writable)
{
    if (!frame_is_user(frame))
        return -EXO_E_FRAME;
    if (!cap)
        return frame_may_map_any(frame, &env->caps, writable) ? 0 : -EXO_E_RIGHTS;
    return frame_may_map(frame, cap, writable);
}

static int check_frames(struct env *env, frame_t first, unsigned slot, const struct range *range, uint64_t *cache)
{
    struct exo_cap cap;
    uint32_t n = range->count * range->unit;
    *cache = 0;
    if (slot != EXO_PT_ACL) {
        int error = cap_use(&env->caps, slot, EXO_RIGHT_READ, &cap);
        if (error)
            return error;
    }
    if (first % range->unit || first + n < first)
        return -EXO_E_FRAME;
    if (device_frames(first, n))
        return range->unit == 1 ? device_may_map(&env->caps, first, n, cache) : -EXO_E_FRAME;
    for (frame_t frame = first; frame < first + n; frame++) {
        int error = check_frame(env, slot == EXO_PT_ACL ? NULL : &cap, frame, range->flags & EXO_PTE_W);
        if (error)
            return error;
    }
    return 0;
}

/* Takes the place of env's old entry, if any. Returns whether a TLB may hold it. */
static bool enter(struct env *env, uint64_t *slot, uint64_t entry, uint32_t unit, struct pt_batch *batch)
{
    struct exo_frame *f = entry_counts_in(entry);
    for (uint32_t k = 0; f && k < unit; k++) {
        f[k].maps++;
        f[k].writes += (entry & EXO_PTE_W) != 0;
    }
    env->pub->mapped += unit;
    uint64_t old = swap_entry(slot, entry);
    if (old)
        return pt_entry_gone(env, old, unit, batch);
    frames[frame_of(slot)].maps++;
    return false;
}

static int map(struct env *env, frame_t first, unsigned slot_of_cap, const struct range *range, const struct part part[2],
               struct pt_batch *batch)
{
    uint64_t cache;
    int error = check_frames(env, first, slot_of_cap, range, &cache);
    if (error)
        return error;
    uint64_t entry = frame_paddr(first) | range->flags | cache;
    bool gone = false;
    for (const struct part *at = part; at < part + 2; at++)
        for (uint64_t *slot = at->slot; slot < at->end; slot++, entry += EXO_PAGE_BYTES)
            gone |= enter(env, slot, entry, range->unit, batch);
    if (gone)
        pt_note_flush(batch, range->va, range->count);
    return 0;
}

static int fresh(struct env *env, frame_t none, unsigned slot_of_cap, const struct range *range, const struct part part[2],
                 struct pt_batch *batch)
{
    struct exo_cap cap;
    if (range->unit != 1 || range->count > EXO_FRAMES_MAX || none)
        return -EXO_E_ARG;
    int error = cap_use(&env->caps, slot_of_cap, EXO_RIGHT_READ | EXO_RIGHT_WRITE, &cap);
    if (error)
        return error;
    struct cap_name guard = cap_name(&cap);
    uint16_t quota = quota_find(guard);
    if ((error = frame_reserve(quota, range->count)))
        return error;
    bool gone = false;
    for (const struct part *at = part; at < part + 2; at++)
        for (uint64_t *slot = at->slot; slot < at->end; slot++) {
            frame_t frame = frame_take_reserved(guard, quota, EXO_FRAME_ZERO | EXO_FRAME_AUTO);
            gone |= enter(env, slot, frame_paddr(frame) | range->flags, 1, batch);
        }
    if (gone)
        pt_note_flush(batch, range->va, range->count);
    return 0;
}

/* UNMAP */

static int unmap(struct env *env, uint64_t soft, const struct range *range, const struct part part[2], struct pt_batch *batch)
{
    bool gone = false;
    for (const struct part *at = part; at < part + 2; at++)
        for (uint64_t *slot = at->slot; slot < at->end; slot++) {
            uint64_t old = swap_entry(slot, soft);
            frames[frame_of(slot)].maps += (soft != 0) - (old != 0);
            gone |= pt_entry_gone(env, old, range->unit, batch);
        }
    if (gone)
        pt_note_flush(batch, range->va, range->count);
    return 0;
}

/* PROTECT */

/* May env write what an entry maps? *known becomes the guard of its frame if a capability covers that: then it covers all
 * frames with this guard. */
__attribute__((noinline)) static bool may_write(struct env *env, uint64_t entry, uint32_t unit, struct cap_name *known)
{
    const struct exo_frame *f = entry_counts_in(entry);
    uint64_t cache;
    if (!f)
        return device_may_map(&env->caps, entry_frame(entry), 1, &cache) == 0;
    const struct cap_name guard = frame_guard_of(entry_frame(entry));
    for (frame_t frame = entry_frame(entry); unit; unit--, frame++)
        if (frames[frame].type != EXO_FRAME_USER || !frame_may_map_any(frame, &env->caps, true))
            return false;
    if (cap_any(&env->caps, EXO_RIGHT_READ | EXO_RIGHT_WRITE, guard))
        *known = guard;
    return true;
}

/* What becomes writable may be written. Neighbours mostly have one guard, so the last one is remembered, to begin with
 * that of slot 0; what has it need not be looked at closely, whatever the entry says. */
static inline int check_widen(struct env *env, struct part part, uint32_t unit)
{
    struct cap_name known = {0, 0xff}; /* no name is as long */
    if (cap_gives(env->caps.slot, EXO_RIGHT_READ | EXO_RIGHT_WRITE))
        known = cap_name(env->caps.slot);
    for (uint64_t *slot = part.slot; slot < part.end; slot++) {
        uint64_t entry = *slot;
        frame_t frame = entry_frame(entry);
        if (unit == 1 && frame_is_user(frame) && cap_same(frame_guard_of(frame), known))
            continue;
        if ((entry & (EXO_PTE_P | EXO_PTE_W)) != EXO_PTE_P)
            continue;
        struct cap_name found = known;
        if (!may_write(env, entry, unit, &found))
            return -EXO_E_RIGHTS;
        known = found;
    }
    return 0;
}

/* The writable counts follow the entries: `change` is 1 or -1, or 0 where another CPU's TLB may still hold a writable copy.
 * Then the frame keeps its count, and a second map count, until the flush, so that it stays even if that CPU unmaps it. */
__attribute__((noinline)) static void count_protect_slowly(struct exo_frame *f, uint32_t unit, uint32_t change,
                                                           struct pt_batch *batch)
{
    if (!change)
        pt_note_drop(batch, (frame_t)(f - frames), unit, PT_DROP_MAP | PT_DROP_WRITE);
    for (; unit; unit--, f++) {
        f->writes += change;
        f->maps += !change;
    }
}

static void count_protect(uint64_t entry, uint32_t unit, uint32_t change, struct pt_batch *batch)
{
    struct exo_frame *f = entry_counts_in(entry);
    if (__builtin_expect(f && change && unit == 1, true))
        f->writes += change;
    else if (f)
        count_protect_slowly(f, unit, change, batch);
}

/* Gives all present entries of a part these flags. Returns the bits that changed in any. */
static inline uint64_t set_flags(struct part part, uint64_t flags, uint32_t unit, struct pt_batch *batch)
{
    const uint64_t keep = EXO_PTE_ADDR | PTE_PCD | PTE_PWT | EXO_PTE_A | EXO_PTE_D;
    const uint32_t change = flags & EXO_PTE_W ? 1 : batch->others ? 0 : ~0u;
    uint64_t changed = 0;
    for (uint64_t *slot = part.slot; slot < part.end; slot++) {
        uint64_t old = __atomic_load_n(slot, __ATOMIC_RELAXED), entry;
        if (!(old & EXO_PTE_P))
            continue;
        do
            entry = (old & keep) | flags;
        while (!__atomic_compare_exchange_n(slot, &old, entry, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED));
        changed |= old ^ entry;
        if (__builtin_expect((old ^ entry) & EXO_PTE_W, EXO_PTE_W))
            count_protect(entry, unit, change, batch);
    }
    return changed;
}

__attribute__((always_inline)) static inline int protect(struct env *env, struct range range, struct part first,
                                                         struct part second, struct pt_batch *batch)
{
    int error;
    if (range.flags & EXO_PTE_W)
        if ((error = check_widen(env, first, range.unit)) || (error = check_widen(env, second, range.unit)))
            return error;
    uint64_t changed = set_flags(first, range.flags, range.unit, batch);
    changed |= set_flags(second, range.flags, range.unit, batch);
    if (changed & (EXO_PTE_W | EXO_PTE_U | EXO_PTE_NX))
        pt_note_flush(batch, range.va, range.count);
    return 0;
}

/* CLEAR. A TLB that holds an entry would not set its bits again, so it must forget it. */
static int clear(uint64_t soft, const struct range *range, const struct part part[2], struct pt_batch *batch)
{
    const uint64_t which = soft >> EXO_PTE_SOFT_SHIFT;
    const uint64_t bits = (which & EXO_CLEAR_ACCESSED ? EXO_PTE_A : 0) | (which & EXO_CLEAR_DIRTY ? EXO_PTE_D : 0);
    uint64_t cleared = 0;
    if (!bits || (which & ~(uint64_t)(EXO_CLEAR_ACCESSED | EXO_CLEAR_DIRTY)))
        return -EXO_E_ARG;
    for (const struct part *at = part; at < part + 2; at++)
        for (uint64_t *slot = at->slot; slot < at->end; slot++)
            if (__atomic_load_n(slot, __ATOMIC_RELAXED) & EXO_PTE_P)
                cleared |= __atomic_fetch_and(slot, ~bits, __ATOMIC_ACQ_REL) & bits;
    if (cleared)
        pt_note_flush(batch, range->va, range->count);
    return 0;
}

/* PRUNE: tables without an entry in use, from the lowest level upwards. */
static int prune(struct env *env, const struct range *range, struct pt_batch *batch)
{
    uint64_t end = range->va + (uint64_t)range->count * range->unit * EXO_PAGE_BYTES;
    for (int level = LEVEL_PT; level < LEVEL_PML4; level++)
        for (uint64_t va = range->va; va < end; va = (va | (level_bytes(level + 1) - 1)) + 1)
            pt_prune_table(env, va, level, batch);
    return 0;
}

/* All operations on all ranges. */
__attribute__((noinline)) static int apply(struct env *env, struct pt_batch *batch, struct range range, frame_t frame,
                                           uint32_t what)
{
    const unsigned op = what_op(what);
    struct part part[2] = {};
    int error;
    if (op == EXO_PT_PRUNE)
        return prune(env, &range, batch);
    if (op > EXO_PT_CLEAR)
        return -EXO_E_ARG;
    /* Tables are made first: it may use up what frame_reserve would find. */
    if (!find_near(env, &range, part) && (error = find_parts(env, &range, op == EXO_PT_MAP || op == EXO_PT_FRESH, part)))
        return error;
    if (op == EXO_PT_PROTECT)
        return protect(env, range, part[0], part[1], batch);
    if (op == EXO_PT_CLEAR)
        return clear(what_soft(what), &range, part, batch);
    if (op == EXO_PT_UNMAP)
        return unmap(env, what_soft(what), &range, part, batch);
    if (op == EXO_PT_MAP)
        return map(env, frame, what_cap(what), &range, part, batch);
    return fresh(env, frame, what_cap(what), &range, part, batch);
}

int pt_apply(uint64_t va, frame_t frame, uint32_t count, uint32_t what, struct env *env, struct pt_batch *batch)
{
    struct range range;
    struct part part;
    int error = decode_range(va, count, what, &range);
    if (error)
        return error;
    if ((batch->pages += range.count * range.unit) > EXO_PT_PAGES_MAX)
        return -EXO_E_AGAIN;
    if (what_op(what) == EXO_PT_PROTECT && find_near(env, &range, &part))
        return protect(env, range, part, (struct part){NULL, NULL}, batch);
    return apply(env, batch, range, frame, what);
}
