/* SPDX-License-Identifier: MIT
 *
 * entry.h: what entry.asm offers to C.
 */
#ifndef X86_ENTRY_H
#define X86_ENTRY_H

#include <stdint.h>

/* Register image for entry_ring3. */
struct user_registers {
    uint64_t rax, rbx, rcx, rdx, rsi, rdi, rbp, r8, r9, r10, r11, r12, r13, r14, r15;
    uint64_t fs_base; /* loaded by the caller */
    uint64_t rip, rflags, rsp;
};

/* Goes to ring 3 with these registers. rip and rflags were checked. Interrupts are off; GS is the kernel's. */
_Noreturn void entry_ring3(const struct user_registers *registers);

/* Target of SYSCALL; never called. */
void entry_call(void);

/* Dispatch: a table of EXO_CALLS handlers; tracing exchanges it for one that records. */
typedef int64_t call_handler(uint64_t, uint64_t, uint64_t, uint64_t, uint64_t, uint64_t);
extern call_handler *const *call_table;
call_handler *const *call_table_plain(void);

/* The exception with this vector came when the activation had no fault slot left, or no usable fault entry. */
_Noreturn void fault_too_deep(uint32_t vector);

/* Copies n bytes (1 to 4,096) from or to memory of the environment whose tables this CPU has loaded; `user` is that side's
 * address. Returns 0, or -EXO_E_FAULT where ring 3 could not read, or not write. SMAP is lifted for the copy. Takes no lock:
 * a table that is unlinked meanwhile stays until this CPU, which serves no shootdown in between, has forgotten it. */
int entry_user_copy(void *to, const void *from, uint64_t n, const void *user);

#endif
