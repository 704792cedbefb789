/* SPDX-License-Identifier: MIT
 *
 * reap.c: sweeping and tear-down in bounded, restartable steps (reap.h). A list of environments with work; each step
 * takes the first, does a part of one table page of it (behind the last: one activation's waits), and puts it at the end, so
 * that nobody's tear-down delays another's.
 */
#include "reap.h"

#include "frame.h"
#include "lock.h"
#include "pt.h"
#include "repossess.h"
#include "sched.h"
#include "wait.h"
#include "x86/cpu.h"

struct env *reap_first;
static struct env **tail = &reap_first;
static uint64_t requests; /* of sweeps, so far */

static void append(struct env *env)
{
    if (env->reap_listed)
        return;
    env->reap_listed = true;
    env->reap_next = NULL;
    *tail = env;
    tail = &env->reap_next;
}

static struct env *take_first(void)
{
    struct env *env = reap_first;
    reap_first = env->reap_next;
    if (!reap_first)
        tail = &reap_first;
    env->reap_listed = false;
    return env;
}

void reap_add(struct env *env)
{
    env->reap_va = 0;
    env->sweeping = false;
    append(env);
}

static void sweep_begin(struct env *env)
{
    env->reap_va = 0;
    env->swept_acts = 0;
    env->sweep_began = requests;
}

void reap_sweep(struct env *env, bool tell)
{
    if (env->state != EXO_ENV_LIVE)
        return;
    requests++;
    env->sweep_again = env->sweeping;
    env->sweep_tell = tell || (env->sweeping && env->sweep_tell);
    if (!env->sweeping)
        sweep_begin(env);
    env->sweeping = true;
    env_publish(env);
    append(env);
}

void reap_taken(struct env *env)
{
    append(env);
}

uint64_t reap_requests(void)
{
    return requests;
}

bool reap_swept(const struct env *env, uint64_t request)
{
    return !env->sweeping || env->sweep_done >= request;
}

/* A part of a table page of env. Returns true when the walk has come to its end. The lock is released in between. */
static bool walk(struct env *env)
{
    struct pt_batch *batch = pt_batch_begin(env);
    bool end = pt_walk_step(env, &env->reap_va, false, batch);
    env->reap_busy = true;
    pt_flush_and_unlock(batch);
    spin_lock(&kernel_lock);
    env->reap_busy = false;
    return end;
}

/* The tables are done: the waits of one activation. Returns true when there is none left. */
static bool sweep_waits(struct env *env)
{
    while (env->swept_acts < EXO_ACTS_MAX) {
        struct activation *act = env->act[env->swept_acts++];
        if (!act)
            continue;
        wait_sweep(act);
        return false;
    }
    return true;
}

static void sweep_step(struct env *env)
{
    bool end = walk(env);
    repossess_tell(env);
    if (env->state != EXO_ENV_LIVE || !env->sweeping)
        return; /* it ended meanwhile, and is listed for that */
    if (end && sweep_waits(env)) {
        env->sweep_done = env->sweep_began;
        env->sweeping = env->sweep_again;
        env->sweep_again = false;
        sweep_begin(env);
    }
    if (env->sweeping)
        append(env);
    else
        env_publish(env);
}

/* One activation a step, then the page tables, then the environment itself. */
static void tear_down_step(struct env *env)
{
    for (unsigned i = 0; i < EXO_ACTS_MAX; i++)
        if (env->act[i]) {
            slice_forget(env->act[i]);
            act_release(env->act[i]);
            append(env);
            return;
        }
    if (pt_walk_step(env, &env->reap_va, true, pt_batch_begin(env))) { /* no CPU has these tables loaded */
        env_release(env);
        return;
    }
    append(env);
}

/* Another CPU waits for TLBs in the middle of a step, and will go on with it; or some CPU still has to leave an environment that
 * ended: it was told. There are no more such than CPUs, of each kind. */
static bool must_wait(const struct env *env)
{
    return env->reap_busy || (!env->batch_n && env->state != EXO_ENV_LIVE && env->cpu_mask);
}

bool reap_take_steps(unsigned steps)
{
    bool moved = false;
    for (unsigned waiting = 0; steps && reap_first && waiting <= 2 * EXO_CPUS_MAX;) {
        struct env *env = take_first();
        if (must_wait(env)) {
            append(env);
            waiting++;
            continue;
        }
        if (!env->batch_n && env->state == EXO_ENV_LIVE)
            sweep_step(env);
        else if (!env->batch_n)
            tear_down_step(env);
        else if (!revocation_step(env) || env->sweeping || env->state != EXO_ENV_LIVE)
            append(env);
        moved = true;
        steps--;
    }
    return moved;
}
