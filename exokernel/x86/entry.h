/* SPDX-License-Identifier: MIT
 *
 * entry.h: what entry.asm offers to C.
 */
#ifndef X86_ENTRY_H
#define X86_ENTRY_H

#include <stdint.h>

/* switch.asm: the last steps to ring 3, when the extended state is loaded. Interrupts are off; GS is the kernel's; gs_base
 * is what ring 3 gets.
 * entry_resume loads a context slot, each word read once and checked, as another CPU may be writing it.
 * entry_upcall enters rip (canonical) with rsi and rdx as given, rdi = gs_base, and zero elsewhere. */
struct exo_context;
_Noreturn void entry_resume(const struct exo_context *context, uint64_t gs_base);
_Noreturn void entry_upcall(uint64_t gs_base, uint64_t rsi, uint64_t rdx, uint64_t rip, uint64_t rsp);

/* The activation that is being resumed cannot go on: its context is unusable. From assembly, without the lock. */
_Noreturn void context_unusable(void);

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
