/* SPDX-License-Identifier: MIT
 *
 * console.h: screen, keyboard and mouse without a terminal, for programs that want no line editing and no descriptors.
 *
 * Layer: public, libos/dev. Every program of a session may call it; the keyboard goes to whom the terminal calls
 * foreground. Errors are negative errno values. Output goes through the same ring as the terminal's, in order.
 *
 *     console_grab(1);
 *     for (struct console_key key; getkey(&key, -1) == 1 && key.code != CONSOLE_KEY_ESCAPE;)
 *         if (key.state == CONSOLE_KEY_DOWN && key.unicode)
 *             console_putchar(key.unicode);
 *     console_grab(0);
 */
#ifndef EXO_CONSOLE_H
#define EXO_CONSOLE_H

#include <stdint.h>

/* Codes of keys: position on a PC keyboard, scan code set 1; 0x80 is added for those with prefix 0xe0. */
enum {
    CONSOLE_KEY_ESCAPE = 0x01,
    CONSOLE_KEY_BACKSPACE = 0x0e,
    CONSOLE_KEY_TAB = 0x0f,
    CONSOLE_KEY_ENTER = 0x1c,
    CONSOLE_KEY_LEFT_CTRL = 0x1d,
    CONSOLE_KEY_LEFT_SHIFT = 0x2a,
    CONSOLE_KEY_RIGHT_SHIFT = 0x36,
    CONSOLE_KEY_LEFT_ALT = 0x38,
    CONSOLE_KEY_SPACE = 0x39,
    CONSOLE_KEY_CAPS_LOCK = 0x3a,
    CONSOLE_KEY_F1 = 0x3b, /* F1 to F10 are consecutive */
    CONSOLE_KEY_F10 = 0x44,
    CONSOLE_KEY_NUM_LOCK = 0x45,
    CONSOLE_KEY_SCROLL_LOCK = 0x46,
    CONSOLE_KEY_F11 = 0x57,
    CONSOLE_KEY_F12 = 0x58,
    CONSOLE_KEY_KEYPAD_ENTER = 0x9c,
    CONSOLE_KEY_RIGHT_CTRL = 0x9d,
    CONSOLE_KEY_PRINT = 0xb7,
    CONSOLE_KEY_RIGHT_ALT = 0xb8,
    CONSOLE_KEY_PAUSE = 0xc5,
    CONSOLE_KEY_HOME = 0xc7,
    CONSOLE_KEY_ARROW_UP = 0xc8,
    CONSOLE_KEY_PAGE_UP = 0xc9,
    CONSOLE_KEY_ARROW_LEFT = 0xcb,
    CONSOLE_KEY_ARROW_RIGHT = 0xcd,
    CONSOLE_KEY_END = 0xcf,
    CONSOLE_KEY_ARROW_DOWN = 0xd0,
    CONSOLE_KEY_PAGE_DOWN = 0xd1,
    CONSOLE_KEY_INSERT = 0xd2,
    CONSOLE_KEY_DELETE = 0xd3,
    CONSOLE_KEY_MENU = 0xdd,
};

enum { CONSOLE_KEY_UP, CONSOLE_KEY_DOWN, CONSOLE_KEY_REPEAT }; /* console_key.state */

enum { /* console_key.modifiers */
    CONSOLE_SHIFT = 1,
    CONSOLE_CTRL = 2,
    CONSOLE_ALT = 4,
    CONSOLE_ALTGR = 8,
    CONSOLE_CAPS_LOCK = 16,
    CONSOLE_NUM_LOCK = 32,
};

struct console_key {
    uint16_t code; /* CONSOLE_KEY_*; 0: a character that came over the serial line */
    uint8_t state;
    uint8_t modifiers; /* held, or locked, when it happened */
    uint32_t unicode;  /* what it types, or 0 */
};

struct console_mouse {
    int16_t dx, dy; /* right and down are positive */
    int8_t wheel;   /* down is positive */
    uint8_t buttons; /* bit 0 left, 1 right, 2 middle */
    uint16_t reserved;
};

/* Asks for keys and mouse (1), or gives them back to the terminal (0). What was typed before is forgotten. Ends by itself
 * when the terminal's foreground changes, and when the caller has ended and somebody reads from the terminal. Returns 0, or
 * -ENOTTY without a console. */
int console_grab(int on);

/* Waits up to timeout_ms (-1: for ever; 0: only looks) for a key to go down, up or repeat. Needs console_grab(1).
 * Returns 1, 0 on timeout, -EINTR, -ENOTTY. */
int getkey(struct console_key *key, int timeout_ms);

/* As getkey, for movements and buttons of the mouse. */
int console_mouse(struct console_mouse *event, int timeout_ms);

/* Writes one character (Unicode; a newline begins at the first column). May block while the console is behind.
 * Returns 0, -EINTR, -ENOTTY. */
int console_putchar(uint32_t unicode);

/* Size of the screen in characters. Returns 0 or -ENOTTY. */
int console_size(int *rows, int *columns);

#endif
