/* SPDX-License-Identifier: MIT
 *
 * revoke.c: revocation in steps (revoke.h):
 *
 *   environments   slots below the prefix are emptied and the environment is swept; one guarded below it passes on
 *   slices         pass on, bound to nobody
 *   frames         pass on; access lists lose entries below the prefix (those of device memory with the environments)
 *   sweeps         those begun above must have ended, so that no mapping is left that only the prefix justified
 *   quotas         below the prefix go back to where they were carved from
 *
 * "Passes on": the guard becomes the prefix without its last bit. Everybody who dominated the old guard without being
 * below the prefix still dominates the new one. If that name is being revoked too, its own pass over the tables may be over
 * already: the next shorter one that is not is the heir.
 */
#include "revoke.h"

#include "exo_calls.h"
#include "frame.h"
#include "kernel.h"
#include "pct.h"
#include "quota.h"
#include "reap.h"
#include "repossess.h"
#include "slice.h"
#include "x86/cpu.h"

enum { ENVS_A_STEP = 4, LOOKED_A_STEP = 256, FRAMES_A_STEP = 256, SLICES_A_STEP = 64 };
enum phase { PHASE_ENVS, PHASE_SLICES, PHASE_FRAMES, PHASE_SWEEPS, PHASE_QUOTAS };

static struct progress {
    struct cap_name prefix;
    enum phase phase;
    uint32_t at;
    uint16_t quota; /* charged for it: that of who began it */
    uint64_t sweeps; /* reap_requests() when the environments were through */
    bool active;
} progress[CAP_REVOKED_MAX];

/* The one for this prefix, which is begun if there is none. NULL: *error says why not. */
static struct progress *find(struct cap_name prefix, struct cap_name revoker, int *error)
{
    struct progress *unused = NULL;
    uint16_t quota = quota_find(revoker);
    for (unsigned i = 0; i < CAP_REVOKED_MAX; i++) {
        if (progress[i].active && cap_same(progress[i].prefix, prefix))
            return &progress[i];
        if (!progress[i].active)
            unused = &progress[i];
    }
    *error = quota_charge(quota, EXO_QUOTA_REVOCATIONS, 1);
    if (*error || !unused) /* the root's limit is the size of the table, so there is room */
        return NULL;
    cap_revocation_begin(prefix); /* its list is as long as ours */
    *unused = (struct progress){.prefix = prefix, .quota = quota, .active = true};
    return unused;
}

static struct cap_name heir_of(struct cap_name prefix)
{
    struct cap_name heir = cap_parent(prefix);
    while (heir.len && cap_revoked(heir))
        heir = cap_parent(heir);
    return heir;
}

/* What is charged to the environment goes with it; its frames follow in PHASE_FRAMES. */
static void env_pass(struct env *env, struct cap_name heir)
{
    uint16_t quota = quota_find(heir);
    for (unsigned kind = 0; kind < EXO_QUOTA_KINDS; kind++)
        quota_move(env->quota, quota, kind, env->spent[kind]);
    env->guard = heir;
    env->quota = quota;
}

/* Who holds a name above the prefix is swept as well: he may have mapped what an access list entry below it allowed. */
static void revoke_env(struct env *env, struct cap_name prefix)
{
    bool lost = false;
    pct_revoke(env, prefix);
    for (unsigned i = 0; i < EXO_CAP_SLOTS; i++) {
        const struct exo_cap *cap = &env->caps.slot[i];
        if (!cap->rights)
            continue;
        lost |= cap_covers(prefix, cap_name(cap)) || cap_covers(cap_name(cap), prefix);
        if (cap_covers(prefix, cap_name(cap))) {
            cap_put(&env->caps, i, NULL);
            repossess(env, EXO_TAKEN_CAP, i, prefix.bits);
        }
    }
    if (cap_covers(prefix, env->guard))
        env_pass(env, heir_of(prefix));
    if (lost)
        reap_sweep(env, true);
    repossess_tell(env);
    env_publish(env);
}

static bool step_envs(struct progress *p)
{
    if (p->at == 0)
        device_revoke(p->prefix); /* before any sweep */
    for (unsigned n = 0, looked = 0; n < ENVS_A_STEP && looked < LOOKED_A_STEP; looked++, p->at++) {
        if (p->at == EXO_ENVS_MAX) {
            p->sweeps = reap_requests();
            return true;
        }
        if (!env_at(p->at))
            continue;
        revoke_env(env_at(p->at), p->prefix);
        n++;
    }
    return false;
}

/* at = CPU * EXO_SLICES + position */
static bool step_slices(struct progress *p)
{
    struct cap_name heir = heir_of(p->prefix);
    uint16_t quota = quota_find(heir);
    for (unsigned n = 0; n < SLICES_A_STEP; n++, p->at++) {
        uint32_t cpu = p->at / EXO_SLICES, position = p->at % EXO_SLICES;
        const struct exo_slice *slice = slice_at(cpu, position);
        if (slice->allocated && cap_covers(p->prefix, (struct cap_name){slice->guard_bits, slice->guard_len}))
            slice_pass(cpu, position, heir, quota);
    }
    return p->at == cpu_count * EXO_SLICES;
}

static bool step_frames(struct progress *p)
{
    struct cap_name heir = heir_of(p->prefix);
    uint16_t quota = quota_find(heir);
    for (unsigned n = 0; n < FRAMES_A_STEP; n++, p->at++) {
        if (p->at == frame_count)
            return true;
        frame_revoke(p->at, p->prefix, heir, quota);
    }
    return false;
}

static bool step_sweeps(struct progress *p)
{
    for (unsigned n = 0; n < LOOKED_A_STEP; n++, p->at++) {
        if (p->at == EXO_ENVS_MAX)
            return true;
        if (env_at(p->at) && !reap_swept(env_at(p->at), p->sweeps))
            return false;
    }
    return false;
}

static void finish(struct progress *p)
{
    p->active = false;
    quota_uncharge(p->quota, EXO_QUOTA_REVOCATIONS, 1);
    cap_revocation_end(p->prefix);
}

/* With a prefix end the unfinished revocations below it, which have nothing left to do, and give back what they cost. */
static void finish_below(const struct progress *p)
{
    for (unsigned i = 0; i < CAP_REVOKED_MAX; i++)
        if (progress[i].active && &progress[i] != p && cap_covers(p->prefix, progress[i].prefix))
            finish(&progress[i]);
}

static bool step(struct progress *p)
{
    switch (p->phase) {
    case PHASE_ENVS:
        return step_envs(p);
    case PHASE_SLICES:
        return step_slices(p);
    case PHASE_FRAMES:
        return step_frames(p);
    case PHASE_SWEEPS:
        return step_sweeps(p);
    default:
        finish_below(p);
        return quota_forget(p->prefix) == 0;
    }
}

static int advance(struct progress *p)
{
    if (!step(p))
        return -EXO_E_AGAIN;
    p->at = 0;
    if (p->phase++ != PHASE_QUOTAS)
        return -EXO_E_AGAIN;
    finish(p);
    return 0;
}

/* When there is no room, somebody else's revocation, which he may never finish himself, goes on by a step instead. */
int revoke_step(struct cap_name prefix, struct cap_name revoker)
{
    static unsigned turn;
    int error;
    struct progress *p = find(prefix, revoker, &error);
    if (p)
        return advance(p);
    turn = (turn + 1) % CAP_REVOKED_MAX;
    if (progress[turn].active)
        advance(&progress[turn]);
    return error;
}
