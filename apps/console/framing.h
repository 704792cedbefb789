/* SPDX-License-Identifier: MIT
 *
 * framing.h: input of the byte channel, in which end of input must be told from bytes. Layer: apps/console; pure.
 *
 *   0x10 0x04  end of input
 *   0x10 0x10  the byte 0x10
 *   0x10 X     X (nobody sends it)
 *   X          X
 */
#ifndef CONSOLE_FRAMING_H
#define CONSOLE_FRAMING_H

#include <stdbool.h>
#include <stdint.h>

enum { FRAMING_ESCAPE = 0x10, FRAMING_END = 0x04 };
enum { FRAMING_NOTHING = -1, FRAMING_END_OF_INPUT = -2 };

struct framing {
    bool escaped;
};

/* Takes a byte from the line. Returns a byte of the channel, or FRAMING_*. */
static inline int framing_input(struct framing *framing, uint8_t byte)
{
    if (!framing->escaped) {
        framing->escaped = byte == FRAMING_ESCAPE;
        return framing->escaped ? FRAMING_NOTHING : byte;
    }
    framing->escaped = false;
    return byte == FRAMING_END ? FRAMING_END_OF_INPUT : byte;
}

#endif
