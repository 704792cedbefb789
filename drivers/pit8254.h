/* SPDX-License-Identifier: MIT
 *
 * pit8254.h: the 8254 interval timer of a PC. Ring 0. Channel 0 measures other clocks at boot, and is the timer
 * where there is no APIC. (Channel 2 would need port 61h, which QEMU's microvm has not.) Intel 8254 datasheet.
 */
#ifndef DRIVERS_PIT8254_H
#define DRIVERS_PIT8254_H

#include <stdbool.h>
#include <stdint.h>

#define PIT_HZ 1193182u

/* Starts a one-shot of ticks (1 .. 65535), which ends in an interrupt on line 0. */
void pit_start(uint16_t ticks);

/* What is left of it. After its end it goes on below 0, round to 65535. */
uint16_t pit_left(void);

#endif
