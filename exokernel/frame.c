/* SPDX-License-Identifier: MIT
 *
 * frame.c: allocation and counting of frames (frame.h). Free frames are bits of a bitmap with one summary bit for each
 * of its words, so that a frame can be taken by name in O(1) and "any" costs a bounded scan of the summary: 64 Ki frames
 * (256 MiB) a summary word.
 */
#include "frame.h"

#include "assert.h"
#include "exo_calls.h"
#include "memory.h"
#include "quota.h"
#include "wait.h"

enum { FRAME_RUN_SEARCH = 1024 }; /* words: 256 MiB of frames */

struct exo_frame *frames;
uint32_t frame_count;

static uint64_t *free_bits; /* published */
static uint64_t *summary;   /* bit w: free_bits[w] is not 0 */
static uint32_t summary_words;
static uint32_t cursor; /* summary word where "any" is sought first */
static uint32_t *free_frames;

void frame_init(struct exo_frame *table, uint64_t *bitmap, uint64_t *summary_bits, uint32_t count, uint32_t *free_counter)
{
    frames = table;
    free_bits = bitmap;
    summary = summary_bits;
    frame_count = count;
    summary_words = (count + 4095) / 4096;
    free_frames = free_counter;
}

static bool is_free(frame_t frame)
{
    return free_bits[frame / 64] >> (frame % 64) & 1;
}

static void mark_free(frame_t frame)
{
    free_bits[frame / 64] |= 1ull << (frame % 64);
    summary[frame / 4096] |= 1ull << (frame / 64 % 64);
    ++*free_frames;
}

static void mark_taken(frame_t frame)
{
    free_bits[frame / 64] &= ~(1ull << (frame % 64));
    if (!free_bits[frame / 64])
        summary[frame / 4096] &= ~(1ull << (frame / 64 % 64));
    --*free_frames;
}

void frame_boot_free(frame_t first, uint32_t n)
{
    for (frame_t frame = first; frame < first + n; frame++) {
        frames[frame].type = EXO_FRAME_FREE;
        frames[frame].guard_len = 0xff; /* nobody's: not even the root's old data is taken for its own */
        mark_free(frame);
    }
}

void frame_boot_own(frame_t first, uint32_t n, uint8_t type)
{
    for (frame_t frame = first; frame < first + n; frame++)
        frames[frame].type = type;
}

static frame_t find_any(void)
{
    for (uint32_t looked = 0; looked < summary_words; looked++) {
        uint64_t words = summary[cursor];
        if (words) {
            uint32_t word = cursor * 64 + (uint32_t)__builtin_ctzll(words);
            return word * 64 + (uint32_t)__builtin_ctzll(free_bits[word]);
        }
        if (++cursor == summary_words)
            cursor = 0;
    }
    return EXO_FRAME_ANY;
}

static void write_begin(struct exo_frame *f)
{
    __atomic_store_n(&f->seq, f->seq + 1, __ATOMIC_RELEASE);
    __atomic_thread_fence(__ATOMIC_RELEASE);
}

static void write_end(struct exo_frame *f)
{
    __atomic_store_n(&f->seq, f->seq + 1, __ATOMIC_RELEASE);
}

static inline void become(frame_t frame, struct cap_name guard, uint16_t quota, uint8_t type, unsigned flags)
{
    struct exo_frame *f = &frames[frame];
    bool its_own = type == EXO_FRAME_USER && cap_same(guard, frame_guard_of(frame));
    if ((flags & EXO_FRAME_ZERO) || !its_own)
        page_clear(frame_address(frame));
    mark_taken(frame);
    write_begin(f);
    f->guard_bits = guard.bits;
    f->guard_len = guard.len;
    f->type = type;
    f->flags = flags & EXO_FRAME_AUTO ? EXO_FRAME_IS_AUTO : 0;
    f->quota = quota;
    f->maps = f->writes = 0;
    f->acl[0].rights = f->acl[1].rights = 0;
    write_end(f);
}

static void become_free(frame_t frame)
{
    struct exo_frame *f = &frames[frame];
    if (f->waiters)
        wait_frame_gone(frame);
    quota_uncharge(f->quota, EXO_QUOTA_FRAMES, 1);
    write_begin(f);
    if (f->type != EXO_FRAME_USER && f->type != EXO_FRAME_DYING)
        f->guard_len = 0xff; /* the kernel's data: the next owner must not see it */
    f->type = EXO_FRAME_FREE;
    f->flags = 0;
    write_end(f);
    mark_free(frame);
}

int frame_take(frame_t *frame, struct cap_name guard, uint16_t quota, uint8_t type, unsigned flags)
{
    frame_t chosen = *frame;
    if (chosen == EXO_FRAME_ANY)
        chosen = find_any();
    else if (chosen >= frame_count || frames[chosen].type == EXO_FRAME_RESERVED)
        return -EXO_E_FRAME;
    else if (!is_free(chosen))
        return -EXO_E_BUSY;
    if (chosen == EXO_FRAME_ANY)
        return -EXO_E_NOMEM;
    int error = quota_charge(quota, EXO_QUOTA_FRAMES, 1);
    if (error)
        return error;
    become(chosen, guard, quota, type, flags);
    *frame = chosen;
    return 0;
}

int frame_reserve(uint16_t quota, uint32_t n)
{
    return *free_frames < n ? -EXO_E_NOMEM : quota_charge(quota, EXO_QUOTA_FRAMES, n);
}

frame_t frame_take_reserved(struct cap_name guard, uint16_t quota, unsigned flags)
{
    frame_t frame = find_any();
    become(frame, guard, quota, EXO_FRAME_USER, flags);
    return frame;
}

static bool run_is_free(frame_t first, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        if (!is_free(first + i))
            return false;
    return true;
}

/* The bits of word at which a run of n (1 to 63) set bits begins. Each step lengthens the runs that the bits stand for. */
static uint64_t run_starts(uint64_t word, uint32_t n)
{
    for (uint32_t length = 1, step; word && length < n; length += step) {
        step = length < n - length ? length : n - length;
        word &= word >> step;
    }
    return word;
}

/* First fit, a word at a time. length: of the run that reaches up to the word. */
static frame_t find_run(uint32_t n)
{
    uint32_t words = (frame_count + 63) / 64, length = 0;
    for (uint32_t word = 0; word < words && word < FRAME_RUN_SEARCH; word++) {
        uint64_t bits = free_bits[word], starts;
        uint32_t low = ~bits ? (uint32_t)__builtin_ctzll(~bits) : 64;
        if (length + low >= n)
            return word * 64 - length;
        if (low == 64) {
            length += 64;
            continue;
        }
        if (n < 64 && (starts = run_starts(bits, n)))
            return word * 64 + (uint32_t)__builtin_ctzll(starts);
        length = (uint32_t)__builtin_clzll(~bits);
    }
    return EXO_FRAME_ANY;
}

int frame_take_run(frame_t *first, uint32_t n, struct cap_name guard, uint16_t quota, unsigned flags)
{
    frame_t start = *first;
    if (start == EXO_FRAME_ANY) {
        start = find_run(n);
        if (start == EXO_FRAME_ANY)
            return -EXO_E_NOMEM;
    } else if (start >= frame_count || n > frame_count - start) {
        return -EXO_E_FRAME;
    } else if (!run_is_free(start, n)) {
        return -EXO_E_BUSY;
    }
    int error = quota_charge(quota, EXO_QUOTA_FRAMES, n);
    if (error)
        return error;
    for (uint32_t i = 0; i < n; i++)
        become(start + i, guard, quota, EXO_FRAME_USER, flags);
    *first = start;
    return 0;
}

void frame_release(frame_t frame)
{
    struct exo_frame *f = &frames[frame];
    if (f->type == EXO_FRAME_USER && (f->maps || f->pins)) {
        write_begin(f);
        f->type = EXO_FRAME_DYING;
        write_end(f);
        return;
    }
    become_free(frame);
}

bool frame_seize(frame_t frame, uint16_t quota)
{
    struct exo_frame *f = &frames[frame];
    bool mapped = f->maps > 0;
    if (f->quota != quota)
        quota_move(f->quota, quota, EXO_QUOTA_FRAMES, 1);
    f->quota = quota;
    f->flags |= EXO_FRAME_IS_TAKEN;
    frame_release(frame);
    return mapped;
}

/* Nothing holds the frame any more: a dying one is free now, and one that frees itself. */
static void now_unused(frame_t frame)
{
    struct exo_frame *f = &frames[frame];
    if (f->maps == 0 && f->pins == 0 &&
        (f->type == EXO_FRAME_DYING || (f->type == EXO_FRAME_USER && (f->flags & EXO_FRAME_IS_AUTO))))
        become_free(frame);
}

void frame_pin(frame_t frame)
{
    frames[frame].pins++;
}

void frame_unpin(frame_t frame)
{
    assert(frames[frame].pins > 0);
    frames[frame].pins--;
    now_unused(frame);
}

void frame_unmap_count(frame_t frame, bool writable)
{
    struct exo_frame *f = &frames[frame];
    assert(f->maps > 0);
    f->maps--;
    f->writes -= writable;
    now_unused(frame);
}

static bool acl_allows(const struct exo_frame *f, const struct exo_cap *cap, unsigned rights)
{
    for (unsigned i = 0; i < EXO_ACL_ENTRIES; i++)
        if ((f->acl[i].rights & rights) == rights && cap_covers(cap_name(cap), cap_name(&f->acl[i])) &&
            !cap_revoked(cap_name(&f->acl[i])))
            return true;
    return false;
}

int frame_may_map(frame_t frame, const struct exo_cap *cap, bool writable)
{
    const struct exo_frame *f = &frames[frame];
    unsigned rights = writable ? EXO_RIGHT_READ | EXO_RIGHT_WRITE : EXO_RIGHT_READ;
    if ((cap->rights & rights) == rights &&
        (exo_cap_dominates(cap->bits, cap->len, f->guard_bits, f->guard_len) || acl_allows(f, cap, rights)))
        return 0;
    return -EXO_E_RIGHTS;
}

bool frame_may_map_any(frame_t frame, const struct cap_slots *slots, bool writable)
{
    const struct exo_frame *f = &frames[frame];
    unsigned rights = writable ? EXO_RIGHT_READ | EXO_RIGHT_WRITE : EXO_RIGHT_READ;
    if (cap_any(slots, rights, frame_guard_of(frame)))
        return true;
    for (unsigned i = 0; i < EXO_ACL_ENTRIES; i++)
        if ((f->acl[i].rights & rights) == rights && cap_any(slots, rights, cap_name(&f->acl[i])) &&
            !cap_revoked(cap_name(&f->acl[i])))
            return true;
    return false;
}

void frame_revoke(frame_t frame, struct cap_name prefix, struct cap_name heir, uint16_t quota)
{
    struct exo_frame *f = &frames[frame];
    if (f->type == EXO_FRAME_RESERVED)
        return;
    if (f->type == EXO_FRAME_FREE) {
        if (cap_covers(prefix, frame_guard_of(frame)))
            f->guard_len = 0xff; /* who gets the name next must not see what its last holder left */
        return;
    }
    for (unsigned i = 0; i < EXO_ACL_ENTRIES; i++)
        if (f->acl[i].rights && cap_covers(prefix, cap_name(&f->acl[i])))
            f->acl[i].rights = 0;
    if (!cap_covers(prefix, frame_guard_of(frame)))
        return;
    write_begin(f);
    f->guard_bits = heir.bits;
    f->guard_len = heir.len;
    quota_move(f->quota, quota, EXO_QUOTA_FRAMES, 1); /* an environment's own frames too */
    f->quota = quota;
    write_end(f);
}

/* The entry of exactly this name, or a free one, or NULL. */
static struct exo_cap *acl_entry(struct exo_frame *f, const struct exo_cap *who)
{
    struct exo_cap *unused = NULL;
    for (unsigned i = 0; i < EXO_ACL_ENTRIES; i++) {
        if (f->acl[i].rights && cap_same(cap_name(&f->acl[i]), cap_name(who)))
            return &f->acl[i];
        if (!f->acl[i].rights)
            unused = &f->acl[i];
    }
    return unused;
}

int frame_can_share(frame_t frame, const struct exo_cap *who)
{
    struct exo_frame *f = &frames[frame];
    struct exo_cap *entry = acl_entry(f, who);
    if (!entry)
        return who->rights ? -EXO_E_LIMIT : 0;
    return (entry->rights & ~who->rights) && f->maps ? -EXO_E_BUSY : 0;
}

void frame_set_share(frame_t frame, const struct exo_cap *who)
{
    struct exo_frame *f = &frames[frame];
    struct exo_cap *entry = acl_entry(f, who);
    if (!entry)
        return;
    if (entry->rights & ~who->rights)
        wait_frame_gone(frame); /* nobody maps it, but who lost his access may still wait on its words */
    write_begin(f);
    *entry = *who;
    write_end(f);
}

void frame_set_guard(frame_t frame, struct cap_name guard, uint16_t quota)
{
    struct exo_frame *f = &frames[frame];
    write_begin(f);
    f->guard_bits = guard.bits;
    f->guard_len = guard.len;
    f->quota = quota;
    f->acl[0].rights = f->acl[1].rights = 0;
    write_end(f);
}
