/* SPDX-License-Identifier: MIT
 *
 * ps2_mouse.h: packets of a PS/2 mouse, 3 bytes or 4 with a wheel, as movements. Layer: drivers, ring 3; pure.
 *
 *   byte 0   Y overflow, X overflow, Y sign, X sign, always 1, middle, right, left
 *   byte 1   X, byte 2 Y (up is positive), byte 3 wheel (low nibble, signed, down is positive)
 *
 * Sources: IBM PS/2 Hardware Interface Technical Reference; Microsoft IntelliMouse.
 */
#ifndef DRIVERS_PS2_MOUSE_H
#define DRIVERS_PS2_MOUSE_H

#include <stdbool.h>
#include <stdint.h>

struct ps2_mouse {
    bool wheel;
    uint8_t count;
    uint8_t packet[4];
};

struct ps2_movement {
    int16_t dx, dy; /* right and down are positive */
    int8_t wheel;
    uint8_t buttons; /* bit 0 left, 1 right, 2 middle */
};

/* Takes a byte of the mouse. Returns true if it completes a packet, which is then in *move. Out of step, it drops bytes
 * until one can begin a packet. */
bool ps2_mouse_input(struct ps2_mouse *mouse, uint8_t byte, struct ps2_movement *move);

#endif
