/* SPDX-License-Identifier: MIT
 *
 * ldisc.c: see ldisc.h.
 */
#include "ldisc.h"

#include <string.h>

#include "dev/tty_modes.h"

enum { TAB_WIDTH = 8 };

static bool flag(const struct ldisc *l, uint32_t bit) { return (l->modes.lflag & bit) == bit; }

/* Is byte the control character at cc[index]? */
static bool is(const struct ldisc *l, unsigned index, uint8_t byte)
{
    return byte != TTY_DISABLED && l->modes.cc[index] == byte;
}

void ldisc_init(struct ldisc *l, const struct ldisc_ops *ops, void *context)
{
    *l = (struct ldisc){ .ops = ops, .context = context };
}

static bool is_continuation(uint8_t byte) { return (byte & 0xc0) == 0x80; }

static bool is_control(uint8_t byte) { return (byte < 0x20 && byte != '\t' && byte != '\n') || byte == 0x7f; }

static void echo(struct ldisc *l, const void *bytes, size_t n) { l->ops->echo(l->context, bytes, n); }

static void echo_newline(struct ldisc *l)
{
    if ((l->modes.oflag & TTY_OPOST) && (l->modes.oflag & TTY_ONLCR))
        echo(l, "\r\n", 2);
    else
        echo(l, "\n", 1);
}

static void echo_byte(struct ldisc *l, uint8_t byte)
{
    if (byte == '\n' && (flag(l, TTY_ECHO) || flag(l, TTY_ECHONL | TTY_ICANON))) {
        echo_newline(l);
    } else if (!flag(l, TTY_ECHO)) {
        return;
    } else if (flag(l, TTY_ECHOCTL) && is_control(byte)) {
        uint8_t pair[2] = { '^', byte ^ 0x40 };
        echo(l, pair, 2);
    } else {
        echo(l, &byte, 1);
    }
}

/* Columns that the line up to `length` takes, counted from where it began. */
static unsigned width(const struct ldisc *l, size_t length)
{
    unsigned columns = 0;
    for (size_t i = 0; i < length; i++) {
        uint8_t byte = l->line[i];
        if (byte == '\t')
            columns += TAB_WIDTH - columns % TAB_WIDTH;
        else if (is_control(byte))
            columns += flag(l, TTY_ECHOCTL) ? 2 : 0;
        else if (!(l->modes.iflag & TTY_IUTF8) || !is_continuation(byte))
            columns++;
    }
    return columns;
}

/* Shortens the line, and takes what goes off the screen. */
static void erase_to(struct ldisc *l, size_t length)
{
    unsigned columns = width(l, l->length) - width(l, length);
    bool tab = memchr(l->line + length, '\t', l->length - length) != NULL;
    l->length = length;
    if (!flag(l, TTY_ECHO))
        return;
    if (!flag(l, TTY_ECHOE)) {
        echo(l, &l->modes.cc[TTY_VERASE], 1);
        return;
    }
    for (unsigned i = 0; i < columns; i++)
        echo(l, tab ? "\b" : "\b \b", tab ? 1 : 3); /* a tab showed nothing that would have to be blanked */
}

static void erase_character(struct ldisc *l)
{
    size_t length = l->length;
    if (!length)
        return;
    length--;
    if (l->modes.iflag & TTY_IUTF8)
        while (length && is_continuation(l->line[length]))
            length--;
    erase_to(l, length);
}

static void erase_word(struct ldisc *l)
{
    while (l->length && (l->line[l->length - 1] == ' ' || l->line[l->length - 1] == '\t'))
        erase_character(l);
    while (l->length && l->line[l->length - 1] != ' ' && l->line[l->length - 1] != '\t')
        erase_character(l);
}

static void kill_line(struct ldisc *l)
{
    if (flag(l, TTY_ECHOKE | TTY_ECHOE)) {
        while (l->length)
            erase_character(l);
        return;
    }
    l->length = 0;
    echo_byte(l, l->modes.cc[TTY_VKILL]);
    if (flag(l, TTY_ECHO | TTY_ECHOK))
        echo_newline(l);
}

static void reprint(struct ldisc *l)
{
    echo_byte(l, l->modes.cc[TTY_VREPRINT]);
    echo_newline(l);
    for (size_t i = 0; i < l->length; i++)
        echo_byte(l, l->line[i]);
}

/* Hands the line to readers; `end` is the entry after it, or 0. */
static void deliver_line(struct ldisc *l, uint16_t end)
{
    uint16_t entries[LDISC_LINE_MAX + 1];
    size_t n = 0;
    for (; n < l->length; n++)
        entries[n] = l->line[n];
    if (end)
        entries[n++] = end;
    l->length = 0;
    if (n)
        l->ops->deliver(l->context, entries, n);
}

void ldisc_forget(struct ldisc *l)
{
    l->length = 0;
    l->literal = false;
}

void ldisc_set_modes(struct ldisc *l, const struct tty_termios *modes)
{
    bool was_canonical = flag(l, TTY_ICANON);
    l->modes = *modes;
    if (was_canonical && !flag(l, TTY_ICANON))
        deliver_line(l, 0);
    if (!(modes->iflag & TTY_IXON))
        l->stopped = false;
}

bool ldisc_ready(const struct ldisc *l)
{
    return l->ops->room(l->context) >= (flag(l, TTY_ICANON) ? l->length + 2 : 1);
}

static bool signal_character(struct ldisc *l, uint8_t byte)
{
    static const struct {
        uint8_t character, kind;
    } signals[] = {
        { TTY_VINTR, TTY_SIGNAL_INTERRUPT }, { TTY_VQUIT, TTY_SIGNAL_QUIT }, { TTY_VSUSP, TTY_SIGNAL_STOP }
    };
    if (!flag(l, TTY_ISIG))
        return false;
    for (unsigned i = 0; i < sizeof signals / sizeof *signals; i++) {
        if (!is(l, signals[i].character, byte))
            continue;
        if (!flag(l, TTY_NOFLSH)) {
            ldisc_forget(l);
            l->ops->flush(l->context);
        }
        l->stopped = false;
        echo_byte(l, byte);
        l->ops->signal(l->context, signals[i].kind);
        return true;
    }
    return false;
}

bool ldisc_urgent(struct ldisc *l, uint8_t byte)
{
    if (l->literal)
        return false;
    if (l->modes.iflag & TTY_IXON) {
        if (is(l, TTY_VSTART, byte) || is(l, TTY_VSTOP, byte)) {
            l->stopped = is(l, TTY_VSTOP, byte);
            return true;
        }
        if (l->modes.iflag & TTY_IXANY)
            l->stopped = false;
    }
    return signal_character(l, byte);
}

static void add(struct ldisc *l, uint8_t byte)
{
    if (l->length == LDISC_LINE_MAX - 1) {
        echo(l, "\a", 1);
        return;
    }
    l->line[l->length++] = byte;
    echo_byte(l, byte);
}

static bool is_edit(struct ldisc *l, uint8_t byte)
{
    bool extended = flag(l, TTY_IEXTEN);
    if (is(l, TTY_VERASE, byte) || (byte == '\b' && l->modes.cc[TTY_VERASE] == 0x7f))
        erase_character(l);
    else if (is(l, TTY_VKILL, byte))
        kill_line(l);
    else if (extended && is(l, TTY_VWERASE, byte))
        erase_word(l);
    else if (extended && is(l, TTY_VREPRINT, byte))
        reprint(l);
    else
        return false;
    return true;
}

static void canonical_input(struct ldisc *l, uint8_t byte)
{
    if (is_edit(l, byte))
        return;
    if (is(l, TTY_VEOF, byte)) {
        deliver_line(l, TTY_IN_END | TTY_IN_NODATA);
    } else if (byte == '\n' || is(l, TTY_VEOL, byte) || (flag(l, TTY_IEXTEN) && is(l, TTY_VEOL2, byte))) {
        echo_byte(l, byte);
        deliver_line(l, TTY_IN_END | byte);
    } else {
        add(l, byte);
    }
}

static void raw_input(struct ldisc *l, uint8_t byte)
{
    uint16_t entry = byte;
    echo_byte(l, byte);
    l->ops->deliver(l->context, &entry, 1);
}

/* Takes a byte without looking for characters of the terminal in it. */
static void literal_input(struct ldisc *l, uint8_t byte)
{
    l->literal = false;
    if (flag(l, TTY_ICANON))
        add(l, byte);
    else
        raw_input(l, byte);
}

void ldisc_input(struct ldisc *l, uint8_t byte)
{
    if (l->modes.iflag & TTY_ISTRIP)
        byte &= 0x7f;
    if (l->literal) {
        literal_input(l, byte);
        return;
    }
    if (ldisc_urgent(l, byte))
        return;
    if (byte == '\r') {
        if (l->modes.iflag & TTY_IGNCR)
            return;
        if (l->modes.iflag & TTY_ICRNL)
            byte = '\n';
    } else if (byte == '\n' && (l->modes.iflag & TTY_INLCR)) {
        byte = '\r';
    }
    if (flag(l, TTY_IEXTEN | TTY_ICANON) && is(l, TTY_VLNEXT, byte)) {
        l->literal = true;
        if (flag(l, TTY_ECHO | TTY_ECHOCTL))
            echo(l, "^\b", 2);
        return;
    }
    if (flag(l, TTY_ICANON))
        canonical_input(l, byte);
    else
        raw_input(l, byte);
}
