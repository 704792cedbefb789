/* SPDX-License-Identifier: MIT
 *
 * i8042.h: the PS/2 controller: two byte streams, keyboard and mouse, behind ports 0x60 and 0x64.
 *
 * Layer: drivers, ring 3; one thread. i8042_init polls with bounded waits; afterwards everything is interrupt-driven:
 * acknowledge the line, then call i8042_read until it returns I8042_EMPTY.
 *
 * Sources: IBM PS/2 Hardware Interface Technical Reference, "Keyboard/Auxiliary Device Controller".
 */
#ifndef DRIVERS_I8042_H
#define DRIVERS_I8042_H

#include <stdbool.h>
#include <stdint.h>

#include "port_io.h"

#define I8042_DATA 0x60
#define I8042_COMMAND 0x64 /* read: status */

enum { I8042_EMPTY = -1 };
enum { I8042_FROM_MOUSE = 0x100 }; /* flag in a result of i8042_read */

struct i8042 {
    const struct port_io *io;
    bool keyboard; /* answered at init */
    bool mouse;
    bool wheel; /* the mouse sends packets of 4 bytes */
};

/* Tests the controller, sets both devices up (keyboard in set 1 by translation, mouse with wheel if it can) and switches
 * their interrupts on. Returns false if there is no controller; a device that does not answer is left out. */
bool i8042_init(struct i8042 *pc, const struct port_io *io);

/* Next byte that arrived: 0 to 255, with I8042_FROM_MOUSE if it is the mouse's; I8042_EMPTY: none. */
int i8042_read(const struct i8042 *pc);

/* Sends a byte to the keyboard; its answer arrives by i8042_read. False if the controller does not take it. */
bool i8042_send_keyboard(const struct i8042 *pc, uint8_t byte);

#endif
