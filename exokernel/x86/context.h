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
#include "x86/cpu.h"
#include "x86/entry.h"
#include "x86/instr.h"
#include "x86/trap.h"

/* What SYSCALL's entry (entry.asm) leaves at the top of the kernel stack. */
struct call_frame {
    uint64_t number;
    uint64_t r15, r14, r13, r12, rbp, rbx;
    uint64_t rip, rflags, rsp;
};

/* The frame of the system call under way on this CPU. */
static inline struct call_frame *context_call_frame(void)
{
    return (struct call_frame *)this_cpu()->kernel_stack - 1;
}

/* Components of the extended state that XSAVE saves; 0: there is FXSAVE alone. */
extern uint64_t context_xsave_mask;

static inline void context_save_extended(void *area)
{
    if (context_xsave_mask)
        __asm__ volatile("xsave64 (%0)"
                         :
                         : "r"(area), "a"((uint32_t)context_xsave_mask), "d"((uint32_t)(context_xsave_mask >> 32))
                         : "memory");
    else
        __asm__ volatile("fxsave64 (%0)" : : "r"(area) : "memory");
}

/* Returns 0, or -1 if the processor refuses the state. */
static inline int context_load_extended(const void *area)
{
    int result = 0;
    if (context_xsave_mask)
        __asm__ volatile("1: xrstor64 (%1)\n2:\n"
                         ".pushsection .fixups, \"a\"\n.quad 1b, 3f\n.popsection\n"
                         ".pushsection .text.fixup, \"ax\"\n3: movl $-1, %0\njmp 2b\n.popsection"
                         : "+r"(result)
                         : "r"(area), "a"((uint32_t)context_xsave_mask), "d"((uint32_t)(context_xsave_mask >> 32))
                         : "memory");
    else
        __asm__ volatile("1: fxrstor64 (%1)\n2:\n"
                         ".pushsection .fixups, \"a\"\n.quad 1b, 3f\n.popsection\n"
                         ".pushsection .text.fixup, \"ax\"\n3: movl $-1, %0\njmp 2b\n.popsection"
                         : "+r"(result)
                         : "r"(area)
                         : "memory");
    return result;
}

static inline uint64_t context_fs_base(void)
{
    uint64_t base;
    if (!this_cpu()->fsgsbase)
        return rdmsr(MSR_FS_BASE);
    __asm__ volatile("rdfsbase %0" : "=r"(base));
    return base;
}

static inline void context_save_common(struct exo_context *to, uint64_t rip, uint64_t rflags, uint64_t rsp)
{
    to->fs_base = context_fs_base();
    to->rip = rip;
    to->cs = EXO_USER_CS;
    to->rflags = rflags;
    to->rsp = rsp;
    to->ss = EXO_USER_SS;
    context_save_extended(to->xsave);
}

/* Saves the whole state, extended state included. What a system call loses is zero. */
void context_save_trap(struct exo_context *to, const struct trap_frame *frame);

static inline void context_save_call(struct exo_context *to, const struct call_frame *frame, int64_t result)
{
    to->rax = (uint64_t)result;
    to->rbx = frame->rbx;
    to->rcx = to->rdx = to->rsi = to->rdi = 0;
    to->rbp = frame->rbp;
    to->r8 = to->r9 = to->r10 = to->r11 = 0;
    to->r12 = frame->r12;
    to->r13 = frame->r13;
    to->r14 = frame->r14;
    to->r15 = frame->r15;
    context_save_common(to, frame->rip, frame->rflags, frame->rsp);
}

/* Loads the state in a context slot and goes to ring 3. An activation with unloadable state is stopped. */
static inline _Noreturn void context_resume(const struct exo_context *from, struct activation *act)
{
    if (context_load_extended(from->xsave))
        context_unusable();
    entry_resume(from, act->page_user);
}

/* Enters the pct upcall with what the activation was given. */
_Noreturn void context_pct(struct activation *act);

/* Enters the event upcall if events are pending, else run; or slice_end. saved is the slot with the enabled state, or 0. */
_Noreturn void context_upcall(struct activation *act, uint32_t saved, bool slice_end);

/* Sets ring 3's FS base. False if the address is not in the lower half. */
bool context_set_fs_base(uint64_t address);

/* Boot, each CPU: SYSCALL's MSRs, extended state. Fills the fields of exo_info that say what is used. */
void context_init_cpu(struct exo_info *info);

#endif
