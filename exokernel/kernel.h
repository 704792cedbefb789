/* SPDX-License-Identifier: MIT
 *
 * kernel.h: what the system calls share: who calls, the memory of the caller, the lock with a check that the caller still
 * lives, and the ranges of device memory.
 */
#ifndef EXOKERNEL_KERNEL_H
#define EXOKERNEL_KERNEL_H

#include "cap.h"
#include "env.h"
#include "exo_calls.h"
#include "exo_dispatch.h"
#include "lock.h"
#include "x86/cpu.h"
#include "x86/entry.h"

struct boot_info;

/* The activation and environment that made the call. */
static inline struct activation *caller_act(void)
{
    return this_cpu()->act;
}

static inline struct env *caller(void)
{
    return this_cpu()->act->env;
}

/* Takes kernel_lock. If the caller has been ended in the meantime it is released again: -EXO_E_ENV. */
__attribute__((warn_unused_result)) static inline int call_enter(void)
{
    spin_lock(&kernel_lock);
    if (caller_act()->state == EXO_ACT_RUNNING)
        return 0;
    spin_unlock(&kernel_lock);
    return -EXO_E_ENV;
}
static inline void call_leave(void)
{
    spin_unlock(&kernel_lock);
}

/* Copies between the kernel and the caller's memory, at most 4,096 bytes. A page that is not there, or not writable, is
 * -EXO_E_FAULT: the kernel never waits for a page. */
__attribute__((warn_unused_result)) int user_copy_in(void *to, const void *from, size_t n);
__attribute__((warn_unused_result)) int user_copy_out(void *to, const void *from, size_t n);

/* Copies a capability name in and checks its form. 0, -EXO_E_FAULT or -EXO_E_ARG. */
__attribute__((warn_unused_result)) int user_cap_in(struct exo_cap *to, const struct exo_cap *from);

/* Device memory (device_memory.c): is the first frame of the run within a published range; and may these slots map the
 * whole run, with which cache bits? 0, -EXO_E_FRAME or -EXO_E_RIGHTS. */
bool device_frames(frame_t first, uint32_t n);
int device_may_map(const struct cap_slots *slots, frame_t first, uint32_t n, uint64_t *cache_bits);

/* Lets (rights 0: no longer lets) `who` map the device range that contains the frame. 0, -EXO_E_FRAME, -EXO_E_LIMIT. */
int device_share(frame_t first, uint32_t n, const struct exo_cap *who);

/* Revocation: access list entries of device ranges below prefix go. */
void device_revoke(struct cap_name prefix);

/* The ports of an environment are nobody's, at once on all CPUs (ports.c). */
void ports_forget(struct env *env);

/* The TSS of this CPU allows the ports of env (which may be NULL) and no others. */
void ports_load(struct env *env);

/* Starts the first environment from the boot module; panics with the cause if it cannot. */
void first_env_start(const struct boot_info *boot);

/* Sets the core's tables up: frames, quotas, published pages. */
void core_init(const struct boot_info *boot);

#endif
