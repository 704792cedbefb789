/* SPDX-License-Identifier: MIT
 *
 * pit8254.c: the 8254 (pit8254.h). Channel 0, mode 0 (interrupt on terminal count): the output goes high at the end.
 */
#include "pit8254.h"

#include "io.h"

enum { CHANNEL0 = 0x40, CONTROL = 0x43 };
enum { MODE0_BOTH_BYTES = 0x30, LATCH0 = 0x00 };

void pit_start(uint16_t ticks)
{
    port_write8(CONTROL, MODE0_BOTH_BYTES);
    port_write8(CHANNEL0, (uint8_t)ticks);
    port_write8(CHANNEL0, (uint8_t)(ticks >> 8));
}

uint16_t pit_left(void)
{
    port_write8(CONTROL, LATCH0);
    uint16_t low = port_read8(CHANNEL0);
    return (uint16_t)(low | port_read8(CHANNEL0) << 8);
}
