/* SPDX-License-Identifier: MIT
 *
 * power.h: switching the machine off, and resetting it. Any context; interrupts are off. These never return.
 */
#ifndef EXOKERNEL_POWER_H
#define EXOKERNEL_POWER_H

#include <stdint.h>

struct boot_info;

/* Boot: is there a debug-exit device (debug-exit=PORT on the command line)? Forbids ring 3 the ports used here. */
void power_init(const struct boot_info *boot);

/* Off: through the debug-exit device, which is given code, else ACPI S5, else it halts for good with a log line. */
_Noreturn void power_off(uint32_t code);

/* Reset: ACPI's register, the chipset's, the keyboard controller, and last a triple fault. */
_Noreturn void power_reset(void);

/* Tells a debug-exit device that the kernel failed, if there is one; returns if not. */
void power_debug_exit(uint32_t code);

#endif
