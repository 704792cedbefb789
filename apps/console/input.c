/* SPDX-License-Identifier: MIT
 *
 * input.c: from UART, keyboard and mouse to the input ring and the event rings. See console.h.
 */
#include <string.h>

#include "console.h"
#include "dev/tty_modes.h"
#include "exo/console.h"
#include "keys.h"

enum { RECEIVE_CHUNK = 256, PS2_BYTES_A_STEP = 64, SETTINGS_TRIES = 8 };

_Static_assert((int)CONSOLE_SHIFT == PS2_SHIFT && (int)CONSOLE_CTRL == PS2_CTRL && (int)CONSOLE_ALT == PS2_ALT &&
                   (int)CONSOLE_ALTGR == PS2_ALTGR && (int)CONSOLE_CAPS_LOCK == PS2_CAPS_LOCK &&
                   (int)CONSOLE_NUM_LOCK == PS2_NUM_LOCK,
               "programs see the driver's modifiers");
_Static_assert((int)CONSOLE_KEY_UP == PS2_UP && (int)CONSOLE_KEY_DOWN == PS2_DOWN && (int)CONSOLE_KEY_REPEAT == PS2_REPEAT,
               "programs see the driver's states");
_Static_assert((int)CONSOLE_KEY_HOME == PS2_KEY_HOME && (int)CONSOLE_KEY_F12 == PS2_KEY_F12, "and its codes");

/* ---- Input ring ---- */

static size_t input_room(void *context)
{
    struct console *c = context;
    uint32_t used = c->input_head - __atomic_load_n(&c->tty->input.tail, __ATOMIC_ACQUIRE);
    return used <= TTY_INPUT_ENTRIES ? TTY_INPUT_ENTRIES - used : 0;
}

static void deliver(void *context, const uint16_t *entries, size_t n)
{
    struct console *c = context;
    for (size_t i = 0; i < n; i++) {
        c->tty->input_ring[(c->input_head + i) % TTY_INPUT_ENTRIES] = entries[i];
        if (entries[i] & TTY_IN_END)
            __atomic_add_fetch(&c->tty->input_lines, 1, __ATOMIC_RELEASE);
    }
    c->input_head += (uint32_t)n;
    c->tty->bytes_in += n;
    if (c->input_head - c->tty->input_discard > 1u << 30) /* before it is so far back that it looks ahead */
        __atomic_store_n(&c->tty->input_discard, c->input_head - TTY_INPUT_ENTRIES, __ATOMIC_RELEASE);
    __atomic_store_n(&c->tty->input.head, c->input_head, __ATOMIC_RELEASE);
    c->input_changed = true;
}

static void echo(void *context, const uint8_t *bytes, size_t n) { console_show(context, bytes, n); }

static void raise_signal(void *context, unsigned kind)
{
    struct console *c = context;
    c->tty->signal_target = c->tty->foreground;
    __atomic_store_n(&c->tty->signal_ns[kind], c->system->now_ns(), __ATOMIC_RELEASE);
    __atomic_add_fetch(&c->tty->signal_count[kind], 1, __ATOMIC_RELEASE);
    console_bump(c, &c->tty->signal_seq);
}

/* What was typed before, and what was to be shown, is of no more interest. */
static void flush(void *context)
{
    struct console *c = context;
    c->backlog_tail = c->backlog_head;
    __atomic_store_n(&c->tty->input_discard, c->input_head, __ATOMIC_RELEASE);
    c->input_changed = true;
    console_drop_output(c);
}

static const struct ldisc_ops ldisc_ops = { input_room, deliver, echo, raise_signal, flush };

void console_input_init(struct console *c)
{
    struct tty_shared *tty = c->tty;
    ldisc_init(&c->ldisc, &ldisc_ops, c);
    c->input_head = tty->input.head;
    c->key_head = tty->keys.head;
    c->mouse_head = tty->mouse.head;
    c->settings_seq = tty->settings_seq;
    c->flush_seq = tty->flush_seq;
    ldisc_set_modes(&c->ldisc, &tty->termios);
}

/* A client that is changing termios adds to settings_seq afterwards: what is half new now is read again then. */
void console_settings(struct console *c)
{
    for (unsigned i = 0; i < SETTINGS_TRIES; i++) {
        uint32_t seq = __atomic_load_n(&c->tty->settings_seq, __ATOMIC_ACQUIRE);
        if (seq == c->settings_seq)
            break;
        struct tty_termios modes = c->tty->termios;
        ldisc_set_modes(&c->ldisc, &modes);
        c->settings_seq = seq;
    }
    uint32_t seq = __atomic_load_n(&c->tty->flush_seq, __ATOMIC_ACQUIRE);
    if (seq != c->flush_seq) {
        c->flush_seq = seq;
        c->backlog_tail = c->backlog_head;
        ldisc_forget(&c->ldisc);
    }
}

/* ---- Backlog: what was typed and has no place yet ---- */

static uint32_t backlog_used(const struct console *c) { return c->backlog_head - c->backlog_tail; }

static void typed_byte(struct console *c, uint8_t byte)
{
    bool direct = !c->bytes && !backlog_used(c);
    if (direct && ldisc_ready(&c->ldisc))
        ldisc_input(&c->ldisc, byte);
    else if (!c->bytes && ldisc_urgent(&c->ldisc, byte))
        return;
    else if (backlog_used(c) < CONSOLE_BACKLOG)
        c->backlog[c->backlog_head++ % CONSOLE_BACKLOG] = byte;
    else
        console_show(c, (const uint8_t *)"\a", 1);
}

void console_typed(struct console *c, const uint8_t *bytes, size_t n)
{
    for (size_t i = 0; i < n; i++)
        typed_byte(c, bytes[i]);
}

static void channel_byte(struct console *c, uint8_t byte)
{
    int result = framing_input(&c->framing, byte);
    if (result >= 0) {
        uint16_t entry = (uint16_t)result;
        deliver(c, &entry, 1);
    } else if (result == FRAMING_END_OF_INPUT) {
        __atomic_store_n(&c->tty->input_eof, 1, __ATOMIC_RELEASE);
        c->input_changed = true;
    }
}

void console_wake_readers(struct console *c, bool more)
{
    if (!c->input_changed || (more && input_room(c) > TTY_INPUT_ENTRIES / 2))
        return;
    c->input_changed = false;
    __atomic_add_fetch(&c->tty->input_seq, 1, __ATOMIC_SEQ_CST);
    if (__atomic_load_n(&c->tty->input_waiters, __ATOMIC_SEQ_CST))
        c->system->wake(&c->tty->input_seq);
}

static bool deliverable(struct console *c)
{
    return backlog_used(c) && (c->bytes ? input_room(c) > 0 : ldisc_ready(&c->ldisc));
}

/* In mode bytes a byte leaves the backlog only when readers have room; in mode tty also when it is no byte for them.
 * Readers are asked to tell of room before the last look for it. */
bool console_deliver(struct console *c)
{
    bool moved = false;
    __atomic_store_n(&c->tty->input_held, backlog_used(c) != 0, __ATOMIC_SEQ_CST);
    while (deliverable(c)) {
        uint8_t byte = c->backlog[c->backlog_tail++ % CONSOLE_BACKLOG];
        if (c->bytes)
            channel_byte(c, byte);
        else
            ldisc_input(&c->ldisc, byte);
        moved = true;
    }
    return moved;
}

/* ---- Events without a terminal ---- */

static bool grabbed(const struct console *c) { return __atomic_load_n(&c->tty->events_grab, __ATOMIC_ACQUIRE) != 0; }

static bool ring_full(struct console *c, const struct tty_ring *ring, uint32_t head, uint32_t entries)
{
    if (head - __atomic_load_n(&ring->tail, __ATOMIC_ACQUIRE) < entries)
        return false;
    c->tty->events_lost++;
    return true;
}

static void key_event(struct console *c, struct tty_key_event event)
{
    struct tty_shared *tty = c->tty;
    if (ring_full(c, &tty->keys, c->key_head, TTY_KEY_ENTRIES))
        return;
    tty->key_ring[c->key_head++ % TTY_KEY_ENTRIES] = event;
    __atomic_store_n(&tty->keys.head, c->key_head, __ATOMIC_RELEASE);
    console_bump(c, &tty->events_seq);
}

/* Typed at a serial line, a character is a key that goes down and up at once. */
static void serial_event(struct console *c, uint8_t byte)
{
    bool again;
    do {
        int32_t unicode = utf8_input(&c->key_utf8, byte, &again);
        if (unicode >= 0)
            key_event(c, (struct tty_key_event){ .state = CONSOLE_KEY_DOWN, .unicode = (uint32_t)unicode });
    } while (again);
}

static void mouse_event(struct console *c, const struct ps2_movement *move)
{
    struct tty_shared *tty = c->tty;
    if (!grabbed(c) || ring_full(c, &tty->mouse, c->mouse_head, TTY_MOUSE_ENTRIES))
        return;
    tty->mouse_ring[c->mouse_head++ % TTY_MOUSE_ENTRIES] = (struct tty_mouse_event){
        .dx = move->dx, .dy = move->dy, .wheel = move->wheel, .buttons = move->buttons
    };
    __atomic_store_n(&tty->mouse.head, c->mouse_head, __ATOMIC_RELEASE);
    console_bump(c, &tty->events_seq);
}

/* ---- Devices ---- */

static void pressed(struct console *c, const struct ps2_key *key)
{
    uint8_t bytes[KEY_BYTES_MAX];
    size_t n = key_bytes(key, c->vt.cursor_keys, bytes);
    c->source = CONSOLE_FROM_KEYBOARD;
    c->tty->modifiers = key->modifiers;
    if (!grabbed(c)) {
        if (!c->bytes)
            console_typed(c, bytes, n);
        return;
    }
    key_event(c, (struct tty_key_event){ key->code, key->state, key->modifiers, key->unicode });
    if (n == 1)
        ldisc_urgent(&c->ldisc, bytes[0]);
}

bool console_keyboard(struct console *c)
{
    if (!c->ps2)
        return false;
    int byte = I8042_EMPTY;
    unsigned taken = 0;
    while (taken < PS2_BYTES_A_STEP && (byte = i8042_read(c->ps2)) != I8042_EMPTY) {
        taken++;
        struct ps2_movement move;
        struct ps2_key key;
        if (byte & I8042_FROM_MOUSE) {
            if (ps2_mouse_input(&c->mouse, (uint8_t)byte, &move))
                mouse_event(c, &move);
        } else if (ps2_keyboard_input(&c->keyboard, (uint8_t)byte, &key)) {
            pressed(c, &key);
        }
        int light = ps2_keyboard_output(&c->keyboard);
        if (light >= 0)
            i8042_send_keyboard(c->ps2, (uint8_t)light);
    }
    return taken > 0;
}

static void serial_bytes(struct console *c, const uint8_t *bytes, size_t n)
{
    c->source = CONSOLE_FROM_UART;
    for (size_t i = 0; i < n; i++) {
        if (c->bytes || !grabbed(c))
            typed_byte(c, bytes[i]);
        else if (!ldisc_urgent(&c->ldisc, bytes[i]))
            serial_event(c, bytes[i]);
    }
}

/* Reads no more than the backlog holds; then the FIFO fills and holds up the sender. */
bool console_receive(struct console *c)
{
    if (!c->uart)
        return false;
    uint8_t bytes[RECEIVE_CHUNK];
    uint32_t room = CONSOLE_BACKLOG - backlog_used(c);
    size_t n = uart_receive(c->uart, bytes, room < sizeof bytes ? room : sizeof bytes);
    serial_bytes(c, bytes, n);
    c->tty->overruns = c->uart->overruns;
    bool receiving = backlog_used(c) < CONSOLE_BACKLOG;
    if (receiving != c->receiving)
        uart_receive_interrupt(c->uart, receiving);
    c->receiving = receiving;
    return n > 0;
}
