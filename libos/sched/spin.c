/* SPDX-License-Identifier: MIT
 *
 * spin.c: waiting for a spin lock (thread.h). Layer: libos/sched. The holder is disabled, but the kernel may have given its
 * CPU to another environment: after SPINS looks the rest of one's own slice goes to whoever can use it. Entered in fault
 * upcalls, so without FPU state.
 */
#include "exo/general_regs.h"

#include "sched/thread.h"

#define SPINS 1000

void sched_spin_wait(struct sched_spin *spin)
{
    for (uint32_t looks = 1; __atomic_load_n(&spin->holder, __ATOMIC_RELAXED); looks++) {
        __builtin_ia32_pause();
        if (looks % SPINS == 0)
            exo_yield(0, EXO_ACT_ANY);
    }
}
