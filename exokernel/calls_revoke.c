/* SPDX-License-Identifier: MIT
 *
 * calls_revoke.c: the system calls of visible revocation and the abort protocol (repossess.h).
 */
#include "kernel.h"
#include "quota.h"
#include "repossess.h"

_Static_assert(EXO_REVOKE_KINDS <= 4, "kinds are masked by 3");

/* The caller's slot controls env. Takes the lock, and keeps it if it returns 0. */
static int enter(uint32_t slot, uint64_t id, struct env **env, struct exo_cap *cap)
{
    int error = call_enter();
    if (error)
        return error;
    *env = id ? env_find(id) : caller();
    error = *env ? cap_check(&caller()->caps, slot, EXO_RIGHT_CONTROL, (*env)->guard, cap) : -EXO_E_ENV;
    if (error)
        call_leave();
    return error;
}

int64_t sys_revoke_ask(uint32_t slot, uint64_t id, uint32_t kind, uint64_t amount, uint64_t deadline_ns)
{
    struct exo_cap cap;
    struct env *env;
    if (kind >= EXO_REVOKE_KINDS)
        return -EXO_E_ARG;
    int error = enter(slot, id, &env, &cap);
    if (error)
        return error;
    error = revocation_ask(env, kind & 3, amount, deadline_ns, cap_name(&cap));
    call_leave();
    return error;
}

int64_t sys_revoke_take(uint32_t slot, uint64_t id, uint32_t kind, const uint64_t *user_names, uint32_t n)
{
    uint64_t names[EXO_FRAMES_MAX];
    struct exo_cap cap;
    struct env *env;
    uint32_t taken = 0;
    if (kind >= EXO_REVOKE_KINDS || n == 0 || n > EXO_FRAMES_MAX)
        return -EXO_E_ARG;
    int error = user_copy_in(names, user_names, n * sizeof names[0]);
    if (error || (error = enter(slot, id, &env, &cap)))
        return error;
    error = revocation_due(env, kind & 3);
    uint16_t quota = error ? 0 : quota_find(cap_name(&cap));
    while (!error && taken < n && !(error = revocation_take(env, kind & 3, names[taken], &cap, quota)))
        taken++;
    if (taken)
        revocation_end(env);
    call_leave();
    return taken ? (int64_t)taken : error;
}
