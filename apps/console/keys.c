/* SPDX-License-Identifier: MIT
 *
 * keys.c: see keys.h. Source: xterm "Control Sequences", PC-Style Function Keys.
 */
#include "keys.h"

#include <stdio.h>

#include "utf8.h"

enum { ESCAPE = 0x1b };

/* From PS2_KEY_HOME: the letter of CSI letter, or the number of CSI number ~. The pad's keys are the same less 0x80. */
static const struct {
    char letter;
    uint8_t number;
} movement[13] = {
    { 'H', 0 }, { 'A', 0 }, { 0, 5 }, { 0, 0 }, { 'D', 0 }, { 'E', 0 }, { 'C', 0 },
    { 0, 0 },   { 'F', 0 }, { 'B', 0 }, { 0, 6 }, { 0, 2 }, { 0, 3 },
};

static const uint8_t function_numbers[12] = { 11, 12, 13, 14, 15, 17, 18, 19, 20, 21, 23, 24 };

static unsigned modifier_parameter(uint8_t modifiers)
{
    return 1 + (modifiers & PS2_SHIFT ? 1 : 0) + (modifiers & PS2_ALT ? 2 : 0) + (modifiers & PS2_CTRL ? 4 : 0);
}

static size_t letter_sequence(uint8_t *bytes, char letter, char introducer, unsigned modifier)
{
    if (modifier > 1)
        return (size_t)snprintf((char *)bytes, KEY_BYTES_MAX, "\033[1;%u%c", modifier, letter);
    return (size_t)snprintf((char *)bytes, KEY_BYTES_MAX, "\033%c%c", introducer, letter);
}

static size_t number_sequence(uint8_t *bytes, unsigned number, unsigned modifier)
{
    if (modifier > 1)
        return (size_t)snprintf((char *)bytes, KEY_BYTES_MAX, "\033[%u;%u~", number, modifier);
    return (size_t)snprintf((char *)bytes, KEY_BYTES_MAX, "\033[%u~", number);
}

/* 1 to 12 for F1 to F12, else 0. */
static unsigned function_key(uint8_t code)
{
    if (code >= PS2_KEY_F1 && code <= PS2_KEY_F10)
        return code - PS2_KEY_F1 + 1u;
    return code == PS2_KEY_F11 ? 11 : code == PS2_KEY_F12 ? 12 : 0;
}

static size_t special_bytes(const struct ps2_key *key, bool application, uint8_t *bytes)
{
    unsigned modifier = modifier_parameter(key->modifiers);
    unsigned function = function_key(key->code);
    if (function && function <= 4)
        return letter_sequence(bytes, "PQRS"[function - 1], 'O', modifier);
    if (function)
        return number_sequence(bytes, function_numbers[function - 1], modifier);
    unsigned place = (key->code & 0x7fu) - (PS2_KEY_HOME & 0x7f);
    if (place >= sizeof movement / sizeof *movement)
        return 0;
    if (movement[place].letter)
        return letter_sequence(bytes, movement[place].letter, application ? 'O' : '[', modifier);
    if (movement[place].number)
        return number_sequence(bytes, movement[place].number, modifier);
    return 0;
}

/* A character with the control key held, or -1 if that is none. */
static int control_character(uint32_t unicode)
{
    if (unicode >= '@' && unicode <= '~')
        return unicode & 0x1f;
    switch (unicode) {
    case ' ':
    case '2': return 0;
    case '3': return 0x1b;
    case '4': return 0x1c;
    case '5': return 0x1d;
    case '6': return 0x1e;
    case '/':
    case '7':
    case '-': return 0x1f;
    case '8':
    case '?': return 0x7f;
    case 0x7f: return '\b';
    default: return -1;
    }
}

size_t key_bytes(const struct ps2_key *key, bool application, uint8_t bytes[KEY_BYTES_MAX])
{
    if (key->state == PS2_UP)
        return 0;
    if (!key->unicode)
        return special_bytes(key, application, bytes);
    if (key->code == PS2_KEY_TAB && (key->modifiers & PS2_SHIFT))
        return (size_t)snprintf((char *)bytes, KEY_BYTES_MAX, "\033[Z");
    uint32_t unicode = key->unicode;
    if (key->modifiers & PS2_CTRL) {
        int control = control_character(unicode);
        if (control >= 0)
            unicode = (uint32_t)control;
    }
    size_t n = 0;
    if (key->modifiers & PS2_ALT)
        bytes[n++] = ESCAPE;
    return n + utf8_encode(unicode, bytes + n);
}
