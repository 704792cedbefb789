/* SPDX-License-Identifier: MIT
 *
 * ps2_keyboard.h: scan codes (set 1, as the controller translates them) as keys with modifiers and characters.
 *
 * Layer: drivers, ring 3; pure: bytes in, keys and bytes for the lights out. A key's code is its set 1 code, plus 0x80
 * for prefix 0xe0; it is the name that programs see.
 *
 * Sources: IBM PS/2 Hardware Interface Technical Reference, "Keyboards"; layout: US.
 */
#ifndef DRIVERS_PS2_KEYBOARD_H
#define DRIVERS_PS2_KEYBOARD_H

#include <stdbool.h>
#include <stdint.h>

enum {
    PS2_SHIFT = 1,
    PS2_CTRL = 2,
    PS2_ALT = 4,
    PS2_ALTGR = 8,
    PS2_CAPS_LOCK = 16,
    PS2_NUM_LOCK = 32,
};
enum { PS2_UP, PS2_DOWN, PS2_REPEAT };

enum {
    PS2_KEY_ESCAPE = 0x01,
    PS2_KEY_BACKSPACE = 0x0e,
    PS2_KEY_TAB = 0x0f,
    PS2_KEY_ENTER = 0x1c,
    PS2_KEY_LEFT_CTRL = 0x1d,
    PS2_KEY_LEFT_SHIFT = 0x2a,
    PS2_KEY_RIGHT_SHIFT = 0x36,
    PS2_KEY_LEFT_ALT = 0x38,
    PS2_KEY_CAPS_LOCK = 0x3a,
    PS2_KEY_F1 = 0x3b,
    PS2_KEY_F10 = 0x44,
    PS2_KEY_NUM_LOCK = 0x45,
    PS2_KEY_PAD_7 = 0x47, /* the pad's 13 keys, to its dot at 0x53 */
    PS2_KEY_PAD_DOT = 0x53,
    PS2_KEY_F11 = 0x57,
    PS2_KEY_F12 = 0x58,
    PS2_KEY_PAD_ENTER = 0x9c,
    PS2_KEY_RIGHT_CTRL = 0x9d,
    PS2_KEY_PAD_SLASH = 0xb5,
    PS2_KEY_RIGHT_ALT = 0xb8,
    PS2_KEY_PAUSE = 0xc5,
    PS2_KEY_HOME = 0xc7, /* as the pad's 7, with prefix; the others likewise */
};

struct ps2_key {
    uint8_t code;
    uint8_t state; /* PS2_UP, PS2_DOWN, PS2_REPEAT */
    uint8_t modifiers;
    uint32_t unicode; /* what the key types with these modifiers (control left aside), or 0 */
};

struct ps2_keyboard {
    bool prefixed;        /* 0xe0 came */
    uint8_t pause_bytes;  /* still to skip of 0xe1's sequence */
    uint8_t locks;        /* PS2_CAPS_LOCK, PS2_NUM_LOCK */
    uint8_t lights_state; /* what is on its way to the keyboard */
    uint8_t lights_shown;
    uint8_t down[256 / 8]; /* keys held */
};

/* Takes a byte of the keyboard. Returns true if it completes a key, which is then in *key. */
bool ps2_keyboard_input(struct ps2_keyboard *kb, uint8_t byte, struct ps2_key *key);

/* Next byte to send to the keyboard (its lights), or -1. Call after each input; false starts lose nothing but a light. */
int ps2_keyboard_output(struct ps2_keyboard *kb);

/* PS2_* bits held or locked now. */
uint8_t ps2_keyboard_modifiers(const struct ps2_keyboard *kb);

#endif
