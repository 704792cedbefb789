/* SPDX-License-Identifier: MIT
 *
 * exo.h: the libOS's lowest level, public: published tables, errors, clock, and the data of the virtual CPU that runs.
 * Layer: libos/exo, above exokernel/abi alone. Nothing here sleeps or takes a lock; everything may be used in upcalls.
 *
 * Per-virtual-CPU data lies in exo_activation.user[], at a fixed offset from GS. A thread may move to another virtual CPU
 * between two instructions unless it is disabled (sched/thread.h): a pointer from exo_act() is good while disabled;
 * thread_self() reads one word by GS and is always good.
 */
#ifndef LIBOS_EXO_H
#define LIBOS_EXO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "abi/activation.h"
#include "abi/info.h"
#include "exo_stubs.h"

struct thread;

/* What the libOS keeps in exo_activation.user[]; the last but one is upcall.asm's, for resuming, and the last one the stack of
 * what serves calls (pct_serve.asm). */
struct exo_local {
    uint64_t start;         /* user0: address of the start block, or 0 */
    struct thread *current; /* thread whose registers these are */
    struct thread *next;    /* picked, to be entered from the upcall stack */
    uint64_t slots_busy;    /* bit n: context slot n holds a preempted thread (guarded by the scheduler's lock) */
    uint64_t timer_ns;      /* what timer_set was last told */
    uint64_t idle;          /* sleeping in exo_wait for want of a ready thread */
    uint64_t watches;       /* watches set by the idle loop: numbers EXO_SYNC_WATCH .. + watches - 1 */
    uint64_t switches;      /* from a thread, or from idling, to another thread, so far */
    uint64_t faults;        /* that became signals, so far */
    uint32_t watches_kicks; /* SCHED_WATCH_KICK is set */
    uint32_t apart;         /* no virtual CPU of the pool: exo/pct_serve.c */
    uint64_t home;          /* CPU of its slices; on a borrowed one it may run elsewhere for a while */
    const volatile uint64_t *ran_ns; /* its published CPU time, which grows when it leaves the CPU, */
    uint64_t away_ns;                /* and how far that was behind the clock when it last came back */
};
#define EXO_LOCAL_CURRENT (offsetof(struct exo_activation, user) + offsetof(struct exo_local, current))

#define EXO_USER_PCT_STACK 127

_Static_assert(sizeof(struct exo_local) <= sizeof(((struct exo_activation *)0)->user) - 16, "exo_local");

/* ---- The virtual CPU ---- */

static inline struct exo_activation *exo_act(void)
{
    struct exo_activation *act;
    __asm__ volatile("movq %%gs:%c1, %0" : "=r"(act) : "i"(offsetof(struct exo_activation, self)));
    return act;
}

static inline struct exo_local *exo_local(struct exo_activation *act) { return (struct exo_local *)act->user; }

static inline struct exo_context *exo_slot(struct exo_activation *act, uint32_t slot)
{
    return (struct exo_context *)((uintptr_t)act + EXO_PAGE_BYTES + (uintptr_t)slot * EXO_PAGE_BYTES);
}

/* ---- Published tables ---- */

static inline const struct exo_info *exo_info(void) { return (const struct exo_info *)EXO_PUB_INFO; }

static inline const struct exo_frame *exo_frame_entry(frame_t frame)
{
    return (const struct exo_frame *)EXO_PUB_FRAMES + frame;
}

static inline const struct exo_slice *exo_slice_entry(uint32_t cpu, uint32_t position)
{
    return (const struct exo_slice *)EXO_PUB_SLICES + (size_t)cpu * EXO_SLICES + position;
}

static inline const struct exo_device *exo_device_entry(uint32_t index)
{
    return (const struct exo_device *)EXO_PUB_DEVICES + index;
}

static inline const struct exo_quota *exo_quota_entry(uint32_t index)
{
    return (const struct exo_quota *)EXO_PUB_QUOTAS + index;
}

static inline const char *exo_cmdline(void) { return (const char *)EXO_PUB_CMDLINE; }

/* Copies a consistent view of environment table entry `index` (below EXO_ENVS_MAX). */
void exo_env_read(uint32_t index, struct exo_env_info *out);

/* Copies log record `number` (from 1). Returns false when it is not there: not written yet, or overwritten. */
bool exo_log_read(uint64_t number, struct exo_log *out);

/* ---- Errors ---- */

/* Turns the result of a system call into this library's: 0 or positive as it is, -EXO_E_... into a negative errno. */
int64_t exo_errno(int64_t result);

/* Name of an error of the kernel, for messages. */
const char *exo_error_name(int64_t result);

/* ---- Time (no system call) ---- */

/* Nanoseconds since boot, monotonic; and since 1970. */
uint64_t exo_clock_ns(void);
uint64_t exo_unix_ns(void);

/* ---- Page tables, read through the window ---- */

/* The page-table entry of an address of one's own, 0 where there is no table. A 2 MiB page gives its own entry with
 * EXO_PTE_PS set. */
uint64_t exo_pte(vaddr_t va);

/* Where a byte of one's own memory lies in physical memory, 0 if its page is not present. */
uint64_t exo_physical(vaddr_t va);

/* ---- Faults ---- */

/* An application's own fault handler, tried before everything else. Runs disabled, on the fault stack, with the FPU state
 * of the faulting code live (it must not use the FPU or SSE), and must not fault where the libOS would have to sleep.
 * Returns true when the faulting code shall go on at fault->rip (both may be changed), false to leave it to the libOS. */
typedef bool exo_fault_hook_fn(struct exo_fault *fault);
exo_fault_hook_fn *exo_fault_hook(exo_fault_hook_fn *hook);

/* ---- The end of a slice ---- */

/* A slice has ended while `running` ran with the registers in *context. The hook has exo_info.grace_ns to note or publish what it
 * likes, or to give the CPU to whom it likes (exo_yield); when it returns, the next slice of the vector begins. All that it
 * takes is paid with the next slice, and if it takes longer than the grace, the CPU is taken. Runs disabled, on the upcall
 * stack; FPU and SSE may be used. A slice that ends in a disabled section ends without it. */
typedef void exo_slice_end_fn(struct thread *running, const struct exo_context *context);

/* Sets it for the virtual CPUs that the program has by now, or NULL: none. Returns the one before. */
exo_slice_end_fn *exo_slice_end_hook(exo_slice_end_fn *hook);

/* ---- Events ---- */

/* Interrupts bound to this virtual CPU: called disabled when EXO_EVENT_IRQ came. Drivers replace it by their own. */
void exo_irq_event(struct exo_activation *act);

/* EXO_EVENT_REVOKE came: called disabled, may be called without cause. Not there (NULL) unless the program defines it, or
 * links mem/reclaim.h. */
void exo_revoke_event(struct exo_activation *act) __attribute__((weak));

/* Writes text for a human in an emergency: standard error if there is one by now, else the kernel's log. */
void exo_message(const char *text, size_t bytes);

#endif
