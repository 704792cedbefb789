/* SPDX-License-Identifier: MIT
 *
 * pic8259.h: the pair of 8259 interrupt controllers of a PC. Ring 0. Used where there is no APIC; else silenced.
 * Intel 8259A datasheet; the second one hangs on line 2 of the first.
 */
#ifndef DRIVERS_PIC8259_H
#define DRIVERS_PIC8259_H

#include <stdbool.h>
#include <stdint.h>

enum { PIC_LINES = 16, PIC_CASCADE = 2 };

/* Moves lines 0 .. 15 to vectors base .. base + 15, all masked. */
void pic_init(uint8_t base);

void pic_mask(uint32_t line);
void pic_unmask(uint32_t line);

/* Is the interrupt that came on this line real? Lines 7 and 15 may be spurious; then it must not be acknowledged. */
bool pic_is_real(uint32_t line);
void pic_eoi(uint32_t line);

#endif
