/* SPDX-License-Identifier: MIT
 *
 * slice_end.c: the program's own function at the end of a slice (exo_slice_end_hook). Layer: libos/exo. Linked by programs
 * that name it; in others the CPU is taken without a word.
 *
 *   slice over, thread running --> slice_end_enter: hook, yield ... next slice --> sched_upcall, as for a run upcall
 *
 * The yield is made disabled, so it returns here; the thread's state stays in the slot where the kernel saved it.
 */
#include "exo/upcall.h"
#include "sched/thread.h"

static exo_slice_end_fn *function;

void upcall_slice_end(void);
_Noreturn void slice_end_enter(struct exo_activation *act, uint32_t slot);

_Noreturn void slice_end_enter(struct exo_activation *act, uint32_t slot)
{
    exo_slice_end_fn *hook = __atomic_load_n(&function, __ATOMIC_ACQUIRE);
    if (hook && slot)
        hook(exo_local(act)->current, exo_slot(act, slot));
    exo_yield(0, EXO_ACT_ANY);
    upcall_enter(act, slot, __atomic_load_n(&act->pending, __ATOMIC_ACQUIRE));
}

exo_slice_end_fn *exo_slice_end_hook(exo_slice_end_fn *hook)
{
    exo_slice_end_fn *before = __atomic_exchange_n(&function, hook, __ATOMIC_ACQ_REL);
    for (uint32_t i = 0, cpus = sched_cpus(); i < cpus; i++) {
        struct exo_activation *act = (struct exo_activation *)(EXO_ACT_BASE + (uintptr_t)i * EXO_ACT_STRIDE);
        act->entry[EXO_UPCALL_SLICE_END] = hook ? (uintptr_t)upcall_slice_end : 0;
    }
    return before;
}
