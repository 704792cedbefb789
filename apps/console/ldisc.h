/* SPDX-License-Identifier: MIT
 *
 * ldisc.h: the line discipline: what is typed becomes lines (or bytes), echo and signals.
 *
 * Layer: apps/console; pure: it calls the functions of struct ldisc_ops and nothing else. Semantics: POSIX.1-2017 ch. 11.
 * A line is delivered whole. Output processing is the client's work, except for what is echoed here.
 *
 * The caller asks ldisc_ready before each byte: when readers are behind, the byte waits with the caller and nothing is
 * lost. ldisc_urgent lets the signal characters overtake such a queue.
 */
#ifndef CONSOLE_LDISC_H
#define CONSOLE_LDISC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "dev/tty_shared.h"

enum { LDISC_LINE_MAX = 2048 };

struct ldisc_ops {
    size_t (*room)(void *context);                                        /* entries that deliver would take */
    void (*deliver)(void *context, const uint16_t *entries, size_t n);    /* TTY_IN_* and bytes, to readers */
    void (*echo)(void *context, const uint8_t *bytes, size_t n);          /* final bytes for the screen */
    void (*signal)(void *context, unsigned kind);                         /* TTY_SIGNAL_* */
    void (*flush)(void *context);                                         /* what was not read or shown yet goes */
};

struct ldisc {
    const struct ldisc_ops *ops;
    void *context;
    struct tty_termios modes;
    bool stopped; /* output is held up by VSTOP */
    bool literal; /* VLNEXT was typed */
    size_t length;
    uint8_t line[LDISC_LINE_MAX];
};

void ldisc_init(struct ldisc *ldisc, const struct ldisc_ops *ops, void *context);

/* New settings. Leaving canonical mode delivers the unfinished line as it is. */
void ldisc_set_modes(struct ldisc *ldisc, const struct tty_termios *modes);

/* Can the next byte be taken, whatever it is? */
bool ldisc_ready(const struct ldisc *ldisc);

/* Takes a typed byte. */
void ldisc_input(struct ldisc *ldisc, uint8_t byte);

/* If the byte is a signal or output-flow character, acts on it and returns true. */
bool ldisc_urgent(struct ldisc *ldisc, uint8_t byte);

/* Forgets the line being typed. */
void ldisc_forget(struct ldisc *ldisc);

#endif
