/* SPDX-License-Identifier: MIT
 *
 * edf.h: what a thread asks of the policy `edf` (edf.c). Layer: libos/sched, public.
 */
#ifndef LIBOS_EDF_H
#define LIBOS_EDF_H

#include <stdbool.h>
#include <stdint.h>

#define SCHED_EDF_PERIOD_MAX 1000000000000ull

/* The calling thread needs the CPU for at most runtime_ns in each period_ns, beginning now. Returns 0, -EBUSY (not admitted:
 * together they would be late), -EINVAL, or -ENOTSUP (the program runs under another policy). */
int sched_edf_join(uint64_t runtime_ns, uint64_t period_ns);

/* It needs nothing any more. */
void sched_edf_leave(void);

/* Its job is done: sleeps until the next period begins. Returns 0, 1 (the job was late), or -EINVAL (it has not joined). */
int sched_edf_wait(void);

/* The test of admission: shares in 1/2^20 of a CPU. */
bool sched_edf_admits(uint64_t sum, uint64_t largest, uint32_t cpus);

#endif
