/* SPDX-License-Identifier: MIT
 *
 * start.h: hooks of the start code (start.c), and what it found out. Layer: libos/exo.
 */
#ifndef LIBOS_START_CODE_H
#define LIBOS_START_CODE_H

#include "exo/exo.h"
#include "proc/start.h"

/* The start block, or NULL in the first environment. */
const struct start_block *libos_start_block(void);

/* Entered by crt0.asm: the first run upcall. */
_Noreturn void libos_start(struct exo_activation *act);

/* Called before main in this order, each if it is linked: negative results end the program. */
int proc_attach(const struct start_block *start) __attribute__((weak));
int files_attach(const struct start_block *start) __attribute__((weak));

/* Makes this process's signal mask and ignored signals what the block says. */
void signal_start(const struct start_block *start);

#endif
