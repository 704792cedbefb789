/* SPDX-License-Identifier: MIT
 *
 * slice.c: the slice vectors of the CPUs (sched.h). The vector itself is published; beside it stand a bitmap of the
 * positions whose activation could run, and links that chain the positions of each activation.
 */
#include "assert.h"
#include "exo_calls.h"
#include "pct.h"
#include "quota.h"
#include "repossess.h"
#include "sched.h"
#include "slice.h"

_Static_assert(EXO_SLICES / 64 <= 32, "vector.some");

struct vector {
    struct exo_slice *slice;
    uint64_t ready[EXO_SLICES / 64];
    uint32_t some;            /* bit n: ready[n] is not 0 */
    int16_t next[EXO_SLICES]; /* of the same activation, -1: last */
    uint32_t position;        /* the slice that runs, or ran last */
};

static struct vector *vectors[EXO_CPUS_MAX];

size_t slice_private_bytes(void)
{
    return sizeof(struct vector);
}

void slice_init(uint32_t cpu, struct exo_slice *published, void *private)
{
    vectors[cpu] = private;
    vectors[cpu]->slice = published;
}

struct exo_slice *slice_at(uint32_t cpu, uint32_t position)
{
    return &vectors[cpu]->slice[position & (EXO_SLICES - 1)];
}

static void mark(struct vector *v, uint32_t position, bool ready)
{
    if (ready)
        v->ready[position / 64] |= 1ull << (position % 64);
    else
        v->ready[position / 64] &= ~(1ull << (position % 64));
    v->some = (v->some & ~(1u << (position / 64))) | (uint32_t)(v->ready[position / 64] != 0) << (position / 64);
}

static int64_t find_unallocated(const struct vector *v)
{
    for (uint32_t i = 0; i < EXO_SLICES; i++)
        if (!v->slice[i].allocated)
            return i;
    return -EXO_E_LIMIT;
}

int64_t slice_take(uint32_t cpu, uint32_t position, struct cap_name guard)
{
    struct vector *v = vectors[cpu];
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

static struct activation *holder(const struct exo_slice *slice)
{
    struct env *env = slice->env ? env_at(slice->env & (EXO_ENVS_MAX - 1)) : NULL;
    return env && env->id == slice->env ? env->act[slice->act] : NULL;
}

static void unchain(uint32_t cpu, uint32_t position, struct activation *act)
{
    struct vector *v = vectors[cpu];
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
    struct exo_slice *slice = &vectors[cpu]->slice[position];
    struct activation *act = holder(slice);
    if (act) {
        unchain(cpu, position, act);
        act_publish(act);
    }
    mark(vectors[cpu], position, false);
    slice->env = 0;
    slice->act = 0;
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
    struct vector *v = vectors[cpu];
    if (act && holder(&v->slice[position]) != act) {
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
    struct vector *v = vectors[act->cpu];
    act->listed = ready;
    for (int32_t at = act->first_slice; at >= 0; at = v->next[at])
        mark(v, (uint32_t)at, ready);
}

void slice_forget(struct activation *act)
{
    while (act->first_slice >= 0)
        unbind(act->cpu, (uint32_t)act->first_slice);
}

/* The next position after `from` in the bitmap, going round once; -1: none. */
static int32_t next_ready(const struct vector *v, uint32_t from)
{
    uint32_t word = (from + 1) / 64 % (EXO_SLICES / 64);
    uint64_t bits = v->ready[word] & ~0ull << ((from + 1) % 64);
    if (!bits) {
        uint32_t later = v->some & (~1u << word);
        uint32_t some = later ? later : v->some;
        if (!some)
            return -1;
        word = (uint32_t)__builtin_ctz(some);
        bits = v->ready[word];
    }
    return (int32_t)(word * 64 + (uint32_t)__builtin_ctzll(bits));
}

struct activation *slice_next(uint32_t cpu)
{
    struct vector *v = vectors[cpu];
    uint32_t from = v->position, gone = 0; /* positions gone past: round once */
    for (int32_t at; (at = next_ready(v, from)) >= 0; from = (uint32_t)at) {
        gone += ((uint32_t)at - from - 1) % EXO_SLICES + 1;
        if (gone > EXO_SLICES)
            return NULL;
        struct activation *act = holder(&v->slice[at]);
        if (act)
            act = pct_runner(act);
        if (act && act->state == EXO_ACT_READY) { /* not running elsewhere by a directed yield */
            v->position = (uint32_t)at;
            return act;
        }
    }
    return NULL;
}

struct activation *slice_holder(uint32_t cpu)
{
    return holder(&vectors[cpu]->slice[vectors[cpu]->position]);
}

uint32_t slice_position(uint32_t cpu)
{
    return vectors[cpu]->position;
}
