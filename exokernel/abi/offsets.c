/* SPDX-License-Identifier: MIT
 *
 * offsets.c: offsets of the ABI's structures for assembly. Compiled to assembly text only; offsets.sh turns each marked
 * line into a NASM `equ`, so that no .asm file retypes a number.
 */
#include "activation.h"

#define DEFINE(name, value) __asm__ volatile("\n@@" #name " %c0" : : "i"(value))
#define OFFSET(name, type, field) DEFINE(name, offsetof(struct type, field))

void offsets(void);
void offsets(void)
{
    OFFSET(ACT_DISABLED, exo_activation, disabled);
    OFFSET(ACT_SAVE_SLOT, exo_activation, save_slot);
    OFFSET(ACT_RESUME_LO, exo_activation, resume_lo);
    OFFSET(ACT_RESUME_HI, exo_activation, resume_hi);
    OFFSET(ACT_ENTRY, exo_activation, entry);
    DEFINE(ACT_ENTRY_FAULT, offsetof(struct exo_activation, entry) + 8 * EXO_UPCALL_FAULT);
    DEFINE(ACT_ENTRY_SLICE_END, offsetof(struct exo_activation, entry) + 8 * EXO_UPCALL_SLICE_END);
    DEFINE(ACT_ENTRY_PCT, offsetof(struct exo_activation, entry) + 8 * EXO_UPCALL_PCT);
    OFFSET(ACT_STACK, exo_activation, stack);
    OFFSET(ACT_CPU, exo_activation, cpu);
    OFFSET(ACT_UPCALLS, exo_activation, upcalls);
    OFFSET(ACT_FAULT_STACK, exo_activation, fault_stack);
    OFFSET(ACT_FS_BASE, exo_activation, fs_base);
    OFFSET(ACT_FAULT_DEPTH, exo_activation, fault_depth);
    OFFSET(ACT_PENDING, exo_activation, pending);
    OFFSET(ACT_SELF, exo_activation, self);
    OFFSET(ACT_SLOTS, exo_activation, slots);
    OFFSET(ACT_FAULT, exo_activation, fault);
    OFFSET(ACT_USER, exo_activation, user);
    DEFINE(FAULT_SIZE, sizeof(struct exo_fault));
    DEFINE(FAULT_DEPTH_MAX, EXO_FAULT_DEPTH);
    OFFSET(FAULT_RAX, exo_fault, rax);
    OFFSET(FAULT_RCX, exo_fault, rcx);
    OFFSET(FAULT_RDX, exo_fault, rdx);
    OFFSET(FAULT_VECTOR, exo_fault, vector);
    OFFSET(FAULT_ERROR, exo_fault, error);
    OFFSET(FAULT_ADDRESS, exo_fault, address);
    OFFSET(FAULT_WAS_DISABLED, exo_fault, was_disabled);
    OFFSET(FAULT_RIP, exo_fault, rip);
    OFFSET(FAULT_CS, exo_fault, cs);
    OFFSET(FAULT_RFLAGS, exo_fault, rflags);
    OFFSET(FAULT_RSP, exo_fault, rsp);
    OFFSET(FAULT_SS, exo_fault, ss);
    OFFSET(CTX_RAX, exo_context, rax);
    OFFSET(CTX_RBX, exo_context, rbx);
    OFFSET(CTX_RCX, exo_context, rcx);
    OFFSET(CTX_RDX, exo_context, rdx);
    OFFSET(CTX_RSI, exo_context, rsi);
    OFFSET(CTX_RDI, exo_context, rdi);
    OFFSET(CTX_RBP, exo_context, rbp);
    OFFSET(CTX_R8, exo_context, r8);
    OFFSET(CTX_R9, exo_context, r9);
    OFFSET(CTX_R10, exo_context, r10);
    OFFSET(CTX_R11, exo_context, r11);
    OFFSET(CTX_R12, exo_context, r12);
    OFFSET(CTX_R13, exo_context, r13);
    OFFSET(CTX_R14, exo_context, r14);
    OFFSET(CTX_R15, exo_context, r15);
    OFFSET(CTX_FS_BASE, exo_context, fs_base);
    OFFSET(CTX_RIP, exo_context, rip);
    OFFSET(CTX_CS, exo_context, cs);
    OFFSET(CTX_RFLAGS, exo_context, rflags);
    OFFSET(CTX_RSP, exo_context, rsp);
    OFFSET(CTX_SS, exo_context, ss);
    OFFSET(CTX_XSAVE, exo_context, xsave);
    DEFINE(USER_CS, EXO_USER_CS);
    DEFINE(USER_SS, EXO_USER_SS);
}
