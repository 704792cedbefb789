/* SPDX-License-Identifier: MIT
 *
 * slice.c: the slice vectors of the CPUs (slice.h).
 */
#include "assert.h"
#include "exo_calls.h"
#include "pct.h"
#include "quota.h"
#include "repossess.h"
#include "sched.h"
#include "slice.h"

_Static_assert(SLICE_WORDS <= 32, "slice_vector.some");

struct slice_vector *slice_vectors[EXO_CPUS_MAX];

size_t slice_private_bytes(void)
{
    return sizeof(struct slice_vector);
}

void slice_init(uint32_t cpu, struct exo_slice *published, void *private)
{
    slice_vectors[cpu] = private;
    slice_vectors[cpu]->slice = published;
}

struct exo_slice *slice_at(uint32_t cpu, uint32_t position)
{
    return &slice_vectors[cpu]->slice[position & (EXO_SLICES - 1)];
}

static void mark(struct slice_vector *v, uint32_t position, bool ready)
{
    if (ready)
        v->ready[position / 64] |= 1ull << (position % 64);
    else
        v->ready[position / 64] &= ~(1ull << (position % 64));
    v->some = (v->some & ~(1u << (position / 64))) | (uint32_t)(v->ready[position / 64] != 0) << (position / 64);
}

static int64_t find_unallocated(const struct slice_vector *v)
{
    for (uint32_t i = 0; i < EXO_SLICES; i++)
        if (!v->slice[i].allocated)
            return i;
    return -EXO_E_LIMIT;
}

int64_t slice_take(uint32_t cpu, uint32_t position, struct cap_name guard)
{
    struct slice_vector *v = slice_vectors[cpu];
    int64_t at = position == EXO_SLICE_ANY ? find_unallocated(v) : (int64_t)position;
    if (at < 0)
        return at;
    if (v->slice[at].allocated)
        return -EXO_E_BUSY;
    uint16_t quota = quota_find(guard);
    int error = quota_charge(quota, EXO_QUOTA_SLICES, 1);
    if (error)
        return error;
    v->slice[at] = (struct exo_slice){.guard_bits = guard.bits, .guard_len = guard.len, .allocated = 1, .quota = quota};
    return at;
}

static void unchain(uint32_t cpu, uint32_t position, struct activation *act)
{
    struct slice_vector *v = slice_vectors[cpu];
    if (act->first_slice == (int32_t)position) {
        act->first_slice = v->next[position];
    } else {
        int32_t at = act->first_slice;
        while (v->next[at] != (int16_t)position)
            at = v->next[at];
        v->next[at] = v->next[position];
    }
    act->slices--;
}

static void unbind(uint32_t cpu, uint32_t position)
{
    struct slice_vector *v = slice_vectors[cpu];
    struct activation *act = v->act[position];
    if (act) {
        unchain(cpu, position, act);
        act_publish(act);
    }
    mark(v, position, false);
    v->act[position] = NULL;
    v->slice[position].env = 0;
    v->slice[position].act = 0;
}

void slice_put(uint32_t cpu, uint32_t position)
{
    struct exo_slice *slice = slice_at(cpu, position);
    unbind(cpu, position);
    quota_uncharge(slice->quota, EXO_QUOTA_SLICES, 1);
    *slice = (struct exo_slice){0};
}

void slice_pass(uint32_t cpu, uint32_t position, struct cap_name guard, uint16_t quota)
{
    struct exo_slice *slice = slice_at(cpu, position);
    repossess_slice(slice->env, cpu, position, true);
    unbind(cpu, position);
    slice->guard_bits = guard.bits;
    slice->guard_len = guard.len;
    if (slice->quota != quota)
        quota_move(slice->quota, quota, EXO_QUOTA_SLICES, 1);
    slice->quota = quota;
}

int slice_assign(uint32_t cpu, uint32_t position, struct activation *act)
{
    struct slice_vector *v = slice_vectors[cpu];
    if (act && v->act[position] != act) {
        if (act->slices && act->cpu != cpu)
            return -EXO_E_BUSY;
        if (act->slices == EXO_ACT_SLICES)
            return -EXO_E_LIMIT;
    }
    unbind(cpu, position);
    if (!act)
        return 0;
    if (act->cpu != cpu)
        act_move(act, (uint8_t)cpu);
    v->act[position] = act;
    v->slice[position].env = act->env->id;
    v->slice[position].act = act->index;
    v->next[position] = (int16_t)act->first_slice;
    act->first_slice = (int32_t)position;
    act->slices++;
    mark(v, position, act->listed);
    act_publish(act);
    cpu_kick_if_idle(cpu);
    return 0;
}

void slice_ready(struct activation *act, bool ready)
{
    struct slice_vector *v = slice_vectors[act->cpu];
    act->listed = ready;
    for (int32_t at = act->first_slice; at >= 0; at = v->next[at])
        mark(v, (uint32_t)at, ready);
}

void slice_forget(struct activation *act)
{
    while (act->first_slice >= 0)
        unbind(act->cpu, (uint32_t)act->first_slice);
}

/* Round once: the rest of the word that the position is in, the words behind it, and those from the first to that one. */
struct activation *slice_next(uint32_t cpu)
{
    struct slice_vector *v = slice_vectors[cpu];
    uint32_t from = v->position + 1, word = from / 64 % SLICE_WORDS, behind = ~1u << word;
    uint64_t bits = v->ready[word] & ~0ull << (from % 64);
    uint64_t words = (uint64_t)(v->some & ~behind) << 32 | (v->some & behind);
    for (;;) {
        for (; bits; bits &= bits - 1) {
            uint32_t at = word * 64 + (uint32_t)__builtin_ctzll(bits);
            if (pct_runner(v->act[at])->state != EXO_ACT_READY)
                continue; /* running elsewhere by a directed yield, or asleep in a call */
            v->position = at;
            return v->act[at];
        }
        if (!words)
            return NULL;
        word = (uint32_t)__builtin_ctzll(words) % 32;
        words &= words - 1;
        bits = v->ready[word];
    }
}

struct activation *slice_holder(uint32_t cpu)
{
    return slice_vectors[cpu]->act[slice_vectors[cpu]->position];
}

uint32_t slice_position(uint32_t cpu)
{
    return slice_vectors[cpu]->position;
}
