/* SPDX-License-Identifier: MIT
 *
 * console.h: the console: between the terminal pages of a session and the devices.
 *
 * Layer: apps/console, one thread. console_step does everything that there is to do, a bounded piece a call; main.c calls
 * it and sleeps in between. It runs on fake devices and plain memory in host tests.
 *
 *   UART, keyboard --> backlog --> line discipline --> input ring        input.c
 *   output ring, echo --> UART queue, emulator --> screen                output.c
 *
 * The session is not trusted: of the pages that it can write, positions that this side owns are kept here and only
 * published there; those of the other side are masked, and a ring that claims more than it holds is taken as empty.
 */
#ifndef CONSOLE_CONSOLE_H
#define CONSOLE_CONSOLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dev/tty_shared.h"
#include "drivers/i8042.h"
#include "drivers/ps2_keyboard.h"
#include "drivers/ps2_mouse.h"
#include "drivers/uart16550.h"
#include "framing.h"
#include "ldisc.h"
#include "screen.h"
#include "vt.h"

enum { CONSOLE_BACKLOG = 16384 };
enum { CONSOLE_FROM_UART, CONSOLE_FROM_KEYBOARD }; /* console.source */

struct console_system {
    void (*wake)(const uint32_t *word); /* of the terminal pages: wakes its waiters in other environments */
    uint64_t (*now_ns)(void);
    void (*irq_ack)(unsigned index); /* CONSOLE_IRQ_* */
};

struct console {
    const struct console_system *system;
    struct tty_shared *tty;
    bool bytes; /* mode */

    /* Devices: NULL where there is none. */
    struct uart *uart;
    struct i8042 *ps2;
    struct screen *screen;
    struct ps2_keyboard keyboard;
    struct ps2_mouse mouse;
    uint32_t irq_seen[CONSOLE_IRQS];

    /* Input. */
    struct ldisc ldisc;
    struct framing framing;
    struct utf8 key_utf8; /* of serial bytes that become key events */
    uint8_t source;       /* where the last byte came from: who answers the terminal's reports */
    bool receiving;       /* the UART's receive interrupt is on */
    bool input_changed;   /* readers are to be woken */
    uint32_t input_head, key_head, mouse_head;
    uint32_t backlog_head, backlog_tail;
    uint32_t settings_seq, flush_seq;
    uint8_t backlog[CONSOLE_BACKLOG];

    /* Output. */
    uint32_t output_tail, output_done, output_flush_seq;
    uint64_t refreshed_ns;
    struct vt vt;
};

/* Attaches to the terminal pages, which tty_shared_init filled, and makes sense of what an earlier console left there.
 * Devices are set up by the caller and may be NULL. vt is used only with a screen: `cells` are VT_CELLS of its size.
 * Returns false if the pages are no terminal's. */
bool console_init(struct console *console, const struct console_system *system, struct tty_shared *tty, struct uart *uart,
                  struct i8042 *ps2, struct screen *screen, struct display_cell *cells);

/* Does what is to be done; irq_count are the counts of the activation page. Returns true if it should be called again
 * without sleeping. */
bool console_step(struct console *console, const uint32_t irq_count[CONSOLE_IRQS]);

/* ---- input.c ---- */

void console_input_init(struct console *console);

/* New settings, flush requests. */
void console_settings(struct console *console);

/* Takes what the devices have, and gives readers what they have room for. Returns true if it took something. */
bool console_receive(struct console *console);
bool console_keyboard(struct console *console);
bool console_deliver(struct console *console);

/* Tells readers what has come, unless more is coming and they would be woken for little. */
void console_wake_readers(struct console *console, bool more);

/* Bytes as if they had been typed. */
void console_typed(struct console *console, const uint8_t *bytes, size_t n);

/* ---- output.c ---- */

/* Final bytes to UART and emulator. */
void console_show(struct console *console, const uint8_t *bytes, size_t n);

/* Moves bytes from the output ring. Returns true if it moved some. */
bool console_drain(struct console *console);

/* Drops what is in the output ring. */
void console_drop_output(struct console *console);

/* Brings the screen up to date, unless more is coming and it was done a moment ago. */
void console_refresh(struct console *console, bool more);

/* Publishes how far the output has left the machine. */
void console_account(struct console *console);

/* Until when the console may sleep if nothing happens. */
uint64_t console_deadline(const struct console *console);

/* Adds 1 to a word of the terminal pages and wakes it. */
void console_bump(struct console *console, uint32_t *word);

#endif
