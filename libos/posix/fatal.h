/* SPDX-License-Identifier: MIT
 *
 * fatal.h: faults on their way to a signal, and the death of a process by signal. Layer: libos/posix, used by exo/upcall.c.
 */
#ifndef LIBOS_FATAL_H
#define LIBOS_FATAL_H

#include <stdbool.h>
#include <stdint.h>

struct exo_context;
struct thread;

/* A synchronous signal: what the CPU said, and what it is called. */
struct signal_fault {
    int signal, code; /* as in siginfo_t */
    uint64_t address;
    uint64_t vector, error;
    bool overflow;  /* the guard of a stack was hit */
    bool no_memory; /* no frame could be had */
};

/* Makes the thread, trapped with `context`, run its handler, or die if it has none or blocks the signal. Fault upcall. */
void signal_fault(struct thread *thread, struct exo_context *context, const struct signal_fault *fault);

/* The library itself, or code of the application that runs in upcalls, faulted while disabled: nothing can be mended.
 * thread may be NULL (idle). */
void fatal_in_upcall(struct thread *thread, struct exo_context *context, const struct signal_fault *fault);

/* Makes `context` of a thread that is to be resumed die of a signal; fault may be NULL (sent, not caused). */
void fatal_interpose(struct thread *thread, struct exo_context *context, int signal, const struct signal_fault *fault);

/* Names for reports. */
const char *signal_name(int signal);

#endif
