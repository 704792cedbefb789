/* SPDX-License-Identifier: MIT
 *
 * calls_pct.c: the system calls of protected control transfer. sys_pct_call and sys_pct_reply are in x86/pct.asm, which
 * does the common case and comes here, to pct_call and pct_reply, for every other.
 */
#include "kernel.h"
#include "pct.h"
#include "sched.h"
#include "slice.h"
#include "trace.h"
#include "x86/clock.h"
#include "x86/transfer.h"

int64_t sys_pct_gate(uint32_t gate, const struct exo_cap *user_who)
{
    struct exo_cap who;
    if (gate > EXO_GATE_OPEN)
        return -EXO_E_ARG;
    int error = gate == EXO_GATE_NAMED ? user_cap_in(&who, user_who) : 0;
    if (error || (error = call_enter()))
        return error;
    pct_gate(caller(), gate, gate == EXO_GATE_NAMED ? &who : NULL);
    call_leave();
    return 0;
}

int64_t sys_pct_bind(uint32_t slot, uint64_t id, uint32_t index)
{
    if (index >= EXO_PCT_BINDINGS)
        return -EXO_E_ARG;
    int error = call_enter();
    if (error)
        return error;
    struct pct_binding *binding = &caller()->binding[index & (EXO_PCT_BINDINGS - 1)];
    struct env *to = id == EXO_ENV_NONE ? NULL : env_find(id);
    if (id == EXO_ENV_NONE)
        *binding = (struct pct_binding){0};
    else if (!to)
        error = -EXO_E_ENV;
    else if (!(error = pct_admits(to, caller(), slot)))
        *binding = (struct pct_binding){.epoch = cap_epoch, .to = to, .id = id, .slot = slot};
    call_leave();
    return error;
}

/* The environment behind a binding of the caller, checked again if it may have changed. */
static int bound(uint32_t index, struct env **out)
{
    if (index >= EXO_PCT_BINDINGS)
        return -EXO_E_ARG;
    struct pct_binding *binding = &caller()->binding[index & (EXO_PCT_BINDINGS - 1)];
    struct env *to = binding->id ? env_find(binding->id) : NULL;
    if (!to)
        return -EXO_E_ENV;
    int error = binding->epoch == cap_epoch ? 0 : pct_admits(to, caller(), binding->slot);
    if (error)
        return error;
    binding->to = *out = to;
    binding->epoch = cap_epoch;
    return 0;
}

/* Takes an idle activation; its next entry will be pct. */
static void take(struct activation *callee, uint64_t call, const uint64_t words[4])
{
    callee->env->idle &= (uint8_t)~callee->bit;
    callee->state = EXO_ACT_READY;
    callee->resume = RESUME_PCT;
    callee->pct_call = call;
    callee->pct_from = caller()->id;
    for (unsigned i = 0; i < 4; i++)
        callee->pct_word[i] = words[i];
    slice_ready(callee, true);
    act_publish(callee);
    trace(EXO_TRACE_TRANSFER, callee->index, callee->env->id, call ? EXO_CALL_PCT_CALL : EXO_CALL_PCT_SEND, 0);
}

static void link(struct activation *self, struct activation *callee, uint32_t binding, uint64_t deadline_ns)
{
    self->callee = callee;
    self->call_binding = (uint8_t)binding;
    self->call_deadline_ns = deadline_ns;
    callee->caller = self;
    callee->depth = self->depth + 1;
    callee->call++;
}

int64_t pct_call(uint32_t index, uint64_t deadline_ns, uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
    struct env *to;
    int error = call_enter();
    if (error)
        return error;
    struct activation *self = caller_act();
    error = bound(index, &to);
    if (!error)
        error = deadline_ns <= clock_now_ns() ? -EXO_E_TIMEOUT
                : self->depth == EXO_PCT_DEPTH ? -EXO_E_LIMIT
                : !to->idle                    ? -EXO_E_BUSY
                                               : 0;
    if (error) {
        call_leave();
        return error;
    }
    struct activation *callee = to->act[__builtin_ctz(to->idle)];
    link(self, callee, index, deadline_ns);
    take(callee, callee->call, (const uint64_t[4]){a, b, c, d});
    sched_call(callee);
}

int64_t sys_pct_send(uint32_t index, uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
    struct env *to;
    int error = call_enter();
    if (error)
        return error;
    error = bound(index, &to);
    if (!error && !to->idle)
        error = -EXO_E_BUSY;
    if (error) {
        call_leave();
        return error;
    }
    struct activation *callee = to->act[__builtin_ctz(to->idle)];
    take(callee, 0, (const uint64_t[4]){a, b, c, d});
    sched_yield_to(callee);
}

/* The calling activation is idle, or, when events are pending, ready for them. */
static void rest(struct activation *self)
{
    bool idle = !__atomic_load_n(&self->page->pending, __ATOMIC_ACQUIRE);
    act_account(self);
    self->resume = RESUME_UPCALL;
    self->saved_slot = 0;
    self->state = idle ? EXO_ACT_IDLE : EXO_ACT_READY;
    if (idle)
        self->env->idle |= self->bit;
    slice_ready(self, !idle);
    act_publish(self);
    if (!idle)
        pct_ready(self);
}

int64_t pct_reply(uint64_t call, uint32_t flags, uint64_t a, uint64_t b, uint64_t c, uint64_t d)
{
    if (flags & ~(uint32_t)EXO_PCT_KEEP)
        return -EXO_E_ARG;
    int error = call_enter();
    if (error)
        return error;
    struct activation *self = caller_act(), *to = self->caller;
    if (call ? !to || call != self->call : to != NULL)
        error = -EXO_E_STATE;
    if (error || (!to && (flags & EXO_PCT_KEEP))) {
        call_leave();
        return error;
    }
    if (to) {
        self->caller = NULL;
        self->depth = 0;
        act_call_end(to, 0, (const uint64_t[4]){a, b, c, d});
        trace(EXO_TRACE_TRANSFER, to->index, to->env->id, EXO_CALL_PCT_REPLY, 0);
    }
    if (flags & EXO_PCT_KEEP)
        sched_yield_to(to);
    rest(self);
    sched_leave(to);
}
