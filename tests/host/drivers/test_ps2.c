// link: drivers/i8042.c drivers/ps2_keyboard.c drivers/ps2_mouse.c
/* SPDX-License-Identifier: MIT
 *
 * test_ps2.c: PS/2 controller against a fake one; scan codes as keys; mouse packets as movements.
 */
#include "../harness.h"

#include <stdint.h>

#include "drivers/i8042.h"
#include "drivers/ps2_keyboard.h"
#include "drivers/ps2_mouse.h"

/* ---- A controller with a keyboard and a mouse ---- */

struct fake {
    struct {
        uint8_t byte;
        bool mouse;
    } queue[256];
    unsigned put, got;
    uint8_t config, expects; /* command whose data byte comes */
    bool no_controller, no_mouse, no_wheel, bad_self_test, stuck;
    bool keyboard_on, mouse_on;
    uint8_t rates[3], to_keyboard[8];
    unsigned to_keyboards;
    bool rate_next;
};

static struct fake fake;

static void put(uint8_t byte, bool mouse)
{
    fake.queue[fake.put % 256].byte = byte;
    fake.queue[fake.put++ % 256].mouse = mouse;
}

static void mouse_gets(uint8_t byte)
{
    if (fake.no_mouse)
        return;
    put(0xfa, true);
    if (fake.rate_next) {
        fake.rates[0] = fake.rates[1];
        fake.rates[1] = fake.rates[2];
        fake.rates[2] = byte;
        fake.rate_next = false;
    } else if (byte == 0xf3) {
        fake.rate_next = true;
    } else if (byte == 0xf2) {
        bool knocked = fake.rates[0] == 200 && fake.rates[1] == 100 && fake.rates[2] == 80;
        put(knocked && !fake.no_wheel ? 3 : 0, true);
    } else if (byte == 0xf4) {
        fake.mouse_on = true;
    }
}

static void keyboard_gets(uint8_t byte)
{
    fake.to_keyboard[fake.to_keyboards++ % 8] = byte;
    put(0xfa, false);
    if (byte == 0xf4)
        fake.keyboard_on = true;
}

static uint8_t fake_read(const struct port_io *io, uint16_t port)
{
    (void)io;
    if (fake.no_controller)
        return 0xff;
    bool any = fake.got != fake.put;
    if (port == I8042_COMMAND)
        return (any ? 1 : 0) | (any && fake.queue[fake.got % 256].mouse ? 0x20 : 0) | (fake.stuck ? 2 : 0);
    return any ? fake.queue[fake.got++ % 256].byte : 0;
}

static void fake_command(uint8_t value)
{
    fake.expects = 0;
    if (value == 0xaa)
        put(fake.bad_self_test ? 0xfc : 0x55, false);
    else if (value == 0x60 || value == 0xd4)
        fake.expects = value;
}

static void fake_write(const struct port_io *io, uint16_t port, uint8_t value)
{
    (void)io;
    if (port == I8042_COMMAND)
        fake_command(value);
    else if (fake.expects == 0x60)
        fake.config = value;
    else if (fake.expects == 0xd4)
        mouse_gets(value);
    else
        keyboard_gets(value);
    if (port == I8042_DATA)
        fake.expects = 0;
}

static const struct port_io io = { fake_read, fake_write, NULL };

TEST(controller_with_everything)
{
    struct i8042 pc;
    fake = (struct fake){ 0 };
    put(0x99, false); /* left from the firmware */
    CHECK(i8042_init(&pc, &io));
    CHECK(pc.keyboard && pc.mouse && pc.wheel);
    CHECK(fake.keyboard_on && fake.mouse_on);
    CHECK_EQ(fake.config, 0x43);
    CHECK_EQ(i8042_read(&pc), I8042_EMPTY);
    put(0x1e, false);
    put(0x08, true);
    CHECK_EQ(i8042_read(&pc), 0x1e);
    CHECK_EQ(i8042_read(&pc), 0x08 | I8042_FROM_MOUSE);
    CHECK_EQ(i8042_read(&pc), I8042_EMPTY);
}

TEST(controller_with_less)
{
    struct i8042 pc;
    fake = (struct fake){ .no_mouse = true };
    CHECK(i8042_init(&pc, &io));
    CHECK(pc.keyboard && !pc.mouse);
    CHECK_EQ(fake.config, 0x61);
    fake = (struct fake){ .no_wheel = true };
    CHECK(i8042_init(&pc, &io));
    CHECK(pc.mouse && !pc.wheel && fake.mouse_on);
}

TEST(controller_that_fails)
{
    struct i8042 pc;
    fake = (struct fake){ .no_controller = true };
    CHECK(!i8042_init(&pc, &io));
    fake = (struct fake){ .bad_self_test = true };
    CHECK(!i8042_init(&pc, &io));
    fake = (struct fake){ .stuck = true };
    CHECK(!i8042_init(&pc, &io));
}

/* ---- Keys ---- */

static struct ps2_keyboard kb;
static struct ps2_key key;

/* Feeds bytes; returns how many keys came out. The last one is in `key`. */
static unsigned feed(const char *bytes, size_t n)
{
    unsigned keys = 0;
    for (size_t i = 0; i < n; i++)
        keys += ps2_keyboard_input(&kb, (uint8_t)bytes[i], &key);
    return keys;
}
#define FEED(bytes) feed(bytes, sizeof(bytes) - 1)

static void check_key(unsigned code, unsigned state, unsigned modifiers, unsigned unicode)
{
    CHECK_EQ(key.code, code);
    CHECK_EQ(key.state, state);
    CHECK_EQ(key.modifiers, modifiers);
    CHECK_EQ(key.unicode, unicode);
}

TEST(letters_and_shift)
{
    kb = (struct ps2_keyboard){ 0 };
    CHECK_EQ(FEED("\x1e"), 1);
    check_key(0x1e, PS2_DOWN, 0, 'a');
    FEED("\x1e");
    check_key(0x1e, PS2_REPEAT, 0, 'a');
    FEED("\x9e");
    check_key(0x1e, PS2_UP, 0, 'a');
    FEED("\x2a\x1e");
    check_key(0x1e, PS2_DOWN, PS2_SHIFT, 'A');
    FEED("\x9e\x36\xaa\x1e"); /* the other shift is still held */
    check_key(0x1e, PS2_DOWN, PS2_SHIFT, 'A');
    FEED("\x9e\xb6\x1e");
    check_key(0x1e, PS2_DOWN, 0, 'a');
}

TEST(every_printable_character_can_be_typed)
{
    for (int c = ' '; c < 0x7f; c++) {
        bool found = false;
        for (int code = 1; code < 0x46 && !found; code++)
            for (int shift = 0; shift < 2 && !found; shift++) {
                kb = (struct ps2_keyboard){ 0 };
                if (shift)
                    FEED("\x2a");
                char byte = (char)code;
                feed(&byte, 1);
                found = key.unicode == (uint32_t)c;
            }
        if (!CHECK(found))
            printf("    %c\n", c);
    }
}

TEST(caps_lock)
{
    kb = (struct ps2_keyboard){ 0 };
    FEED("\x3a\x3a\xba\x1e"); /* a repeat does not toggle */
    check_key(0x1e, PS2_DOWN, PS2_CAPS_LOCK, 'A');
    FEED("\x2a\x30");
    CHECK_EQ(key.unicode, 'b');
    FEED("\x02");
    CHECK_EQ(key.unicode, '!');
    FEED("\xaa\x82\x02");
    CHECK_EQ(key.unicode, '1');
}

TEST(lights)
{
    kb = (struct ps2_keyboard){ 0 };
    CHECK_EQ(ps2_keyboard_output(&kb), -1);
    FEED("\x3a");
    CHECK_EQ(ps2_keyboard_output(&kb), 0xed);
    CHECK_EQ(ps2_keyboard_output(&kb), -1);
    CHECK_EQ(FEED("\xfa"), 0);
    CHECK_EQ(ps2_keyboard_output(&kb), 4);
    CHECK_EQ(ps2_keyboard_output(&kb), -1);
    FEED("\xfa\xba");
    CHECK_EQ(ps2_keyboard_output(&kb), -1);
    FEED("\x45");
    CHECK_EQ(ps2_keyboard_output(&kb), 0xed);
    FEED("\xfe"); /* refused: not tried for ever */
    CHECK_EQ(ps2_keyboard_output(&kb), -1);
}

TEST(prefixed_keys_and_pad)
{
    kb = (struct ps2_keyboard){ 0 };
    CHECK_EQ(FEED("\xe0\x48"), 1);
    check_key(0xc8, PS2_DOWN, 0, 0);
    CHECK_EQ(FEED("\xe0\x2a"), 0); /* a shift that nobody pressed */
    CHECK_EQ(ps2_keyboard_modifiers(&kb), 0);
    FEED("\xe0\xc8\xe0\x1d\x2e");
    check_key(0x2e, PS2_DOWN, PS2_CTRL, 'c');
    FEED("\xe0\x9d\xe0\x38\x2e");
    CHECK_EQ(key.modifiers, PS2_ALTGR);
    FEED("\xe0\xb8\x48");
    check_key(0x48, PS2_DOWN, 0, 0);
    FEED("\xc8\x45\xc5\x48");
    check_key(0x48, PS2_DOWN, PS2_NUM_LOCK, '8');
    FEED("\xe0\x35");
    CHECK_EQ(key.unicode, '/');
    FEED("\xe0\x1c");
    CHECK_EQ(key.unicode, '\r');
}

TEST(pause)
{
    kb = (struct ps2_keyboard){ 0 };
    CHECK_EQ(FEED("\xe1\x1d\x45\xe1\x9d\xc5"), 1);
    check_key(PS2_KEY_PAUSE, PS2_DOWN, 0, 0);
    FEED("\x1e");
    check_key(0x1e, PS2_DOWN, 0, 'a');
}

TEST(any_bytes_do_no_harm)
{
    kb = (struct ps2_keyboard){ 0 };
    uint32_t seed = 1;
    for (int i = 0; i < 200000; i++) {
        seed = seed * 1664525 + 1013904223;
        ps2_keyboard_input(&kb, (uint8_t)(seed >> 24), &key);
        int light = ps2_keyboard_output(&kb);
        CHECK(light >= -1 && light <= 0xff);
    }
}

/* ---- Mouse ---- */

static struct ps2_mouse mouse;
static struct ps2_movement move;

static unsigned mouse_feed(const char *bytes, size_t n)
{
    unsigned moves = 0;
    for (size_t i = 0; i < n; i++)
        moves += ps2_mouse_input(&mouse, (uint8_t)bytes[i], &move);
    return moves;
}
#define MOUSE(bytes) mouse_feed(bytes, sizeof(bytes) - 1)

TEST(three_byte_packets)
{
    mouse = (struct ps2_mouse){ 0 };
    CHECK_EQ(MOUSE("\x09\x05\x03"), 1);
    CHECK_EQ(move.dx, 5);
    CHECK_EQ(move.dy, -3);
    CHECK_EQ(move.buttons, 1);
    CHECK_EQ(MOUSE("\x38\xff\x01"), 1);
    CHECK_EQ(move.dx, -1);
    CHECK_EQ(move.dy, 255);
    CHECK_EQ(MOUSE("\xc8\xff\xff"), 1);
    CHECK_EQ(move.dx, 0);
}

TEST(four_byte_packets)
{
    mouse = (struct ps2_mouse){ .wheel = true };
    CHECK_EQ(MOUSE("\x0c\x00\x00\xff"), 1);
    CHECK_EQ(move.wheel, -1);
    CHECK_EQ(move.buttons, 4);
    CHECK_EQ(MOUSE("\x08\x00\x00\x01"), 1);
    CHECK_EQ(move.wheel, 1);
}

TEST(out_of_step)
{
    mouse = (struct ps2_mouse){ 0 };
    CHECK_EQ(MOUSE("\x00\x01\x02\x08\x01\x00"), 1);
    CHECK_EQ(move.dx, 1);
}
