/* SPDX-License-Identifier: MIT
 *
 * session_sys.h: the few things that the session segment needs from the kernel, apart so that host tests can replace
 * them. Layer: libos/proc. Implemented by session_sys.c; by the tests' own fake there.
 */
#ifndef LIBOS_SESSION_SYS_H
#define LIBOS_SESSION_SYS_H

#include <stdint.h>

#include "abi/types.h"

/* Allocates n (1 .. 64) zeroed frames under the session's capability; `run`: consecutive. 0 or -ENOMEM. */
int session_sys_frames(uint32_t *frames, unsigned n, int run);

/* Gives frames back that were never mapped. */
void session_sys_release(const uint32_t *frames, unsigned n);

/* Maps pages of the segment writable here, frame i at va + i pages. Takes no lock. 0 or a negative errno value. */
int session_sys_map(uint64_t va, const uint32_t *frames, unsigned n);

/* Is the page mapped here? Reads the window; never faults. */
int session_sys_mapped(uint64_t va);

/* Does the environment still run (not gone, ending, or stopped by a fault in its libOS)? */
int session_sys_runs(uint64_t env);

/* Does it exist, stopped by a fault in its libOS? *vector: the exception. */
int session_sys_stopped(uint64_t env, unsigned *vector);

/* Ends environments of the session that a parent made and did not live to give an activation. */
void session_sys_end_strays(void);

/* Ends the environments below a name and gives back the frames that are theirs; the name, below the session's, is revoked. */
void session_sys_end_below(const struct exo_cap *name);

/* Id of the environment that runs. */
uint64_t session_sys_self(void);

/* Where this program's struct thread_list lies in physical memory (sched/thread.h). */
uint64_t session_sys_threads(void);

/* The monotonic clock. */
uint64_t session_sys_now_ns(void);

#endif
