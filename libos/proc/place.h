/* SPDX-License-Identifier: MIT
 *
 * place.h: where an activation gets its CPU time: all slices are the first environment's (apps/init), and it binds them as its
 * policy says. Layer: libos/proc. A program holds no capability for slices and has no quota of them, so that what it may use
 * is what it was given, however many processes and activations it makes.
 */
#ifndef LIBOS_PLACE_H
#define LIBOS_PLACE_H

#include <stdint.h>

#include "abi/types.h"

#define PLACE_ANY_CPU EXO_CPUS_MAX /* where the first environment likes */

enum { PLACE_NONE, PLACE_ASKED };

/* In the process table: what a process asks for. Rung; the first environment believes nothing of it. */
struct place_request {
    uint32_t state; /* atomic: PLACE_*; back at NONE when it is answered */
    int32_t result; /* CPU, or a negative errno value */
    env_id_t env;
    uint32_t act, cpu;
    uint32_t from;  /* CPU of the asker */
    uint32_t entry; /* slot of the process that env is */
};

/* Asks for CPU time for activation act of env, which is the caller's own (0), or was made by it, or has some already, on a CPU or
 * PLACE_ANY_CPU. entry: its slot in the process table, or START_NO_PROCESS. It may run before this returns. Returns the CPU;
 * -EAGAIN (the policy gives none there, or no slice is free), -EPERM (another's environment), -EINVAL, -EBUSY (it has
 * time), -ENOSYS (outside of a session). May sleep. */
int place_ask(env_id_t env, uint32_t act, uint32_t cpu, uint32_t entry);

/* The first environment's answer, for itself. */
int place_answer(const struct place_request *request) __attribute__((weak));

#endif
