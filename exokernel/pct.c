/* SPDX-License-Identifier: MIT
 *
 * pct.c: gates, and the ways in which a call ends that are not a reply (pct.h). The calls themselves are in calls_pct.c and,
 * for the common case, in x86/pct.asm.
 */
#include "pct.h"

#include "exo_calls.h"
#include "sched.h"
#include "slice.h"
#include "wait.h"

static const uint64_t no_words[4];

void pct_gate(struct env *env, unsigned gate, const struct exo_cap *who)
{
    env->gate = (uint8_t)gate;
    env->gate_name = who ? *who : (struct exo_cap){0};
    cap_epoch++;
    env_publish(env);
}

int pct_admits(const struct env *env, const struct env *self, uint32_t slot)
{
    struct exo_cap cap;
    if (env->gate == EXO_GATE_OPEN)
        return 0;
    if (env->gate != EXO_GATE_NAMED)
        return -EXO_E_RIGHTS;
    return cap_check(&self->caps, slot, env->gate_name.rights, cap_name(&env->gate_name), &cap);
}

void pct_ready(struct activation *act)
{
    bool slices = false;
    struct activation *last = act;
    for (struct activation *at = act; at; last = at, at = at->caller)
        if (at->slices) {
            cpu_kick_if_idle(at->cpu);
            slices = true;
        }
    if (!slices)
        env_tell_patron(last->env);
}

void pct_left(struct activation *act)
{
    for (struct activation *at = act->caller; at; at = at->caller) {
        if (!at->listed)
            slice_ready(at, true);
        if (at->call_deadline_ns == at->wait_deadline_ns)
            continue;
        at->wait_deadline_ns = at->call_deadline_ns;
        deadline_update(at);
    }
}

/* The callee serves nobody any more. Whoever runs at the end of its chain may do so on the caller's slice, which goes back.
 * A callee that has not begun yet is idle again. */
static void cut(struct activation *callee)
{
    callee->caller = NULL;
    callee->depth = 0;
    if (callee->state == EXO_ACT_READY && callee->resume == RESUME_PCT && !callee->page->pending) {
        callee->resume = RESUME_UPCALL;
        callee->state = EXO_ACT_IDLE;
        callee->env->idle |= callee->bit;
        slice_ready(callee, false);
        act_publish(callee);
        return;
    }
    struct activation *runner = pct_runner(callee);
    if (runner->state == EXO_ACT_RUNNING)
        cpu_recall(runner->running_on);
}

void pct_fail(struct activation *caller, int64_t error)
{
    struct activation *callee = caller->callee;
    act_call_end(caller, error, no_words);
    cut(callee);
    pct_ready(caller);
}

void pct_forget(struct activation *act)
{
    struct activation *caller = act->caller;
    if (caller) {
        act->caller = NULL;
        act_call_end(caller, -EXO_E_ENV, no_words);
        pct_ready(caller);
    }
    if (act->state == EXO_ACT_CALLING)
        cut(act->callee);
    act->callee = NULL;
    act->env->idle &= (uint8_t)~act->bit;
}

void pct_wake(struct activation *act)
{
    act->env->idle &= (uint8_t)~act->bit;
    act->state = EXO_ACT_READY;
    act->resume = RESUME_UPCALL;
    act->saved_slot = 0;
    slice_ready(act, true);
    act_publish(act);
    pct_ready(act);
}

static bool bound_below(const struct activation *act, struct cap_name prefix)
{
    const struct pct_binding *binding = &act->env->binding[act->call_binding];
    const struct exo_cap *cap = &act->env->caps.slot[binding->slot & (EXO_CAP_SLOTS - 1)];
    return act->callee->env->gate == EXO_GATE_NAMED && cap->rights && cap_covers(prefix, cap_name(cap));
}

void pct_revoke(struct env *env, struct cap_name prefix)
{
    bool env_too = cap_covers(prefix, env->guard);
    for (unsigned i = 0; i < EXO_ACTS_MAX; i++) {
        struct activation *act = env->act[i];
        if (act && env_too && act->caller)
            pct_fail(act->caller, -EXO_E_REVOKED);
        if (act && act->state == EXO_ACT_CALLING && bound_below(act, prefix))
            pct_fail(act, -EXO_E_REVOKED);
    }
}
