/* SPDX-License-Identifier: MIT
 *
 * tty.h: the terminal as its programs use it: reads, writes, settings, foreground. Layer: libos/dev, above session.h,
 * below the device file system, which gives it descriptors. Functions return 0 or a positive result or a negative errno
 * value; -ENOTTY (of reads and writes -EIO) where this process has no terminal.
 *
 * Sleeping calls return -EINTR when a signal was handled. tty_shared.h says how the pages are shared.
 */
#ifndef LIBOS_DEV_TTY_H
#define LIBOS_DEV_TTY_H

#include <stddef.h>
#include <stdint.h>

#include "dev/tty_shared.h"

enum { TTY_NONBLOCK = 1 }; /* flags of read and write: -EAGAIN instead of sleeping */

/* Reads by the terminal's mode: in canonical mode at most a line, else as VMIN and VTIME say. 0 is end of file. Of a
 * background process it waits until it is in the foreground. */
int64_t tty_read(void *to, size_t n, unsigned flags);

/* Writes, with output processing. Returns how many bytes were taken: all of them, unless a signal or TTY_NONBLOCK ended
 * it early. */
int64_t tty_write(const void *from, size_t n, unsigned flags);

/* Is it a terminal, not a channel of bytes? */
int tty_is_terminal(void);

/* ---- Settings ---- */

enum { TTY_NOW, TTY_DRAIN, TTY_FLUSH }; /* when new settings take effect, as tcsetattr's actions */
int tty_get_termios(struct tty_termios *termios);
int tty_set_termios(const struct tty_termios *termios, unsigned when);
int tty_get_window(struct tty_window *window);

/* Tells the foreground about a new size (SIGWINCH) if it differs. */
int tty_set_window(const struct tty_window *window);

enum { TTY_FLUSH_INPUT, TTY_FLUSH_OUTPUT, TTY_FLUSH_BOTH }; /* as tcflush's queues */
int tty_flush(unsigned queue);

/* Waits until all output has left the machine, or the clock (ns, monotonic) reaches deadline_ns: -ETIMEDOUT. */
int tty_drain(uint64_t deadline_ns);

/* The requests of sys/ttycom.h. -ENOTTY for others. */
int tty_ioctl(unsigned long request, void *argument);

/* ---- Foreground ---- */

/* The process group that gets the input and the signals of the keys; 0: everybody. Changing it ends console_grab(). */
int tty_set_foreground(uint32_t group);
int tty_foreground(void);

/* ---- Poll ---- */

enum { TTY_READABLE = 1, TTY_WRITABLE = 2 };

/* What would not sleep now. words: the word to wait on for input and the one for output, and their values before the look
 * (any may be NULL). Whoever then sleeps on the second one calls tty_poll_begin before the look and tty_poll_end after. */
struct tty_poll_word {
    const uint32_t *word;
    uint32_t seen;
};
unsigned tty_poll(struct tty_poll_word *input, struct tty_poll_word *output);
void tty_poll_begin(void);
void tty_poll_end(void);

/* ---- Signals ---- */

/* A doorbell rang (or may have): returns which TTY_SIGNAL_* (bits 1 << kind) are new to this process since the last call
 * and meant for `group`, and forgets them. The process watches *tty_signal_word(). Takes no lock: for upcalls too. */
unsigned tty_take_signals(uint32_t group);

/* When a process begins, before the first tty_take_signals: what was asked for before since_ns (monotonic) is not meant for
 * it. Returns 1 if something came later. */
int tty_begin_signals(uint64_t since_ns);
const uint32_t *tty_signal_word(void); /* NULL without a terminal */

/* ---- What tty.c needs of the process; in tty_process.c ---- */

struct tty_shared *tty_pages(void); /* NULL without a terminal */
uint32_t tty_own_group(void);       /* 0: none, always in the foreground */
uint32_t tty_own_process(void);     /* not 0 */
int tty_process_lives(uint32_t process);
uint64_t tty_now_ns(void);

/* Adds 1 to `attention` and wakes the console if it sleeps. */
void tty_call_console(struct tty_shared *tty);

#endif
