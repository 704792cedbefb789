/* SPDX-License-Identifier: MIT
 *
 * calls_env.c: the system calls on environments, activations and slices. sys_yield is in x86/yield.asm, which does the common
 * case and comes here, to env_yield, for every other.
 */
#include "kernel.h"
#include "memory.h"
#include "pct.h"
#include "repossess.h"
#include "sched.h"
#include "slice.h"
#include "x86/context.h"
#include "x86/transfer.h"

int64_t sys_env_create(uint32_t slot, const struct exo_env_spec *user_spec)
{
    struct exo_env_spec spec;
    struct exo_cap cap;
    struct env *env;
    int error = user_copy_in(&spec, user_spec, sizeof spec);
    if (error)
        return error;
    if (spec.act >= EXO_ACTS_MAX || spec.reserved)
        return -EXO_E_ARG;
    if ((error = call_enter()))
        return error;
    error = cap_use(&caller()->caps, slot, EXO_RIGHT_CONTROL, &cap);
    if (!error)
        error = env_make(cap_name(&cap), spec.name, caller(), spec.act, &env);
    int64_t result = error ? error : (int64_t)env->id;
    call_leave();
    return result;
}

int64_t sys_env_destroy(uint32_t slot, uint64_t id)
{
    struct env *env;
    int error = call_enter();
    if (error)
        return error;
    error = env_control(caller(), slot, id, &env);
    if (error) {
        call_leave();
        return error;
    }
    env_end(env);
    if (env == caller())
        sched_leave(NULL);
    call_leave();
    return 0;
}

int64_t sys_act_create(uint32_t slot, uint64_t id, const struct exo_act_spec *user_spec)
{
    struct exo_act_spec spec;
    struct env *env;
    int error = user_copy_in(&spec, user_spec, sizeof spec);
    if (error)
        return error;
    if (spec.slots < EXO_SLOTS_MIN || spec.slots > EXO_SLOTS_MAX || spec.reserved)
        return -EXO_E_ARG;
    if ((error = call_enter()))
        return error;
    error = env_control(caller(), slot, id, &env);
    if (!error)
        error = act_make(env, &spec);
    call_leave();
    return error;
}

static int check_position(uint32_t cpu, uint32_t position)
{
    if (cpu >= cpu_count)
        return -EXO_E_NODEV;
    return position < EXO_SLICES ? 0 : -EXO_E_ARG;
}

/* The caller's slot has these rights over an allocated slice. */
static int check_slice(uint32_t slot, unsigned rights, uint32_t cpu, uint32_t position)
{
    struct exo_cap cap;
    const struct exo_slice *slice = slice_at(cpu, position);
    if (!slice->allocated)
        return -EXO_E_RIGHTS;
    return cap_check(&caller()->caps, slot, rights, (struct cap_name){slice->guard_bits, slice->guard_len}, &cap);
}

/* Somebody else than the caller and the heir loses a slice. He finds it in his vector when he looks: it is how controllers
 * divide time, and nothing to be woken for. */
static void tell_loss(env_id_t loser, uint32_t cpu, uint32_t position, const struct env *heir)
{
    if (loser != caller()->id && (!heir || loser != heir->id))
        repossess_slice(loser, cpu, position, false);
}

int64_t sys_slice_alloc(uint32_t slot, uint32_t cpu, uint32_t position)
{
    struct exo_cap cap;
    int error = check_position(cpu, position == EXO_SLICE_ANY ? 0 : position);
    if (error || (error = call_enter()))
        return error;
    int64_t result = cap_use(&caller()->caps, slot, EXO_RIGHT_WRITE, &cap);
    if (!result)
        result = slice_take(cpu, position, cap_name(&cap));
    call_leave();
    return result;
}

int64_t sys_slice_free(uint32_t slot, uint32_t cpu, uint32_t position)
{
    int error = check_position(cpu, position);
    if (error || (error = call_enter()))
        return error;
    error = check_slice(slot, EXO_RIGHT_CONTROL, cpu, position);
    if (!error) {
        tell_loss(slice_at(cpu, position)->env, cpu, position, NULL);
        slice_put(cpu, position);
    }
    call_leave();
    return error;
}

int64_t sys_slice_bind(uint32_t slot, uint32_t cpu, uint32_t position, uint64_t id, uint32_t act)
{
    struct env *env = NULL;
    int error = check_position(cpu, position);
    if (!error && id != EXO_ENV_NONE && act >= EXO_ACTS_MAX)
        error = -EXO_E_ARG;
    if (error || (error = call_enter()))
        return error;
    error = check_slice(slot, EXO_RIGHT_WRITE, cpu, position);
    if (!error && id != EXO_ENV_NONE)
        error = env_control(caller(), slot, id, &env);
    if (!error && env && !env->act[act])
        error = -EXO_E_ENV;
    env_id_t loser = slice_at(cpu, position)->env;
    if (!error)
        error = slice_assign(cpu, position, env ? env->act[act] : NULL);
    if (!error)
        tell_loss(loser, cpu, position, env);
    call_leave();
    return error;
}

int64_t env_yield(uint64_t id, uint32_t act)
{
    int error = call_enter();
    if (error)
        return error;
    struct activation *heir = NULL;
    if (act != EXO_ACT_ANY) {
        struct env *env = id ? env_find(id) : caller();
        heir = env && act < EXO_ACTS_MAX ? env->act[act] : NULL;
        if (heir)
            heir = pct_runner(heir); /* who calls lends what it is given */
        error = !heir ? -EXO_E_ENV : heir->state != EXO_ACT_READY ? -EXO_E_STATE : 0;
        if (error) {
            call_leave();
            return error;
        }
    } else if (id) {
        call_leave();
        return -EXO_E_ENV;
    }
    sched_yield_to(heir);
}

int64_t sys_resume(uint32_t slot)
{
    struct activation *act = caller_act();
    if (slot >= act->slots)
        return -EXO_E_ARG;
    act->page->disabled = 0;
    context_resume(frame_address(act->slot_frame[slot & (EXO_SLOTS_MAX - 1)]), act);
}
