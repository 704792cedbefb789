/* SPDX-License-Identifier: MIT
 *
 * calls_frame.c: the system calls on frames and page tables.
 */
#include "frame.h"
#include "kernel.h"
#include "pt.h"
#include "quota.h"
#include "reap.h"

static void give_back(const frame_t *list, uint32_t n)
{
    while (n--)
        frame_release(list[n]);
}

/* Takes n frames, all or none. */
static int take_all(frame_t *list, uint32_t n, struct cap_name guard, unsigned flags)
{
    uint16_t quota = quota_find(guard);
    for (uint32_t i = 0; i < n; i++) {
        int error = frame_take(&list[i], guard, quota, EXO_FRAME_USER, flags);
        if (!error)
            continue;
        give_back(list, i);
        return error;
    }
    return 0;
}

static int take_run(frame_t *list, uint32_t n, struct cap_name guard, unsigned flags)
{
    int error = frame_take_run(&list[0], n, guard, quota_find(guard), flags);
    for (uint32_t i = 1; !error && i < n; i++)
        list[i] = list[0] + i;
    return error;
}

int64_t sys_frame_alloc(uint32_t slot, uint32_t *user_list, uint32_t n, uint32_t flags)
{
    frame_t list[EXO_FRAMES_MAX];
    struct exo_cap cap;
    if (n == 0 || n > EXO_FRAMES_MAX || flags > (EXO_FRAME_ZERO | EXO_FRAME_AUTO | EXO_FRAME_RUN))
        return -EXO_E_ARG;
    int error = user_copy_in(list, user_list, n * sizeof list[0]);
    if (error || (error = call_enter()))
        return error;
    error = cap_use(&caller()->caps, slot, EXO_RIGHT_WRITE, &cap);
    if (!error)
        error = flags & EXO_FRAME_RUN ? take_run(list, n, cap_name(&cap), flags) : take_all(list, n, cap_name(&cap), flags);
    if (!error && (error = user_copy_out(user_list, list, n * sizeof list[0])))
        give_back(list, n); /* nobody has seen them: the lock is still held */
    call_leave();
    return error;
}

int64_t sys_frame_free(uint32_t slot, const uint32_t *user_list, uint32_t n)
{
    frame_t list[EXO_FRAMES_MAX];
    struct exo_cap cap;
    uint32_t freed = 0;
    if (n == 0 || n > EXO_FRAMES_MAX)
        return -EXO_E_ARG;
    int error = user_copy_in(list, user_list, n * sizeof list[0]);
    if (error || (error = call_enter()))
        return error;
    for (; freed < n; freed++) {
        error = frame_is_user(list[freed]) ? 0 : -EXO_E_FRAME;
        if (!error)
            error = cap_check(&caller()->caps, slot, EXO_RIGHT_CONTROL, frame_guard_of(list[freed]), &cap);
        if (error)
            break;
        frame_release(list[freed]);
    }
    call_leave();
    return freed ? (int64_t)freed : error;
}

/* Every frame of the run is USER and the caller's slot controls it. */
static int check_run(uint32_t slot, frame_t first, uint32_t n)
{
    struct exo_cap cap;
    if (first >= frame_count || n > frame_count - first)
        return -EXO_E_FRAME;
    int error = cap_use(&caller()->caps, slot, EXO_RIGHT_CONTROL, &cap);
    for (uint32_t i = 0; i < n; i++) {
        if (!frame_is_user(first + i))
            return -EXO_E_FRAME;
        if (!error && !cap_covers(cap_name(&cap), frame_guard_of(first + i)))
            error = -EXO_E_RIGHTS;
        if (error)
            return error;
    }
    return 0;
}

static int share_ram(uint32_t slot, frame_t first, uint32_t n, const struct exo_cap *who)
{
    int error = check_run(slot, first, n);
    for (uint32_t i = 0; !error && i < n; i++)
        error = frame_can_share(first + i, who);
    for (uint32_t i = 0; !error && i < n; i++)
        frame_set_share(first + i, who);
    return error;
}

enum { HOLDERS_A_STEP = 64 };

/* Those who may have mapped device memory because of an entry for who are swept: a few environments a call, one name at a time.
 * 0 when all were looked at, else -EXO_E_AGAIN. */
static int sweep_holders(struct cap_name who)
{
    static struct cap_name under_way;
    static uint32_t at; /* 0: none is under way */
    bool same = !at || cap_same(who, under_way);
    if (!at)
        under_way = who;
    for (unsigned n = 0; n < HOLDERS_A_STEP; n++) {
        struct env *env = env_at(at++);
        if (env && cap_any(&env->caps, EXO_RIGHT_READ, under_way))
            reap_sweep(env, true);
    }
    at %= EXO_ENVS_MAX;
    return !at && same ? 0 : -EXO_E_AGAIN;
}

static int share_device(uint32_t slot, frame_t first, uint32_t n, const struct exo_cap *who)
{
    struct exo_cap cap;
    int error = cap_check(&caller()->caps, slot, EXO_RIGHT_CONTROL, (struct cap_name){0, 0}, &cap);
    if (!error)
        error = device_share(first, n, who);
    if (!error && who->rights != (EXO_RIGHT_READ | EXO_RIGHT_WRITE))
        error = sweep_holders(cap_name(who));
    return error;
}

int64_t sys_frame_share(uint32_t slot, uint32_t first, uint32_t n, const struct exo_cap *user_who)
{
    struct exo_cap who;
    int error = user_cap_in(&who, user_who);
    if (error)
        return error;
    if (n == 0 || n > EXO_SHARE_MAX || (who.rights & ~(EXO_RIGHT_READ | EXO_RIGHT_WRITE)))
        return -EXO_E_ARG;
    if ((error = call_enter()))
        return error;
    error = device_frames(first, n) ? share_device(slot, first, n, &who) : share_ram(slot, first, n, &who);
    call_leave();
    return error;
}

int64_t sys_frame_guard(uint32_t slot, uint32_t to, uint32_t first, uint32_t n)
{
    struct exo_cap heir;
    if (n == 0 || n > EXO_SHARE_MAX)
        return -EXO_E_ARG;
    int error = call_enter();
    if (error)
        return error;
    error = cap_use(&caller()->caps, to, EXO_RIGHT_WRITE, &heir);
    if (!error)
        error = check_run(slot, first, n);
    for (uint32_t i = 0; !error && i < n; i++)
        if (frames[first + i].maps || frames[first + i].pins || frames[first + i].waiters)
            error = -EXO_E_BUSY;
    uint16_t quota = error ? 0 : quota_find(cap_name(&heir));
    if (!error)
        error = quota_charge(quota, EXO_QUOTA_FRAMES, n);
    for (uint32_t i = 0; !error && i < n; i++) {
        quota_uncharge(frames[first + i].quota, EXO_QUOTA_FRAMES, 1);
        frame_set_guard(first + i, cap_name(&heir), quota);
    }
    call_leave();
    return error;
}

/* Called with the lock, returns without it. */
static int64_t apply_all(struct env *env, const struct exo_pt_op *ops, uint32_t n)
{
    struct pt_batch *batch = pt_batch_begin(env);
    const struct exo_pt_op *op = ops;
    int error;
    do
        error = op->reserved ? -EXO_E_ARG
                             : pt_apply(op->va, op->frame, op->count, EXO_PT_WHAT(op->op, op->prot, op->soft, op->cap), env, batch);
    while (!error && ++op < ops + n);
    pt_flush_and_unlock(batch);
    return op == ops ? error : op - ops;
}

int64_t sys_pt_update(uint64_t id, uint32_t ctl, const struct exo_pt_op *user_ops, uint32_t n)
{
    struct exo_pt_op ops[EXO_PT_OPS_MAX];
    struct env *env;
    if (n == 0 || n > EXO_PT_OPS_MAX)
        return -EXO_E_ARG;
    int error = user_copy_in(ops, user_ops, n * sizeof ops[0]);
    if (error || (error = call_enter()))
        return error;
    if ((error = env_control(caller(), ctl, id, &env))) {
        call_leave();
        return error;
    }
    return apply_all(env, ops, n);
}

int64_t sys_pt_one(uint64_t va, uint32_t frame, uint32_t count, uint32_t what)
{
    int error = call_enter();
    if (error)
        return error;
    struct env *env = caller();
    struct pt_batch *batch = pt_batch_begin(env);
    error = pt_apply(va, frame, count, what, env, batch);
    pt_flush_and_unlock(batch);
    return error ? error : 1;
}
