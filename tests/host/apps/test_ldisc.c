// link: apps/console/ldisc.c libos/dev/tty_shared.c
/* SPDX-License-Identifier: MIT
 *
 * test_ldisc.c: the line discipline: what is read, shown and signalled after keys. In the text of what was read, '$' marks
 * an entry that ends a read and '!' end of file.
 */
#include "../harness.h"

#include <stdint.h>

#include "apps/console/framing.h"
#include "apps/console/ldisc.h"
#include "dev/tty_modes.h"

static struct ldisc ldisc;
static struct tty_termios modes;
static char got[8192], echoed[16384], signals[64];
static size_t room = 4096;
static unsigned flushes;

static size_t get_room(void *context)
{
    (void)context;
    return room;
}

static void deliver(void *context, const uint16_t *entries, size_t n)
{
    (void)context;
    CHECK(n <= room);
    size_t length = strlen(got);
    for (size_t i = 0; i < n; i++) {
        if (!(entries[i] & TTY_IN_NODATA))
            got[length++] = (char)entries[i];
        if (entries[i] & TTY_IN_END)
            got[length++] = entries[i] & TTY_IN_NODATA ? '!' : '$';
    }
    got[length] = 0;
}

static void echo(void *context, const uint8_t *bytes, size_t n)
{
    (void)context;
    strncat(echoed, (const char *)bytes, n);
}

static void raise_signal(void *context, unsigned kind)
{
    (void)context;
    strncat(signals, &"IQSW"[kind], 1);
}

static void flush(void *context)
{
    (void)context;
    flushes++;
}

static const struct ldisc_ops ops = { get_room, deliver, echo, raise_signal, flush };

static void start(void)
{
    static struct tty_shared tty;
    tty_shared_init(&tty, TTY_MODE_TTY);
    modes = tty.termios;
    ldisc_init(&ldisc, &ops, &ldisc);
    ldisc_set_modes(&ldisc, &modes);
    got[0] = echoed[0] = signals[0] = 0;
    room = 4096;
    flushes = 0;
}

static void type(const char *text)
{
    while (*text) {
        CHECK(ldisc_ready(&ldisc));
        ldisc_input(&ldisc, (uint8_t)*text++);
    }
}

static void expect(const char *read, const char *shown)
{
    CHECK_STR(got, read);
    CHECK_STR(echoed, shown);
}

TEST(a_line)
{
    start();
    type("hi");
    expect("", "hi");
    type("\r");
    expect("hi\n$", "hi\r\n");
}

TEST(erase)
{
    start();
    type("ab\177c\177\177\177\177d\n");
    expect("d\n$", "ab\b \bc\b \b\b \bd\r\n");
    start();
    type("ab\bc\n");
    CHECK_STR(got, "ac\n$");
}

TEST(erase_of_wide_bytes)
{
    start();
    type("a\303\244\342\202\254\177\177b\n");
    expect("ab\n$", "a\303\244\342\202\254\b \b\b \bb\r\n");
    start();
    modes.iflag &= ~TTY_IUTF8;
    ldisc_set_modes(&ldisc, &modes);
    type("\303\244\177\n");
    CHECK_STR(got, "\303\n$");
}

TEST(erase_of_controls_and_tabs)
{
    start();
    type("\001\177x\n");
    expect("x\n$", "^A\b \b\b \bx\r\n");
    start();
    type("abc\t\177d\n");
    expect("abcd\n$", "abc\t\b\b\b\b\bd\r\n");
}

TEST(word_and_line)
{
    start();
    type("ls  foo bar \027x\n");
    CHECK_STR(got, "ls  foo x\n$");
    start();
    type("abc\025de\n");
    expect("de\n$", "abc\b \b\b \b\b \bde\r\n");
    start();
    modes.lflag &= ~TTY_ECHOKE;
    ldisc_set_modes(&ldisc, &modes);
    type("abc\025de\n");
    expect("de\n$", "abc^U\r\nde\r\n");
    start();
    type("ab\022c\n");
    expect("abc\n$", "ab^R\r\nabc\r\n");
}

TEST(end_of_file)
{
    start();
    type("\004");
    expect("!", "");
    start();
    type("ab\004c\n");
    expect("ab!c\n$", "abc\r\n");
}

TEST(literal_next)
{
    start();
    type("a\026\003\026\177\n");
    expect("a\003\177\n$", "a^\b^C^\b^?\r\n");
    CHECK_STR(signals, "");
}

TEST(signals)
{
    start();
    type("abc\003d\n");
    expect("d\n$", "abc^Cd\r\n");
    type("\034\032");
    CHECK_STR(signals, "IQS");
    CHECK_EQ(flushes, 3);
    start();
    modes.lflag |= TTY_NOFLSH;
    ldisc_set_modes(&ldisc, &modes);
    type("ab\003c\n");
    CHECK_STR(got, "abc\n$");
    CHECK_EQ(flushes, 0);
    start();
    modes.lflag &= ~TTY_ISIG;
    ldisc_set_modes(&ldisc, &modes);
    type("\003\n");
    expect("\003\n$", "^C\r\n");
    CHECK_STR(signals, "");
}

TEST(carriage_returns)
{
    start();
    modes.iflag = TTY_IGNCR;
    ldisc_set_modes(&ldisc, &modes);
    type("a\rb\n");
    CHECK_STR(got, "ab\n$");
    start();
    modes.iflag = TTY_INLCR;
    ldisc_set_modes(&ldisc, &modes);
    type("a\n\r\004");
    CHECK_STR(got, "a\r\r!");
    start();
    modes.iflag = TTY_ISTRIP;
    ldisc_set_modes(&ldisc, &modes);
    type("\341\n");
    CHECK_STR(got, "a\n$");
}

TEST(no_echo)
{
    start();
    modes.lflag &= ~TTY_ECHO;
    ldisc_set_modes(&ldisc, &modes);
    type("secret\177\025pw\n");
    expect("pw\n$", "");
    start();
    modes.lflag = (modes.lflag & ~TTY_ECHO) | TTY_ECHONL;
    ldisc_set_modes(&ldisc, &modes);
    type("pw\n");
    expect("pw\n$", "\r\n");
    start();
    modes.oflag = 0;
    ldisc_set_modes(&ldisc, &modes);
    type("x\n");
    expect("x\n$", "x\n");
}

TEST(raw)
{
    start();
    modes.iflag = modes.oflag = modes.lflag = 0;
    ldisc_set_modes(&ldisc, &modes);
    type("a\r\177\003\004\026\n");
    expect("a\r\177\003\004\026\n", "");
    CHECK_STR(signals, "");
    start();
    modes.lflag &= ~TTY_ICANON;
    ldisc_set_modes(&ldisc, &modes);
    type("a\177\003b");
    expect("a\177b", "a^?^Cb");
    CHECK_STR(signals, "I");
}

TEST(leaving_canonical_mode_gives_the_line)
{
    start();
    type("abc");
    modes.lflag &= ~TTY_ICANON;
    ldisc_set_modes(&ldisc, &modes);
    CHECK_STR(got, "abc");
    type("d");
    CHECK_STR(got, "abcd");
}

TEST(output_flow)
{
    start();
    type("\023");
    CHECK(ldisc.stopped);
    type("a");
    CHECK(ldisc.stopped);
    type("\021");
    CHECK(!ldisc.stopped);
    type("\023\003");
    CHECK(!ldisc.stopped);
    type("\023");
    modes.iflag &= ~TTY_IXON;
    ldisc_set_modes(&ldisc, &modes);
    CHECK(!ldisc.stopped);
    type("\023\n");
    CHECK_STR(got, "\023\n$");
}

TEST(line_ends_of_one_s_own)
{
    start();
    modes.cc[TTY_VEOL] = ';';
    modes.cc[TTY_VEOL2] = ',';
    modes.cc[TTY_VERASE] = TTY_DISABLED;
    ldisc_set_modes(&ldisc, &modes);
    type("a;b,c\177\n");
    CHECK_STR(got, "a;$b,$c\177\n$");
}

TEST(too_long_a_line)
{
    start();
    for (int i = 0; i < LDISC_LINE_MAX + 50; i++)
        type("x");
    CHECK(strchr(echoed, '\a') != NULL);
    type("\n");
    CHECK_EQ(strlen(got), LDISC_LINE_MAX - 1 + 2);
}

TEST(no_room)
{
    start();
    room = 3;
    CHECK(ldisc_ready(&ldisc));
    ldisc_input(&ldisc, 'a');
    CHECK(ldisc_ready(&ldisc));
    ldisc_input(&ldisc, 'b');
    CHECK(!ldisc_ready(&ldisc));
    CHECK(!ldisc_urgent(&ldisc, 'c'));
    CHECK(ldisc_urgent(&ldisc, 3));
    CHECK(ldisc_ready(&ldisc));
    CHECK_STR(signals, "I");
}

TEST(any_bytes_do_no_harm)
{
    uint32_t seed = 11;
    start();
    for (int i = 0; i < 300000; i++) {
        seed = seed * 1664525 + 1013904223;
        if (seed % 997 == 0) {
            modes.lflag ^= 1u << (seed >> 28);
            modes.iflag ^= 1u << (seed >> 27);
            ldisc_set_modes(&ldisc, &modes);
        }
        ldisc_input(&ldisc, (uint8_t)(seed >> 20));
        got[0] = echoed[0] = signals[0] = 0;
        if (ldisc.length >= LDISC_LINE_MAX)
            CHECK(!"the line fits");
    }
    CHECK(flushes > 0);
}

TEST(framing)
{
    struct framing framing = { 0 };
    static const uint8_t in[] = { 'a', 0x10, 0x10, 4, 0x10, 'b', 0, 0x10, 4 };
    static const int out[] = { 'a', -1, 0x10, 4, -1, 'b', 0, -1, -2 };
    for (unsigned i = 0; i < sizeof in; i++)
        CHECK_EQ(framing_input(&framing, in[i]), out[i]);
}
