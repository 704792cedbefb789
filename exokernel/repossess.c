/* SPDX-License-Identifier: MIT
 *
 * repossess.c: see repossess.h. A frame that is taken becomes dying at once, so nobody can map it again or widen a mapping.
 * Who may have it mapped is found by going over all environments, LIVE_A_STEP at a time; each that could map one of the
 * frames is swept (reap.c), and a sweep removes mappings of taken frames. A batch of at most EXO_FRAMES_MAX frames is kept
 * in the environment that they were taken from, which stays in the reaper's list until it is done, also if it ends meanwhile.
 */
#include "repossess.h"

#include "exo_calls.h"
#include "frame.h"
#include "irq.h"
#include "ports.h"
#include "quota.h"
#include "reap.h"
#include "slice.h"
#include "x86/clock.h"
#include "x86/cpu.h"

/* A live one costs a look at each frame of the batch for each of its capabilities. */
enum { ENVS_A_STEP = 64, LIVE_A_STEP = 1 };

/* The activation that is told: the first that can run. */
static struct activation *listener(struct env *env)
{
    for (unsigned i = 0; i < EXO_ACTS_MAX; i++)
        if (env->act[i] && env->act[i]->state != EXO_ACT_STOPPED)
            return env->act[i];
    return NULL;
}

static void show(struct env *env, uint32_t kind)
{
    if (!env->act[0])
        return;
    env->act[0]->page->request[kind].deadline_ns = env->asked[kind].deadline_ns;
    __atomic_store_n(&env->act[0]->page->request[kind].amount, env->asked[kind].amount, __ATOMIC_RELEASE);
}

void revocation_show(struct env *env)
{
    for (uint32_t kind = 0; kind < EXO_REVOKE_KINDS; kind++)
        show(env, kind);
}

void repossess_tell(struct env *env)
{
    struct activation *act = env->state == EXO_ENV_LIVE && env->news ? listener(env) : NULL;
    env->news = false;
    if (act)
        act_raise(act, EXO_EVENT_REVOKE);
}

void repossess(struct env *env, uint32_t kind, uint32_t name, uint64_t where)
{
    env->pub->taken++;
    env->news = true;
    if (!env->act[0])
        return;
    struct exo_activation *page = env->act[0]->page;
    if (env->taken_count - __atomic_load_n(&page->taken_read, __ATOMIC_ACQUIRE) >= EXO_TAKEN_MAX) {
        page->taken_lost = ++env->taken_lost;
        return;
    }
    page->taken[env->taken_count % EXO_TAKEN_MAX] = (struct exo_taken){kind, name, where};
    __atomic_store_n(&page->taken_count, ++env->taken_count, __ATOMIC_RELEASE);
}

int revocation_ask(struct env *env, uint32_t kind, uint64_t amount, uint64_t deadline_ns, struct cap_name asker)
{
    struct revocation *asked = &env->asked[kind];
    if (asked->amount && !cap_covers(asker, asked->asker))
        return -EXO_E_BUSY;
    *asked = (struct revocation){.amount = amount, .deadline_ns = deadline_ns, .asker = asker};
    show(env, kind);
    env->news = true;
    repossess_tell(env);
    return 0;
}

int revocation_due(const struct env *env, uint32_t kind)
{
    if (!env->asked[kind].amount)
        return -EXO_E_STATE;
    if (clock_now_ns() < env->asked[kind].deadline_ns)
        return -EXO_E_BUSY;
    return env->batch_n ? -EXO_E_AGAIN : 0;
}

static bool controls(const struct exo_cap *cap, struct cap_name guard)
{
    return cap_covers(cap_name(cap), guard);
}

/* The frame's charge passes on with the room for it, so that env cannot take it again before the asker does. */
static int take_frame(struct env *env, uint64_t name, const struct exo_cap *cap, uint16_t quota)
{
    frame_t frame = (frame_t)name;
    if (name >= frame_count || !frame_is_user(frame))
        return -EXO_E_FRAME;
    if (!controls(cap, frame_guard_of(frame)) || !frame_may_map_any(frame, &env->caps, false))
        return -EXO_E_RIGHTS;
    repossess(env, EXO_TAKEN_FRAME, frame, 0);
    if (frame_seize(frame, quota))
        env->batch[env->batch_n++] = frame;
    return 0;
}

static int take_slice(struct env *env, uint64_t name, const struct exo_cap *cap, uint16_t quota)
{
    uint32_t cpu = (uint32_t)(name >> 32), position = (uint32_t)name;
    if (cpu >= cpu_count)
        return -EXO_E_NODEV;
    if (position >= EXO_SLICES)
        return -EXO_E_ARG;
    struct exo_slice *slice = slice_at(cpu, position);
    if (!slice->allocated || slice->env != env->id || !controls(cap, (struct cap_name){slice->guard_bits, slice->guard_len}))
        return -EXO_E_RIGHTS;
    slice_pass(cpu, position, cap_name(cap), quota);
    return 0;
}

static int take_line(struct env *env, uint64_t name, const struct exo_cap *cap)
{
    if (name >= IRQ_LINES || !irq_bound((uint32_t)name, env))
        return -EXO_E_NODEV;
    if (cap->len)
        return -EXO_E_RIGHTS;
    repossess(env, EXO_TAKEN_LINE, (uint32_t)name, 0);
    return irq_release((uint32_t)name, env);
}

static int take_ports(struct env *env, uint64_t name, const struct exo_cap *cap)
{
    int last = cap->len ? -EXO_E_RIGHTS : ports_take(env, name);
    if (last < 0)
        return last;
    repossess(env, EXO_TAKEN_PORTS, (uint32_t)name, (uint64_t)last);
    return 0;
}

int revocation_take(struct env *env, uint32_t kind, uint64_t name, const struct exo_cap *cap, uint16_t quota)
{
    int error = !env->asked[kind].amount        ? -EXO_E_STATE
                : kind == EXO_REVOKE_FRAMES     ? take_frame(env, name, cap, quota)
                : kind == EXO_REVOKE_SLICES     ? take_slice(env, name, cap, quota)
                : kind == EXO_REVOKE_LINES      ? take_line(env, name, cap)
                                                : take_ports(env, name, cap);
    if (!error)
        env->asked[kind].amount--;
    return error;
}

void revocation_end(struct env *env)
{
    revocation_show(env);
    repossess_tell(env);
    if (env->batch_n)
        reap_taken(env);
}

static bool may_map_some(struct env *env, const frame_t *frame, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        if (frames[frame[i]].maps && frame_may_map_any(frame[i], &env->caps, false))
            return true;
    return false;
}

/* A frame that became free meanwhile, and somebody else's, is at worst the cause of a sweep that finds nothing. */
bool revocation_step(struct env *env)
{
    for (unsigned n = 0, live = 0; n < ENVS_A_STEP && live < LIVE_A_STEP && env->batch_at < EXO_ENVS_MAX; n++) {
        struct env *other = env_at(env->batch_at++);
        if (!other || other->state != EXO_ENV_LIVE)
            continue;
        live++;
        if (may_map_some(other, env->batch, env->batch_n))
            reap_sweep(other, true);
    }
    if (env->batch_at < EXO_ENVS_MAX)
        return false;
    env->batch_n = env->batch_at = 0;
    return true;
}

void repossess_slice(env_id_t id, uint32_t cpu, uint32_t position, bool tell)
{
    struct env *env = id ? env_find(id) : NULL;
    if (!env)
        return;
    repossess(env, EXO_TAKEN_SLICE, position, cpu);
    if (tell || (env->act[0] && env->taken_count - env->act[0]->page->taken_read == EXO_TAKEN_MAX / 2))
        repossess_tell(env);
}
