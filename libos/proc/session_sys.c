/* SPDX-License-Identifier: MIT
 *
 * session_sys.c: session_sys.h on the real kernel. Layer: libos/proc, over the stubs. Used in the fault upcall: takes no
 * lock and touches nothing that may not be mapped.
 */
#include "proc/session_sys.h"

#include <errno.h>

#include "exo/exo.h"
#include "mem/budget.h"
#include "proc/proc.h"
#include "sched/thread.h"

int session_sys_frames(uint32_t *frames, unsigned n, int run)
{
    if (!budget_grants(proc_cap(), n))
        return -ENOMEM;
    for (unsigned i = 0; i < n; i++)
        frames[i] = EXO_FRAME_ANY;
    return (int)exo_errno(exo_frame_alloc(proc_cap(), frames, n, EXO_FRAME_ZERO | (run ? EXO_FRAME_RUN : 0)));
}

void session_sys_release(const uint32_t *frames, unsigned n) { exo_frame_free(proc_cap(), frames, n); }

int session_sys_map(uint64_t va, const uint32_t *frames, unsigned n)
{
    struct exo_pt_op ops[EXO_PT_OPS_MAX];
    unsigned count = 0;
    for (unsigned i = 0; i < n && count < EXO_PT_OPS_MAX; i++) {
        struct exo_pt_op *last = &ops[count - (count > 0)];
        if (count > 0 && frames[i] == last->frame + last->count) {
            last->count++;
            continue;
        }
        ops[count++] = (struct exo_pt_op){
            .va = va + (uint64_t)i * EXO_PAGE_BYTES,
            .frame = frames[i],
            .count = 1,
            .op = EXO_PT_MAP,
            .prot = EXO_PROT_WRITE,
            .cap = (uint8_t)proc_cap(),
        };
    }
    int64_t done = exo_pt_update(0, EXO_CAP_NONE, ops, count);
    if (done < 0)
        return (int)exo_errno(done);
    return done > 0 ? 0 : -ENOMEM;
}

uint64_t session_sys_threads(void) { return exo_physical((vaddr_t)&thread_list); }

int session_sys_mapped(uint64_t va) { return (exo_pte(va) & EXO_PTE_P) != 0; }

int session_sys_runs(uint64_t env)
{
    struct exo_env_info info;
    exo_env_read((uint32_t)(env & (EXO_ENVS_MAX - 1)), &info);
    return info.id == env && info.state == EXO_ENV_LIVE && info.act[0].state != EXO_ACT_STOPPED;
}

int session_sys_stopped(uint64_t env, unsigned *vector)
{
    struct exo_env_info info;
    exo_env_read((uint32_t)(env & (EXO_ENVS_MAX - 1)), &info);
    *vector = info.act[0].stop_vector;
    return info.id == env && info.state == EXO_ENV_LIVE && info.act[0].state == EXO_ACT_STOPPED;
}

void session_sys_end_strays(void)
{
    const volatile struct exo_env_info *table = (const volatile struct exo_env_info *)EXO_PUB_ENVS;
    const struct exo_cap *cap = &session_header()->cap;
    struct exo_env_info info, patron;
    for (uint32_t i = 0; i < EXO_ENVS_MAX; i++) {
        if (table[i].state != EXO_ENV_LIVE || table[i].acts != 0)
            continue;
        exo_env_read(i, &info);
        exo_env_read((uint32_t)(info.patron & (EXO_ENVS_MAX - 1)), &patron);
        bool orphan = patron.id != info.patron || patron.state != EXO_ENV_LIVE;
        if (orphan && info.guard_bits == cap->bits && info.guard_len == cap->len)
            exo_env_destroy(proc_cap(), info.id);
    }
}

/* Gives back the frames whose guard lies below a name. What is still mapped is freed with the last mapping. */
static void release_below(const struct exo_cap *name)
{
    uint32_t frame[EXO_FRAMES_MAX], n = 0, frames = exo_info()->frames;
    for (uint32_t i = 0; i < frames; i++) {
        const struct exo_frame *f = exo_frame_entry(i);
        if (f->type == EXO_FRAME_USER && exo_cap_dominates(name->bits, name->len, f->guard_bits, f->guard_len))
            frame[n++] = i;
        if (n == EXO_FRAMES_MAX || (n > 0 && i + 1 == frames)) {
            exo_frame_free(proc_cap(), frame, n);
            n = 0;
        }
    }
}

void session_sys_end_below(const struct exo_cap *name)
{
    const volatile struct exo_env_info *table = (const volatile struct exo_env_info *)EXO_PUB_ENVS;
    struct exo_env_info info;
    for (uint32_t i = 0; i < EXO_ENVS_MAX; i++) {
        if (table[i].state != EXO_ENV_LIVE)
            continue;
        exo_env_read(i, &info);
        if (exo_cap_dominates(name->bits, name->len, info.guard_bits, info.guard_len))
            exo_env_destroy(proc_cap(), info.id);
    }
    release_below(name);
    while (exo_cap_revoke(proc_cap(), name) == -EXO_E_AGAIN)
        ; /* each call is one step */
}

uint64_t session_sys_self(void) { return exo_act()->env; }

uint64_t session_sys_now_ns(void) { return exo_clock_ns(); }
