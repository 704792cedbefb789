/* SPDX-License-Identifier: MIT
 *
 * ps2_mouse.c: see ps2_mouse.h. Ring 3.
 */
#include "ps2_mouse.h"

enum { FIRST_ALWAYS = 0x08, FIRST_X_SIGN = 0x10, FIRST_Y_SIGN = 0x20, FIRST_OVERFLOW = 0xc0 };

bool ps2_mouse_input(struct ps2_mouse *mouse, uint8_t byte, struct ps2_movement *move)
{
    if (mouse->count == 0 && !(byte & FIRST_ALWAYS))
        return false;
    mouse->packet[mouse->count++] = byte;
    if (mouse->count < (mouse->wheel ? 4 : 3))
        return false;
    mouse->count = 0;
    const uint8_t *p = mouse->packet;
    *move = (struct ps2_movement){ .buttons = p[0] & 7 };
    if (!(p[0] & FIRST_OVERFLOW)) {
        move->dx = (int16_t)(p[1] - (p[0] & FIRST_X_SIGN ? 256 : 0));
        move->dy = (int16_t)-(p[2] - (p[0] & FIRST_Y_SIGN ? 256 : 0));
    }
    if (mouse->wheel)
        move->wheel = (int8_t)((p[3] & 0x0f) - (p[3] & 0x08 ? 16 : 0));
    return true;
}
