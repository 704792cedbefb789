/* SPDX-License-Identifier: MIT
 *
 * tty_shared.c: first contents of the terminal pages. Layer: libos/dev; runs in the parent of console and session, before
 * anybody else has the pages, so no lock and no atomics.
 */
#include "dev/tty_shared.h"

#include "dev/tty_modes.h"

static const struct tty_termios tty_cooked = {
    .iflag = TTY_ICRNL | TTY_IXON | TTY_IUTF8 | TTY_BRKINT,
    .oflag = TTY_OPOST | TTY_ONLCR,
    .cflag = TTY_CS8 | TTY_CREAD | TTY_CLOCAL,
    .lflag = TTY_ISIG | TTY_ICANON | TTY_ECHO | TTY_ECHOE | TTY_ECHOK | TTY_ECHOCTL | TTY_ECHOKE | TTY_IEXTEN,
    .ispeed = TTY_B115200,
    .ospeed = TTY_B115200,
    .cc = {
        [TTY_VINTR] = 'C' & 31, [TTY_VQUIT] = '\\' & 31, [TTY_VERASE] = 0x7f, [TTY_VKILL] = 'U' & 31,
        [TTY_VEOF] = 'D' & 31, [TTY_VTIME] = 0, [TTY_VMIN] = 1, [TTY_VSTART] = 'Q' & 31, [TTY_VSTOP] = 'S' & 31,
        [TTY_VSUSP] = 'Z' & 31, [TTY_VREPRINT] = 'R' & 31, [TTY_VWERASE] = 'W' & 31, [TTY_VLNEXT] = 'V' & 31,
    },
};

/* A channel of bytes: nothing is echoed, changed or a signal. */
static const struct tty_termios tty_bytes = {
    .cflag = TTY_CS8 | TTY_CREAD | TTY_CLOCAL,
    .ispeed = TTY_B115200,
    .ospeed = TTY_B115200,
    .cc = { [TTY_VMIN] = 1 },
};

void tty_shared_init(struct tty_shared *tty, uint32_t mode)
{
    tty->version = TTY_VERSION;
    tty->mode = mode;
    tty->termios = mode == TTY_MODE_BYTES ? tty_bytes : tty_cooked;
    tty->window = (struct tty_window){ .rows = 24, .columns = 80 };
    tty->magic = TTY_MAGIC;
}
