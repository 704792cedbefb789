// SPDX-License-Identifier: MIT
//
// Raw mode, key decoding and terminal size; term.h is the interface.
//
// Layer: apps, plain C on POSIX termios. One terminal at a time can be in raw mode. Sources: ECMA-48 (control
// sequences), xterm "ctlseqs" (which final byte or number means which key).

#include "term.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

static struct termios first_mode, saved_mode;
static bool is_raw, has_first_mode;

int term_raw(int fd)
{
    if (is_raw) {
        return 0;
    }
    if (tcgetattr(fd, &saved_mode) != 0) {
        return -1;
    }
    if (!has_first_mode) {
        first_mode = saved_mode;
        has_first_mode = true;
    }
    struct termios mode = saved_mode;
    mode.c_iflag &= ~(tcflag_t)(BRKINT | ICRNL | INPCK | ISTRIP | IXON);
    mode.c_lflag &= ~(tcflag_t)(ECHO | ICANON | IEXTEN | ISIG);
    mode.c_cflag |= CS8;
    mode.c_cc[VMIN] = 1;
    mode.c_cc[VTIME] = 0;
    if (tcsetattr(fd, TCSADRAIN, &mode) != 0) {
        return -1;
    }
    is_raw = true;
    return 0;
}

void term_restore(int fd)
{
    if (is_raw) {
        tcsetattr(fd, TCSADRAIN, &saved_mode);
        is_raw = false;
    }
}

void term_reset(int fd)
{
    if (has_first_mode) {
        tcsetattr(fd, TCSADRAIN, &first_mode);
        is_raw = false;
    }
}

static int read_byte(int fd)
{
    unsigned char byte;
    ssize_t got = read(fd, &byte, 1);
    if (got == 1) {
        return byte;
    }
    return got < 0 && errno == EINTR ? TERM_KEY_INTERRUPTED : TERM_KEY_END_OF_INPUT;
}

static int key_of_letter(int letter, bool word)
{
    switch (letter) {
    case 'A': return TERM_KEY_UP;
    case 'B': return TERM_KEY_DOWN;
    case 'C': return word ? TERM_KEY_WORD_RIGHT : TERM_KEY_RIGHT;
    case 'D': return word ? TERM_KEY_WORD_LEFT : TERM_KEY_LEFT;
    case 'H': return TERM_KEY_HOME;
    case 'F': return TERM_KEY_END;
    default: return TERM_KEY_UNKNOWN;
    }
}

static int key_of_number(int number)
{
    switch (number) {
    case 1:
    case 7: return TERM_KEY_HOME;
    case 2: return TERM_KEY_INSERT;
    case 3: return TERM_KEY_DELETE;
    case 4:
    case 8: return TERM_KEY_END;
    case 5: return TERM_KEY_PAGE_UP;
    case 6: return TERM_KEY_PAGE_DOWN;
    default: return TERM_KEY_UNKNOWN;
    }
}

// After `ESC [`: numbers separated by semicolons, then a final byte in 40h..7Eh (ECMA-48 §5.4). The second number, if
// there is one, holds the modifiers: any makes the arrows jump by words.
static int read_control_sequence(int fd)
{
    int numbers[2] = { 0, 0 };
    int index = 0;
    for (;;) {
        int byte = read_byte(fd);
        if (byte < 0) {
            return byte;
        }
        if (byte >= '0' && byte <= '9' && index < 2 && numbers[index] < 1000) {
            numbers[index] = numbers[index] * 10 + byte - '0';
        } else if (byte == ';') {
            index++;
        } else if (byte == '~') {
            return key_of_number(numbers[0]);
        } else if (byte >= 0x40 && byte <= 0x7E) {
            return key_of_letter(byte, numbers[1] > 1);
        }
    }
}

int term_read_key(int fd)
{
    int byte = read_byte(fd);
    if (byte != 27) {
        return byte;
    }
    byte = read_byte(fd);
    if (byte == '[') {
        return read_control_sequence(fd);
    }
    if (byte == 'O') {
        byte = read_byte(fd);
        return byte < 0 ? byte : key_of_letter(byte, false);
    }
    return byte < 0 ? byte : TERM_ALT + byte;
}

static int positive(const char *variable, int otherwise)
{
    const char *text = getenv(variable);
    int value = text != NULL ? atoi(text) : 0;
    return value > 0 ? value : otherwise;
}

void term_size(int fd, int *rows, int *columns)
{
    struct winsize size;
    if (ioctl(fd, TIOCGWINSZ, &size) == 0 && size.ws_row > 0 && size.ws_col > 0) {
        *rows = size.ws_row;
        *columns = size.ws_col;
        return;
    }
    *rows = positive("LINES", 24);
    *columns = positive("COLUMNS", 80);
}

size_t term_text_width(const char *text)
{
    size_t width = 0;
    for (; *text != '\0'; text++) {
        width += !term_is_continuation(*text) && (unsigned char)*text >= ' ' && *text != 127;
    }
    return width;
}
