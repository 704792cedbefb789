/* SPDX-License-Identifier: MIT
 *
 * ps2_keyboard.c: see ps2_keyboard.h. Ring 3.
 */
#include "ps2_keyboard.h"

enum { BYTE_PREFIX = 0xe0, BYTE_PAUSE = 0xe1, BYTE_ACK = 0xfa, BYTE_RESEND = 0xfe, BYTE_LIGHTS = 0xed };
enum { RELEASED = 0x80, PREFIXED = 0x80 };
enum { LIGHTS_IDLE, LIGHTS_ASKED, LIGHTS_ACKED, LIGHTS_SENT };
enum { LIGHT_NUM = 2, LIGHT_CAPS = 4 };

/* What keys type, by set 1 code: alone, and with shift. */
static const char plain[0x54] =
    "\0\0331234567890-=\0\tqwertyuiop[]\0\0asdfghjkl;'`\0\\zxcvbnm,./\0*\0 \0\0\0\0\0\0\0\0\0\0\0\0\0"
    "\0\0\0-\0\0\0+\0\0\0\0";
static const char shifted[0x54] =
    "\0\033!@#$%^&*()_+\0\tQWERTYUIOP{}\0\0ASDFGHJKL:\"~\0|ZXCVBNM<>?\0*\0 \0\0\0\0\0\0\0\0\0\0\0\0\0"
    "\0\0\0-\0\0\0+\0\0\0\0";
static const char pad[] = "789-456+1230."; /* from PS2_KEY_PAD_7, with num lock */

static bool held(const struct ps2_keyboard *kb, uint8_t code) { return kb->down[code / 8] >> (code % 8) & 1; }

static void set_held(struct ps2_keyboard *kb, uint8_t code, bool down)
{
    uint8_t bit = (uint8_t)(1u << (code % 8));
    kb->down[code / 8] = down ? kb->down[code / 8] | bit : kb->down[code / 8] & (uint8_t)~bit;
}

uint8_t ps2_keyboard_modifiers(const struct ps2_keyboard *kb)
{
    uint8_t bits = kb->locks;
    if (held(kb, PS2_KEY_LEFT_SHIFT) || held(kb, PS2_KEY_RIGHT_SHIFT))
        bits |= PS2_SHIFT;
    if (held(kb, PS2_KEY_LEFT_CTRL) || held(kb, PS2_KEY_RIGHT_CTRL))
        bits |= PS2_CTRL;
    if (held(kb, PS2_KEY_LEFT_ALT))
        bits |= PS2_ALT;
    if (held(kb, PS2_KEY_RIGHT_ALT))
        bits |= PS2_ALTGR;
    return bits;
}

static uint32_t character(uint8_t code, uint8_t modifiers)
{
    if (code == PS2_KEY_ENTER || code == PS2_KEY_PAD_ENTER)
        return '\r';
    if (code == PS2_KEY_BACKSPACE)
        return 0x7f;
    if (code == PS2_KEY_PAD_SLASH)
        return '/';
    if (code >= PS2_KEY_PAD_7 && code <= PS2_KEY_PAD_DOT) {
        bool digits = !(modifiers & PS2_NUM_LOCK) == !!(modifiers & PS2_SHIFT);
        char c = pad[code - PS2_KEY_PAD_7];
        return digits || c == '-' || c == '+' ? (uint32_t)c : 0;
    }
    if (code >= sizeof plain)
        return 0;
    char c = plain[code];
    bool shift = modifiers & PS2_SHIFT;
    if (c >= 'a' && c <= 'z' && (modifiers & PS2_CAPS_LOCK))
        shift = !shift;
    return (uint8_t)(shift ? shifted[code] : c);
}

static void toggle_locks(struct ps2_keyboard *kb, uint8_t code)
{
    if (code == PS2_KEY_CAPS_LOCK)
        kb->locks ^= PS2_CAPS_LOCK;
    if (code == PS2_KEY_NUM_LOCK)
        kb->locks ^= PS2_NUM_LOCK;
}

/* Answers of the keyboard to what ps2_keyboard_output gave. None of them is a key's code. */
static void answered(struct ps2_keyboard *kb, uint8_t byte)
{
    if (byte == BYTE_RESEND || kb->lights_state == LIGHTS_SENT)
        kb->lights_state = LIGHTS_IDLE;
    else if (kb->lights_state == LIGHTS_ASKED)
        kb->lights_state = LIGHTS_ACKED;
}

static void complete(struct ps2_keyboard *kb, uint8_t code, bool down, struct ps2_key *key)
{
    bool repeated = down && held(kb, code);
    set_held(kb, code, down);
    if (down && !repeated)
        toggle_locks(kb, code);
    key->code = code;
    key->state = !down ? PS2_UP : repeated ? PS2_REPEAT : PS2_DOWN;
    key->modifiers = ps2_keyboard_modifiers(kb);
    key->unicode = character(code, key->modifiers);
}

bool ps2_keyboard_input(struct ps2_keyboard *kb, uint8_t byte, struct ps2_key *key)
{
    if (kb->pause_bytes) { /* 0xe1 0x1d 0x45 0xe1 0x9d 0xc5: sent whole when the key goes down */
        if (--kb->pause_bytes)
            return false;
        *key = (struct ps2_key){ .code = PS2_KEY_PAUSE, .state = PS2_DOWN, .modifiers = ps2_keyboard_modifiers(kb) };
        return true;
    }
    if (byte == BYTE_PREFIX || byte == BYTE_PAUSE) {
        kb->prefixed = byte == BYTE_PREFIX;
        kb->pause_bytes = byte == BYTE_PAUSE ? 5 : 0;
        return false;
    }
    if (byte == BYTE_ACK || byte == BYTE_RESEND) {
        answered(kb, byte);
        return false;
    }
    uint8_t code = byte & (uint8_t)~RELEASED;
    bool prefixed = kb->prefixed;
    kb->prefixed = false;
    /* With a prefix, the shift keys are inserted by the keyboard for the sake of the first PCs. */
    if (code == 0 || (prefixed && (code == PS2_KEY_LEFT_SHIFT || code == PS2_KEY_RIGHT_SHIFT)))
        return false;
    complete(kb, prefixed ? code | PREFIXED : code, !(byte & RELEASED), key);
    return true;
}

int ps2_keyboard_output(struct ps2_keyboard *kb)
{
    uint8_t lights = (kb->locks & PS2_CAPS_LOCK ? LIGHT_CAPS : 0) | (kb->locks & PS2_NUM_LOCK ? LIGHT_NUM : 0);
    if (kb->lights_state == LIGHTS_ACKED) {
        kb->lights_state = LIGHTS_SENT;
        kb->lights_shown = lights;
        return lights;
    }
    if (kb->lights_state == LIGHTS_IDLE && kb->lights_shown != lights) {
        kb->lights_shown = lights; /* asked once: a keyboard that refuses keeps its lights as they are */
        kb->lights_state = LIGHTS_ASKED;
        return BYTE_LIGHTS;
    }
    return -1;
}
