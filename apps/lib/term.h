// SPDX-License-Identifier: MIT
//
// The terminal as full-screen programs and line editors use it: raw mode, keys, size, and text that may be UTF-8.
//
// Layer: apps, plain C on POSIX termios. Keys arrive as ANSI sequences (xterm, VT100 and Linux console forms). A
// sequence is read to its end without a timer, so a lone Escape is seen together with the key after it.

#ifndef APPS_LIB_TERM_H
#define APPS_LIB_TERM_H

#include <stdbool.h>
#include <stddef.h>

// What term_read_key returns for keys that are no character. Bytes are returned as 0 to 255; control keys are bytes
// below 32; TERM_ALT is added to a byte that came after Escape.
enum {
    TERM_KEY_END_OF_INPUT = -1,
    TERM_KEY_INTERRUPTED = -2, // a signal arrived while waiting
    TERM_KEY_UP = 256,
    TERM_KEY_DOWN,
    TERM_KEY_RIGHT,
    TERM_KEY_LEFT,
    TERM_KEY_HOME,
    TERM_KEY_END,
    TERM_KEY_INSERT,
    TERM_KEY_DELETE,
    TERM_KEY_PAGE_UP,
    TERM_KEY_PAGE_DOWN,
    TERM_KEY_WORD_LEFT,
    TERM_KEY_WORD_RIGHT,
    TERM_KEY_UNKNOWN,
    TERM_ALT = 512,
};

#define TERM_CTRL(letter) ((letter) & 31)

// Puts FD into raw mode: no echo, no line editing, no signals from keys, output unchanged. Returns 0, or -1 with errno
// set if FD is no terminal.
int term_raw(int fd);

// Gives FD back the mode that it had before term_raw. Does nothing if it is not in raw mode.
void term_restore(int fd);

// Gives FD the mode that it had before the first term_raw: for a terminal that a program which died left in disorder.
void term_reset(int fd);

// Waits for a key on FD, which is in raw mode.
int term_read_key(int fd);

// The size of the terminal on FD: from the system, else from LINES and COLUMNS, else 24 by 80.
void term_size(int fd, int *rows, int *columns);

// The number of columns that TEXT takes; a UTF-8 character counts one, a control character nothing.
size_t term_text_width(const char *text);

// Whether BYTE continues a UTF-8 character, and so starts no column.
static inline bool term_is_continuation(char byte)
{
    return ((unsigned char)byte & 0xC0) == 0x80;
}

#endif
