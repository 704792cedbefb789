/* SPDX-License-Identifier: MIT
 *
 * debugcon.h: the debug console of QEMU and Bochs (`-debugcon`): what is written to port 0xe9 goes to the host. Ring 0, for
 * the kernel's log. Source: QEMU docs/system, hw/char/debugcon.c (reads give 0xe9).
 */
#ifndef DRIVERS_DEBUGCON_H
#define DRIVERS_DEBUGCON_H

#include <stdbool.h>
#include <stddef.h>

bool debugcon_present(void);
void debugcon_write(const char *text, size_t n);

#endif
