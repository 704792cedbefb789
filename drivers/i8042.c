/* SPDX-License-Identifier: MIT
 *
 * i8042.c: see i8042.h. Ring 3.
 */
#include "i8042.h"

enum { STATUS_OUTPUT = 0x01, STATUS_INPUT = 0x02, STATUS_MOUSE = 0x20 };
enum {
    COMMAND_READ_CONFIG = 0x20,
    COMMAND_WRITE_CONFIG = 0x60,
    COMMAND_DISABLE_MOUSE = 0xa7,
    COMMAND_ENABLE_MOUSE = 0xa8,
    COMMAND_SELF_TEST = 0xaa,
    COMMAND_DISABLE_KEYBOARD = 0xad,
    COMMAND_ENABLE_KEYBOARD = 0xae,
    COMMAND_TO_MOUSE = 0xd4,
};
enum { CONFIG_IRQ_KEYBOARD = 0x01, CONFIG_IRQ_MOUSE = 0x02, CONFIG_MOUSE_OFF = 0x20, CONFIG_TRANSLATE = 0x40 };
enum {
    DEVICE_GET_ID = 0xf2,
    DEVICE_SAMPLE_RATE = 0xf3,
    DEVICE_ENABLE = 0xf4,
    DEVICE_DEFAULTS = 0xf6,
    DEVICE_ACK = 0xfa,
    SELF_TEST_PASSED = 0x55,
    MOUSE_ID_WHEEL = 3,
};

/* Reads of the status register (about a microsecond each on hardware) before a device counts as silent. */
enum { POLLS = 50000 };

static uint8_t status(const struct i8042 *pc) { return port_read(pc->io, I8042_COMMAND); }

static bool wait_writable(const struct i8042 *pc)
{
    for (int i = 0; i < POLLS; i++)
        if (!(status(pc) & STATUS_INPUT))
            return true;
    return false;
}

static int wait_byte(const struct i8042 *pc)
{
    for (int i = 0; i < POLLS; i++)
        if (status(pc) & STATUS_OUTPUT)
            return port_read(pc->io, I8042_DATA);
    return -1;
}

static bool command(const struct i8042 *pc, uint8_t byte)
{
    if (!wait_writable(pc))
        return false;
    port_write(pc->io, I8042_COMMAND, byte);
    return true;
}

static bool data(const struct i8042 *pc, uint8_t byte)
{
    if (!wait_writable(pc))
        return false;
    port_write(pc->io, I8042_DATA, byte);
    return true;
}

static void discard(const struct i8042 *pc)
{
    for (int i = 0; i < 64 && (status(pc) & STATUS_OUTPUT); i++)
        port_read(pc->io, I8042_DATA);
}

/* Sends to a device and waits for its acknowledgement; bytes that arrive before it are dropped. */
static bool ask(const struct i8042 *pc, bool mouse, uint8_t byte)
{
    if (mouse && !command(pc, COMMAND_TO_MOUSE))
        return false;
    if (!data(pc, byte))
        return false;
    for (int i = 0; i < 4; i++) {
        int answer = wait_byte(pc);
        if (answer == DEVICE_ACK)
            return true;
        if (answer < 0)
            return false;
    }
    return false;
}

/* The three sample rates that make a wheel mouse show itself (Microsoft, "IntelliMouse"). */
static bool knock(const struct i8042 *pc)
{
    static const uint8_t rates[] = { 200, 100, 80 };
    for (unsigned i = 0; i < sizeof rates; i++)
        if (!ask(pc, true, DEVICE_SAMPLE_RATE) || !ask(pc, true, rates[i]))
            return false;
    return ask(pc, true, DEVICE_GET_ID) && wait_byte(pc) == MOUSE_ID_WHEEL;
}

static bool self_test(const struct i8042 *pc)
{
    if (!command(pc, COMMAND_DISABLE_KEYBOARD) || !command(pc, COMMAND_DISABLE_MOUSE))
        return false;
    discard(pc);
    return command(pc, COMMAND_SELF_TEST) && wait_byte(pc) == SELF_TEST_PASSED;
}

static bool write_config(const struct i8042 *pc, uint8_t config)
{
    return command(pc, COMMAND_WRITE_CONFIG) && data(pc, config);
}

bool i8042_init(struct i8042 *pc, const struct port_io *io)
{
    *pc = (struct i8042){ .io = io };
    if (status(pc) == 0xff || !self_test(pc) || !write_config(pc, CONFIG_TRANSLATE))
        return false;
    command(pc, COMMAND_ENABLE_MOUSE);
    pc->mouse = ask(pc, true, DEVICE_DEFAULTS);
    if (pc->mouse) {
        pc->wheel = knock(pc);
        pc->mouse = ask(pc, true, DEVICE_ENABLE);
    }
    command(pc, COMMAND_ENABLE_KEYBOARD);
    pc->keyboard = ask(pc, false, DEVICE_DEFAULTS) && ask(pc, false, DEVICE_ENABLE);
    uint8_t config = CONFIG_TRANSLATE | (pc->keyboard ? CONFIG_IRQ_KEYBOARD : 0);
    config |= pc->mouse ? CONFIG_IRQ_MOUSE : CONFIG_MOUSE_OFF;
    return write_config(pc, config);
}

int i8042_read(const struct i8042 *pc)
{
    uint8_t now = status(pc);
    if (!(now & STATUS_OUTPUT))
        return I8042_EMPTY;
    return port_read(pc->io, I8042_DATA) | (now & STATUS_MOUSE ? I8042_FROM_MOUSE : 0);
}

bool i8042_send_keyboard(const struct i8042 *pc, uint8_t byte) { return data(pc, byte); }
