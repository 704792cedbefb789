/* SPDX-License-Identifier: MIT
 *
 * pit8254.c: the 8254 (pit8254.h). Mode 0 (interrupt on terminal count) on both channels.
 */
#include "pit8254.h"

#include "x86/instr.h"

enum { CHANNEL0 = 0x40, CHANNEL2 = 0x42, CONTROL = 0x43, GATE = 0x61 };
enum { MODE0_BOTH_BYTES = 0x30, SELECT_CHANNEL2 = 0x80, GATE_ON = 1, GATE_SPEAKER = 2, GATE_OUTPUT = 0x20 };

void pit_measure_start(uint16_t ticks)
{
    out8(GATE, (uint8_t)((in8(GATE) & ~GATE_SPEAKER) | GATE_ON));
    out8(CONTROL, SELECT_CHANNEL2 | MODE0_BOTH_BYTES);
    out8(CHANNEL2, (uint8_t)ticks);
    out8(CHANNEL2, (uint8_t)(ticks >> 8));
}

bool pit_measure_done(void)
{
    return in8(GATE) & GATE_OUTPUT;
}

void pit_timer_start(uint16_t ticks)
{
    out8(CONTROL, MODE0_BOTH_BYTES);
    out8(CHANNEL0, (uint8_t)ticks);
    out8(CHANNEL0, (uint8_t)(ticks >> 8));
}
