/* SPDX-License-Identifier: MIT
 *
 * offsets.c: offsets of the kernel's own structures for assembly (see abi/offsets.c, offsets.sh).
 */
#include "x86/context.h"
#include "x86/cpu.h"
#include "x86/entry.h"

#define DEFINE(name, value) __asm__ volatile("\n@@" #name " %c0" : : "i"(value))

void offsets(void);
void offsets(void)
{
    DEFINE(CPU_SELF, offsetof(struct cpu, self));
    DEFINE(CPU_KERNEL_STACK, offsetof(struct cpu, kernel_stack));
    DEFINE(CPU_USER_RSP, offsetof(struct cpu, user_rsp));
    DEFINE(CPU_PAGE, offsetof(struct cpu, page));
    DEFINE(CPU_RESCHED, offsetof(struct cpu, resched));
    DEFINE(CPU_FSGSBASE, offsetof(struct cpu, fsgsbase));
    DEFINE(CPU_PAGE_USER, offsetof(struct cpu, page_user));
    DEFINE(CALL_RIP, offsetof(struct call_frame, rip));
    DEFINE(CALL_RFLAGS, offsetof(struct call_frame, rflags));
    DEFINE(CALL_RSP, offsetof(struct call_frame, rsp));
    DEFINE(PTE_P, EXO_PTE_P);
    DEFINE(PTE_U, EXO_PTE_U);
    DEFINE(PTE_PS, EXO_PTE_PS);
}
