/* SPDX-License-Identifier: MIT
 *
 * sched.h: who runs now, on each CPU. No policy: a CPU goes round its slice vector (slice.h), and a directed yield lends
 * the rest of a slice to somebody else.
 *
 * "Never returns" means that the kernel stack is abandoned: all state worth keeping is in the activation's pages.
 */
#ifndef EXOKERNEL_SCHED_H
#define EXOKERNEL_SCHED_H

#include "env.h"
#include "slice.h"
#include "x86/cpu.h"
#include "x86/trap.h"

/* Slice length. The grace after slice_end follows from it. */
extern uint64_t slice_ns;
uint64_t sched_grace_ns(void);

/* Makes a CPU look at its state soon: preempts its activation's way back to ring 3, or wakes the CPU. Lock held. */
void cpu_kick(uint32_t cpu);
void cpu_kick_if_idle(uint32_t cpu);

/* Takes the CPU from who runs on a slice that it has no claim on any more. Lock held. */
void cpu_recall(uint32_t cpu);

/* Changes an activation's home CPU; it has no slices. Lock held. */
void act_move(struct activation *act, uint8_t cpu);

/* A CPU starts scheduling. Called without the lock; never returns. */
_Noreturn void sched_start(void);

/* Leaves the current activation, whose state is saved and which is no longer RUNNING, and goes on with the rest of the
 * slice if it is given to `heir` (READY), else with the next slice. Called with the lock; never returns. */
_Noreturn void sched_leave(struct activation *heir);

/* The system call under way returns 0, when its activation, READY from here on, runs again; the rest of the slice is
 * heir's (READY; NULL: goes on with the next slice). Lock held; never returns. */
_Noreturn void sched_yield_to(struct activation *heir);

/* The system call under way is a transfer to callee (READY), to which its caller is linked: that is CALLING from here on,
 * and the slice is the callee's. Lock held; never returns. */
_Noreturn void sched_call(struct activation *callee);

/* The call of a CALLING activation ends: result and words go into its registers, and it is READY. Lock held. */
void act_call_end(struct activation *act, int64_t result, const uint64_t words[4]);

/* Counts the time of a RUNNING activation up to now. Lock held. */
void act_account(struct activation *act);

/* The current activation is taken off the CPU: saves its state, with what the system call under way returns. Lock held. */
void act_save_call(struct activation *act, int64_t result);

/* Before a trap from ring 3 returns: preemption, and events for an enabled activation. Called without the lock; returns
 * if the trapped code simply goes on. */
void sched_trap_exit(const struct trap_frame *frame);

/* The same before a system call returns, called when cpu->resched is set. Returns result, or never. */
int64_t sched_call_exit(int64_t result);

/* Interrupt hooks. */
void sched_timer(void);
void sched_ipi(void);

#endif
