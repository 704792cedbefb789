/* SPDX-License-Identifier: MIT
 *
 * pit8254.h: the 8254 interval timer of a PC. Ring 0. Channel 2 measures other clocks at boot; channel 0 is the timer
 * where there is no APIC. Intel 8254 datasheet.
 */
#ifndef DRIVERS_PIT8254_H
#define DRIVERS_PIT8254_H

#include <stdbool.h>
#include <stdint.h>

#define PIT_HZ 1193182u

/* Channel 2: starts a one-shot of ticks (1 .. 65535); whether it has ended. */
void pit_measure_start(uint16_t ticks);
bool pit_measure_done(void);

/* Channel 0: one interrupt on line 0 after ticks (1 .. 65535). */
void pit_timer_start(uint16_t ticks);

#endif
