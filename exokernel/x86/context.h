/* SPDX-License-Identifier: MIT
 *
 * context.h: the register state of ring 3: into the activation's pages, and out of them.
 *
 * What comes out of pages that ring 3 can write is checked here: RIP and FS base canonical, RFLAGS masked, selectors
 * fixed, extended state loaded under a fix-up.
 */
#ifndef X86_CONTEXT_H
#define X86_CONTEXT_H

#include "env.h"
#include "x86/trap.h"

/* What SYSCALL's entry (entry.asm) leaves at the top of the kernel stack. */
struct call_frame {
    uint64_t number;
    uint64_t r15, r14, r13, r12, rbp, rbx;
    uint64_t rip, rflags, rsp;
};

/* The frame of the system call under way on this CPU. */
struct call_frame *context_call_frame(void);

/* Saves the whole state, extended state included. */
void context_save_trap(struct exo_context *to, const struct trap_frame *frame);
void context_save_call(struct exo_context *to, const struct call_frame *frame, int64_t result);

/* Loads the state in a context slot and goes to ring 3. An activation with unloadable state is stopped. */
_Noreturn void context_resume(const struct exo_context *from, struct activation *act);

/* Enters the run or event upcall; saved is the slot with the enabled state, or 0. */
_Noreturn void context_upcall(struct activation *act, uint32_t saved);

/* Sets ring 3's FS base. False if the address is not in the lower half. */
bool context_set_fs_base(uint64_t address);

/* Boot, each CPU: SYSCALL's MSRs, extended state. Fills the fields of exo_info that say what is used. */
void context_init_cpu(struct exo_info *info);

#endif
