/* SPDX-License-Identifier: MIT
 *
 * upcall.h: between the assembly of upcall.asm, the start code and the reports of death. Layer: libos/exo, private.
 */
#ifndef LIBOS_UPCALL_H
#define LIBOS_UPCALL_H

#include "exo/exo.h"

/* Entries in upcall.asm. */
void upcall_run(void);
void upcall_event(void);
void upcall_fault(void);
extern const char upcall_resume_lo[], upcall_resume_hi[];

/* Calls function(a, b) with the FPU state saved around it. */
int upcall_with_fpu(int (*function)(uint64_t, int), uint64_t a, int b);

/* XSAVE mask (0: FXSAVE), and whether WRFSBASE works: set once by upcall_register. */
extern uint64_t upcall_xsave_mask;
extern uint8_t upcall_fsgsbase;
extern exo_fault_hook_fn *upcall_fault_hook;

/* Fills in what a new activation of this index starts with, its stacks (mapped by this call) included. Returns 0 or a
 * negative errno. */
int upcall_spec(uint32_t act, struct exo_act_spec *spec);

/* Makes an activation's upcalls ours: entries, resume range, stacks (mapped by this call). Returns 0 or a negative errno. */
int upcall_register(struct exo_activation *act);

/* Called by upcall.asm. */
_Noreturn void upcall_enter(struct exo_activation *act, uint32_t slot, uint32_t pending);
int fault_fast(struct exo_fault *fault);
void fault_slow(struct exo_fault *fault, struct exo_context *context);

#endif
