/* SPDX-License-Identifier: MIT
 *
 * tty_shared.h: the terminal pages, which the console and the processes of one session share at EXO_TTY_BASE.
 *
 * Layer: between libos/dev/tty.c (clients) and apps/console (the one reader of output and writer of input). The console
 * does not trust the session: it masks every position and believes no length. Clients trust the console.
 *
 * Rules
 *  - Rings have free-running 32-bit positions: `head` is the producer's, `tail` the consumer's, used = head - tail. Data
 *    first, position second (release).
 *  - Whatever a client does that the console must notice, it then adds 1 to `attention` and, if console_sleeps is 1,
 *    wakes that word (session_wake). The console waits on that word alone.
 *  - The console wakes input_seq, output.tail, output_done, events_seq, signal_seq and generation after changing them;
 *    the two words of output only if output_waiters is not 0, input_seq only if input_waiters is not 0.
 *  - Several clients write to `output` under output_lock and read `input` under input_lock, keys and mouse under
 *    events_lock. The locks are session locks: one whose holder is gone can be taken. The console takes none of them.
 *  - Output in the ring is final: the client has done OPOST, so a later change of termios cannot reach back.
 *  - The pages outlive the console: a restarted one finds them as they are and adds 1 to `generation`.
 */
#ifndef LIBOS_DEV_TTY_SHARED_H
#define LIBOS_DEV_TTY_SHARED_H

#include <stddef.h>
#include <stdint.h>

#include "proc/session.h"

#define TTY_MAGIC 0x5954544e4f5845ull /* "EXONTTY" */
#define TTY_VERSION 1

enum {
    TTY_OUTPUT_BYTES = 16384,
    TTY_INPUT_ENTRIES = 4096,
    TTY_KEY_ENTRIES = 256,
    TTY_MOUSE_ENTRIES = 128,
    TTY_COMPLAINT = 96,
    TTY_PAGES = 8, /* frames to allocate, zeroed, and to map at EXO_TTY_BASE */
};

/* The console's arguments: `console MODE DEVICE... [size=ROWSxCOLUMNS]`, where MODE is "tty" or "bytes", and each DEVICE
 * names hardware that the parent has bound to it: "uart" (ports 0x3f8-0x3ff), "ps2" (0x60, 0x64), "text" (ports
 * 0x3c0-0x3df and exo_info.text_frame), "framebuffer" (the frames from exo_info.fb_frame on). Interrupt lines are bound
 * to activation 0 at these indices of irq_count[]. */
enum { CONSOLE_IRQ_UART, CONSOLE_IRQ_KEYBOARD, CONSOLE_IRQ_MOUSE, CONSOLE_IRQS };
enum { CONSOLE_LINE_UART = 4, CONSOLE_LINE_KEYBOARD = 1, CONSOLE_LINE_MOUSE = 12 };

enum { TTY_MODE_TTY, TTY_MODE_BYTES }; /* tty_shared.mode */

/* Entries of the input ring: a byte and what it means to a reader in canonical mode. */
enum {
    TTY_IN_END = 0x100,    /* a read stops after this entry */
    TTY_IN_NODATA = 0x200, /* no byte: end of file was typed */
};

/* What a character typed at the terminal, or the terminal itself, asks for. */
enum { TTY_SIGNAL_INTERRUPT, TTY_SIGNAL_QUIT, TTY_SIGNAL_STOP, TTY_SIGNAL_WINDOW, TTY_SIGNALS };

/* struct termios in fixed-width form; the bits are in tty_modes.h. */
enum { TTY_NCCS = 20 };
struct tty_termios {
    uint32_t iflag, oflag, cflag, lflag;
    uint32_t ispeed, ospeed;
    uint8_t cc[TTY_NCCS];
};

struct tty_window {
    uint16_t rows, columns, xpixels, ypixels;
};

/* A key went down, up, or repeats. code: CONSOLE_KEY_* of exo/console.h. unicode: the character it types, or 0. */
struct tty_key_event {
    uint16_t code;
    uint8_t state; /* 0 released, 1 pressed, 2 repeated */
    uint8_t modifiers;
    uint32_t unicode;
};

struct tty_mouse_event {
    int16_t dx, dy; /* right and down are positive */
    int8_t wheel;
    uint8_t buttons; /* bit 0 left, 1 right, 2 middle: held after this event */
    uint16_t reserved;
};

struct tty_ring {
    uint32_t head;
    uint32_t tail;
};

struct tty_shared {
    uint64_t magic;
    uint32_t version;
    uint32_t mode;       /* TTY_MODE_* */
    uint32_t generation; /* starts of the console; 0: it never ran */
    uint32_t attention;
    uint32_t console_sleeps;
    char complaint[TTY_COMPLAINT]; /* what a console that starts cannot do: text for its parent, which clears it */

    /* Output: clients to console. Space is awaited at output.tail; output_done follows output.head when a byte has left
     * the machine (tcdrain). output_waiters: clients that wait for one of them, or a little more. */
    struct session_lock output_lock;
    struct tty_ring output;
    uint32_t output_done;
    uint32_t output_waiters;
    uint32_t output_discard;   /* what is before this position need not be shown any more, */
    uint32_t output_flush_seq; /* says a client who adds 1 here afterwards */

    /* Input: console to clients. input_seq changes with everything that can end a read; a reader skips to
     * input_discard if that is ahead of the tail. input_eof: no byte will follow (mode bytes). */
    struct session_lock input_lock;
    struct tty_ring input;
    uint32_t input_seq;
    uint32_t input_waiters; /* clients that wait for input_seq, or a little more */
    uint32_t input_held;    /* the console has input that found no room: readers tell it when they made some */
    uint32_t input_discard;
    uint32_t input_eof;
    uint32_t input_lines; /* TTY_IN_END entries ever written */
    uint32_t lines_read;  /* and ever consumed or skipped */
    uint32_t flush_seq;   /* a client adds 1 to make the console forget the line being typed */

    /* Settings. A client changes termios under settings_lock, then adds 1 to settings_seq. */
    struct session_lock settings_lock;
    uint32_t settings_seq;
    struct tty_termios termios;
    struct tty_window window;

    /* Foreground process group (0: everybody) and signals for it. Each process watches signal_seq, which changes after
     * signal_count[kind] grew; signal_target is the foreground at that moment, signal_ns[kind] the moment. */
    uint32_t foreground;
    uint32_t signal_seq;
    uint32_t signal_target;
    uint32_t signal_count[TTY_SIGNALS];
    uint64_t signal_ns[TTY_SIGNALS];

    /* Keys and mouse without a terminal. While events_grab is not 0 they go to these rings, and keys to no
     * reader. It is the process that asked for it; a reader who finds that gone ends it. */
    struct session_lock events_lock;
    uint32_t events_grab;
    uint32_t events_seq; /* changes with each event */
    struct tty_ring keys, mouse;
    uint32_t modifiers; /* held or locked now */

    /* Counters, for information. */
    uint64_t bytes_out, bytes_in;
    uint32_t overruns;    /* UART bytes lost before the console saw them */
    uint32_t events_lost; /* key and mouse events for which the ring was full */

    uint16_t input_ring[TTY_INPUT_ENTRIES] __attribute__((aligned(4096)));
    uint8_t output_ring[TTY_OUTPUT_BYTES];
    struct tty_key_event key_ring[TTY_KEY_ENTRIES];
    struct tty_mouse_event mouse_ring[TTY_MOUSE_ENTRIES];
};

_Static_assert(sizeof(struct tty_termios) == 44, "tty_termios");
_Static_assert(sizeof(struct tty_key_event) == 8, "tty_key_event");
_Static_assert(sizeof(struct tty_mouse_event) == 8, "tty_mouse_event");
_Static_assert(offsetof(struct tty_shared, input_ring) == 4096, "control words are one page");
_Static_assert(sizeof(struct tty_shared) <= TTY_PAGES * 4096, "TTY_PAGES");

/* Fills zeroed pages for a terminal that nobody uses yet: default settings of the mode, 24 x 80. For the parent of
 * console and session, before either runs. */
void tty_shared_init(struct tty_shared *tty, uint32_t mode);

#endif
