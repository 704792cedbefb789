/* SPDX-License-Identifier: MIT
 *
 * calls_cap.c: the system calls on capabilities and quotas.
 */
#include "frame.h"
#include "kernel.h"
#include "quota.h"
#include "reap.h"
#include "revoke.h"

int64_t sys_cap_derive(uint32_t slot, uint32_t dst, const struct exo_cap *name)
{
    struct exo_cap wanted, cap;
    int error = user_cap_in(&wanted, name);
    if (error)
        return error;
    if (dst >= EXO_CAP_SLOTS || !wanted.rights)
        return -EXO_E_ARG;
    if ((error = call_enter()))
        return error;
    struct env *self = caller();
    error = cap_check(&self->caps, slot, EXO_RIGHT_GRANT, cap_name(&wanted), &cap);
    if (!error && (wanted.rights & ~cap.rights))
        error = -EXO_E_RIGHTS;
    if (!error && cap_revoked(cap_name(&wanted)))
        error = -EXO_E_REVOKED;
    if (!error && self->caps.slot[dst].rights)
        error = -EXO_E_BUSY;
    if (!error) {
        cap_put(&self->caps, dst, &wanted);
        env_publish(self);
    }
    call_leave();
    return error;
}

int64_t sys_cap_drop(uint32_t slot)
{
    int error = call_enter();
    if (error)
        return error;
    struct env *self = caller();
    if (slot >= EXO_CAP_SLOTS || !self->caps.slot[slot].rights) {
        error = -EXO_E_SLOT;
    } else {
        cap_put(&self->caps, slot, NULL);
        reap_sweep(self, false);
    }
    call_leave();
    return error;
}

int64_t sys_cap_give(uint32_t ctl, uint64_t env, uint32_t src, uint32_t dst)
{
    struct exo_cap cap;
    struct env *target;
    if (dst >= EXO_CAP_SLOTS)
        return -EXO_E_SLOT;
    int error = call_enter();
    if (error)
        return error;
    error = env_control(caller(), ctl, env, &target);
    if (!error)
        error = cap_use(&caller()->caps, src, EXO_RIGHT_GRANT, &cap);
    if (!error && target->caps.slot[dst].rights)
        error = -EXO_E_BUSY;
    if (!error) {
        cap_put(&target->caps, dst, &cap);
        env_publish(target);
    }
    call_leave();
    return error;
}

int64_t sys_cap_revoke(uint32_t slot, const struct exo_cap *prefix)
{
    struct exo_cap wanted, cap;
    int error = user_cap_in(&wanted, prefix);
    if (error)
        return error;
    if ((error = call_enter()))
        return error;
    error = cap_check(&caller()->caps, slot, EXO_RIGHT_CONTROL, cap_name(&wanted), &cap);
    if (!error && cap.len == wanted.len)
        error = -EXO_E_RIGHTS; /* one's own name is the revoker's above to revoke */
    if (!error)
        error = revoke_step(cap_name(&wanted), cap_name(&cap));
    call_leave();
    return error;
}

int64_t sys_quota_set(uint32_t slot, const struct exo_cap *prefix, uint32_t kind, uint64_t amount)
{
    struct exo_cap wanted, cap;
    int error = user_cap_in(&wanted, prefix);
    if (error)
        return error;
    if (kind >= EXO_QUOTA_KINDS)
        return -EXO_E_ARG;
    if ((error = call_enter()))
        return error;
    error = cap_check(&caller()->caps, slot, EXO_RIGHT_CONTROL, cap_name(&wanted), &cap);
    if (!error && cap.len == wanted.len)
        error = -EXO_E_RIGHTS; /* nobody widens the quota that was set for him */
    if (!error)
        error = quota_set(cap_name(&wanted), kind, amount);
    call_leave();
    return error;
}
