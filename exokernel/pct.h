/* SPDX-License-Identifier: MIT
 *
 * pct.h: protected control transfer: gates, bindings, and the links between callers and callees. kernel_lock held
 * throughout. docs/architecture.md says what it promises. (Engler 1995 §5.1.)
 *
 *   caller  CALLING  --callee-->  whoever serves        a chain of at most EXO_PCT_DEPTH links, without cycles, since only
 *   callee  any      --caller-->  NULL: serves nobody   IDLE activations are taken
 *
 * An IDLE activation stands in env->idle, and none of its slices counts as ready.
 */
#ifndef EXOKERNEL_PCT_H
#define EXOKERNEL_PCT_H

#include "env.h"

/* Whom env admits. */
void pct_gate(struct env *env, unsigned gate, const struct exo_cap *who);

/* May self, by its slot, bind env? 0, -EXO_E_SLOT, -EXO_E_REVOKED, -EXO_E_RIGHTS. */
int pct_admits(const struct env *env, const struct env *self, uint32_t slot);

/* The activation ends: its caller gets -EXO_E_ENV; who serves its call goes on without a caller. */
void pct_forget(struct activation *act);

/* An event came for an IDLE activation: it becomes READY. */
void pct_wake(struct activation *act);

/* A CALLING activation waits no longer: it becomes READY and its call returns error. */
void pct_fail(struct activation *caller, int64_t error);

/* A serving activation leaves the CPU before it has replied: deadlines of the chain above it come into force, and slices
 * of all of them run it. */
void pct_left(struct activation *act);

/* Who runs on the slices of act: the end of the chain of calls. */
static inline struct activation *pct_runner(struct activation *act)
{
    while (act->state == EXO_ACT_CALLING)
        act = act->callee;
    return act;
}

/* act became READY: the CPUs whose slices run it look, or the patron is told that it needs one. */
void pct_ready(struct activation *act);

/* Revocation of prefix: calls that env makes by a name below it, and, if env itself is, those that it serves. */
void pct_revoke(struct env *env, struct cap_name prefix);

#endif
