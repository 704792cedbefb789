// link: apps/console/console.c apps/console/input.c apps/console/output.c apps/console/ldisc.c apps/console/vt.c apps/console/vt_screen.c apps/console/utf8.c apps/console/screen.c apps/console/keys.c drivers/uart16550.c drivers/i8042.c drivers/ps2_keyboard.c drivers/ps2_mouse.c libos/dev/tty_shared.c libos/dev/tty.c libos/dev/tty_control.c libos/dev/console.c
/* SPDX-License-Identifier: MIT
 *
 * test_console.c: programs, terminal pages and console together, on fake devices: tty_read and tty_write on one side, a
 * serial line and a keyboard on the other. One thread: whenever a program would sleep, the console takes turns, and when
 * it has nothing to do either, time passes. A wait that nothing will end fails the test.
 */
#include "../harness.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>

#include "apps/console/console.h"
#include "dev/tty.h"
#include "dev/tty_modes.h"
#include "exo/console.h"

/* ---- The machine ---- */

static struct {
    uint8_t ier, lcr, scratch;
    char line[1 << 17]; /* what will arrive */
    size_t arrives, arrived;
    char sent[1 << 17];
    size_t sends;
    bool busy; /* the transmitter takes nothing */
    uint8_t keys[512];
    unsigned key_put, key_got;
} machine;

static uint8_t uart_port(uint16_t port)
{
    switch (port - UART_COM1) {
    case 0: return machine.arrived < machine.arrives ? (uint8_t)machine.line[machine.arrived++] : 0;
    case 5: return (machine.arrived < machine.arrives) | (machine.busy ? 0 : 0x60);
    case 7: return machine.scratch;
    default: return 0;
    }
}

static uint8_t machine_read(const struct port_io *io, uint16_t port)
{
    (void)io;
    if (port == I8042_COMMAND)
        return machine.key_got < machine.key_put;
    if (port == I8042_DATA)
        return machine.key_got < machine.key_put ? machine.keys[machine.key_got++] : 0;
    return uart_port(port);
}

static void machine_write(const struct port_io *io, uint16_t port, uint8_t value)
{
    (void)io;
    if (port == UART_COM1 && !(machine.lcr & 0x80))
        machine.sent[machine.sends++] = (char)value;
    if (port == UART_COM1 + 1)
        machine.ier = value;
    if (port == UART_COM1 + 3)
        machine.lcr = value;
    if (port == UART_COM1 + 7)
        machine.scratch = value;
}

static const struct port_io io = { machine_read, machine_write, NULL };

static void arrive(const void *bytes, size_t n)
{
    memcpy(machine.line + machine.arrives, bytes, n);
    machine.arrives += n;
}

static void type(const char *text) { arrive(text, strlen(text)); }

static const char *sent(void)
{
    machine.sent[machine.sends] = 0;
    machine.sends = 0;
    return machine.sent;
}

/* ---- The system ---- */

static struct tty_shared *tty;
static struct console console;
static struct uart uart;
static struct i8042 ps2;
static uint32_t irq_count[CONSOLE_IRQS];
static uint64_t now_ns, own_group;
static int owner_died;
static unsigned wakes, acks;
static int interrupt_next;
static void (*while_waiting)(void); /* what happens in the world while a program sleeps */

static void wake(const uint32_t *word)
{
    CHECK((const char *)word >= (const char *)tty && (const char *)word < (const char *)tty + 4096);
    wakes++;
}

static uint64_t get_now_ns(void) { return now_ns; }

static void irq_ack(unsigned index)
{
    CHECK(index < CONSOLE_IRQS);
    acks++;
}

static const struct console_system console_system = { wake, get_now_ns, irq_ack };

static void turn(void)
{
    for (int i = 0; i < 100000 && console_step(&console, irq_count); i++)
        continue;
}

struct tty_shared *tty_pages(void) { return tty; }
uint32_t tty_own_process(void) { return 99; }
int tty_process_lives(uint32_t process) { return process == 99 && !owner_died; }
uint32_t tty_own_group(void) { return (uint32_t)own_group; }
uint64_t tty_now_ns(void) { return now_ns; }

void session_lock_acquire(struct session_lock *lock)
{
    CHECK_EQ(lock->word, 0);
    lock->word = 1;
}

void session_lock_release(struct session_lock *lock)
{
    CHECK_EQ(lock->word, 1);
    lock->word = 0;
}

void session_wake(const uint32_t *word) { (void)word; }

int session_wait(const uint32_t *word, uint32_t seen, uint64_t deadline_ns, enum thread_wait why)
{
    (void)why;
    if (interrupt_next) {
        interrupt_next = 0;
        return -EINTR;
    }
    turn();
    if (*word == seen && while_waiting) {
        while_waiting();
        turn();
    }
    if (*word != seen)
        return 0;
    if (deadline_ns == ~0ull) {
        printf("a program waits for ever\n");
        exit(1);
    }
    now_ns = deadline_ns;
    return -ETIMEDOUT;
}

static void start_devices(uint32_t mode, bool keyboard)
{
    free(tty);
    tty = aligned_alloc(4096, TTY_PAGES * 4096);
    memset(tty, 0, TTY_PAGES * 4096);
    memset(&machine, 0, sizeof machine);
    memset(irq_count, 0, sizeof irq_count);
    own_group = 0;
    while_waiting = NULL;
    tty_shared_init(tty, mode);
    CHECK(uart_init(&uart, &io, UART_COM1));
    ps2 = (struct i8042){ .io = &io, .keyboard = true, .mouse = true };
    CHECK(console_init(&console, &console_system, tty, &uart, keyboard ? &ps2 : NULL, NULL, NULL));
}

static void start(uint32_t mode) { start_devices(mode, false); }

static char buffer[1 << 17];

static const char *read_text(size_t n)
{
    int64_t result = tty_read(buffer, n, 0);
    if (result < 0)
        return strerror((int)-result);
    buffer[result] = 0;
    return buffer;
}

/* ---- Output ---- */

TEST(writes_reach_the_line)
{
    start(TTY_MODE_TTY);
    CHECK_EQ(tty_write("one\ntwo\n", 8, 0), 8);
    turn();
    CHECK_STR(sent(), "one\r\ntwo\r\n");
    tty->termios.oflag = 0;
    CHECK_EQ(tty_write("a\n", 2, 0), 2);
    turn();
    CHECK_STR(sent(), "a\n");
    CHECK_EQ(tty->bytes_out, 12);
}

TEST(much_output)
{
    start(TTY_MODE_BYTES);
    for (size_t i = 0; i < sizeof buffer - 1; i++)
        buffer[i] = (char)(i * 31 >> 3);
    CHECK_EQ(tty_write(buffer, sizeof buffer - 1, 0), sizeof buffer - 1);
    turn();
    CHECK_EQ(machine.sends, sizeof buffer - 1);
    CHECK(!memcmp(machine.sent, buffer, sizeof buffer - 1));
    CHECK_EQ(tty->output_waiters, 0);
}

TEST(a_line_that_takes_nothing)
{
    start(TTY_MODE_TTY);
    machine.busy = true;
    memset(buffer, 'x', sizeof buffer);
    turn();
    int64_t n = tty_write(buffer, sizeof buffer, TTY_NONBLOCK);
    CHECK_EQ(n, TTY_OUTPUT_BYTES);
    CHECK_EQ(tty_write(buffer, 1, TTY_NONBLOCK), -EAGAIN);
    turn();
    CHECK_EQ(machine.ier, 3); /* the transmitter will interrupt */
    CHECK(tty_poll(NULL, NULL) & TTY_WRITABLE); /* the console took some into its queue */
    while (tty_write(buffer, 1000, TTY_NONBLOCK) > 0)
        turn();
    CHECK(!(tty_poll(NULL, NULL) & TTY_WRITABLE));
    CHECK_EQ(tty_drain(now_ns + 5), -ETIMEDOUT);
    interrupt_next = 1;
    CHECK_EQ(tty_write(buffer, 1, 0), -EINTR);
    machine.busy = false;
    CHECK_EQ(tty_drain(~0ull), 0);
    CHECK(machine.sends > TTY_OUTPUT_BYTES);
    CHECK_EQ(tty->output_waiters, 0);
    CHECK_EQ(machine.ier, 1);
}

TEST(output_that_waits_is_flushed)
{
    start(TTY_MODE_TTY);
    type("\023");
    turn();
    CHECK_EQ(tty_write("gone", 4, 0), 4);
    size_t sends = machine.sends;
    CHECK_EQ(tty_flush(TTY_FLUSH_OUTPUT), 0);
    turn();
    CHECK_EQ(tty->output.tail, tty->output.head);
    tty->output_discard += 100000; /* nonsense */
    tty->output_flush_seq++;
    CHECK_EQ(tty_write("kept", 4, 0), 4);
    type("\021");
    turn();
    CHECK_EQ(machine.sends - sends, 4);
}

TEST(a_flush_long_ago_discards_nothing)
{
    start(TTY_MODE_BYTES);
    tty->input.head = tty->input.tail = (1u << 31) - 2;
    CHECK(console_init(&console, &console_system, tty, &uart, NULL, NULL, NULL));
    type("abcd");
    CHECK_STR(read_text(10), "abcd");
}

/* ---- Input ---- */

TEST(a_line_is_read)
{
    start(TTY_MODE_TTY);
    type("hello\rnext\r");
    CHECK_STR(read_text(100), "hello\n");
    CHECK_STR(read_text(3), "nex");
    CHECK_STR(read_text(100), "t\n");
    CHECK_STR(sent(), "hello\r\nnext\r\n");
    CHECK_EQ(tty_read(buffer, 10, TTY_NONBLOCK), -EAGAIN);
    CHECK_EQ(tty_read(buffer, 0, 0), 0);
    interrupt_next = 1;
    CHECK_EQ(tty_read(buffer, 10, 0), -EINTR);
}

TEST(end_of_file)
{
    start(TTY_MODE_TTY);
    type("\004abc\004rest\n");
    CHECK_EQ(tty_read(buffer, 10, 0), 0);
    CHECK_STR(read_text(3), "abc"); /* exactly what fits: no second end of file */
    CHECK_STR(read_text(10), "rest\n");
    type("\004");
    CHECK_EQ(tty_read(buffer, 10, 0), 0);
}

TEST(raw_reads)
{
    start(TTY_MODE_TTY);
    struct tty_termios modes;
    CHECK_EQ(tty_get_termios(&modes), 0);
    modes.lflag &= ~(uint32_t)(TTY_ICANON | TTY_ECHO);
    CHECK_EQ(tty_set_termios(&modes, TTY_FLUSH), 0);
    type("ab");
    CHECK_STR(read_text(10), "ab");
    modes.cc[TTY_VMIN] = 0;
    CHECK_EQ(tty_set_termios(&modes, TTY_NOW), 0);
    CHECK_EQ(tty_read(buffer, 10, 0), 0);
    modes.cc[TTY_VTIME] = 3;
    tty_set_termios(&modes, TTY_NOW);
    uint64_t before = now_ns;
    CHECK_EQ(tty_read(buffer, 10, 0), 0);
    CHECK_EQ(now_ns - before, 300000000);
    type("x");
    CHECK_STR(read_text(10), "x");
    modes.cc[TTY_VMIN] = 5;
    tty_set_termios(&modes, TTY_NOW);
    type("abc");
    CHECK_STR(read_text(10), "abc"); /* three tenths after the last one */
    type("abcdefgh");
    CHECK_STR(read_text(10), "abcdefgh");
    modes.cc[TTY_VTIME] = 0;
    tty_set_termios(&modes, TTY_NOW);
    type("12345");
    CHECK_STR(read_text(10), "12345");
    type("12");
    CHECK_STR(read_text(2), "12");
}

TEST(settings_are_checked)
{
    struct tty_termios modes;
    start(TTY_MODE_TTY);
    tty_get_termios(&modes);
    CHECK_EQ(tty_set_termios(&modes, 3), -EINVAL);
    CHECK_EQ(tty_flush(3), -EINVAL);
    CHECK_EQ(tty_ioctl(0x1234, NULL), -ENOTTY);
    start(TTY_MODE_BYTES);
    CHECK_EQ(tty_ioctl(0x5401, &modes), -ENOTTY);
    CHECK(!tty_is_terminal());
}

TEST(flush_drops_what_was_typed)
{
    start(TTY_MODE_TTY);
    type("old\nhalf");
    turn();
    CHECK(tty_poll(NULL, NULL) & TTY_READABLE);
    CHECK_EQ(tty_flush(TTY_FLUSH_INPUT), 0);
    CHECK(!(tty_poll(NULL, NULL) & TTY_READABLE));
    type("new\n");
    CHECK_STR(read_text(100), "new\n");
}

TEST(a_background_process_waits)
{
    start(TTY_MODE_TTY);
    own_group = 7;
    tty_set_foreground(8);
    type("line\n");
    turn();
    CHECK_EQ(tty_read(buffer, 10, TTY_NONBLOCK), -EAGAIN);
    interrupt_next = 1;
    CHECK_EQ(tty_read(buffer, 10, 0), -EINTR);
    tty_set_foreground(7);
    CHECK_STR(read_text(10), "line\n");
    CHECK_EQ(tty_foreground(), 7);
}

/* ---- Signals ---- */

TEST(a_process_that_begins_gets_the_signals_since_it_was_made)
{
    start(TTY_MODE_TTY);
    now_ns = 1000;
    type("\003");
    turn();
    CHECK_EQ(tty_begin_signals(1001), 0);
    CHECK_EQ(tty_take_signals(7), 0);
    CHECK_EQ(tty_begin_signals(1000), 1);
    CHECK_EQ(tty_take_signals(7), 1 << TTY_SIGNAL_INTERRUPT);
    CHECK_EQ(tty_take_signals(7), 0);
}

TEST(keys_are_signals)
{
    start(TTY_MODE_TTY);
    CHECK_EQ(tty_begin_signals(0), 0);
    tty_set_foreground(7);
    type("gone\nab\003");
    turn();
    CHECK_EQ(tty_take_signals(7), 1 << TTY_SIGNAL_INTERRUPT);
    CHECK_EQ(tty_take_signals(7), 0);
    type("\034\032");
    turn();
    CHECK_EQ(tty_take_signals(8), 0); /* not for us */
    type("\003");
    turn();
    CHECK_EQ(tty_take_signals(7), 1 << TTY_SIGNAL_INTERRUPT);
    CHECK_EQ(tty_read(buffer, 10, TTY_NONBLOCK), -EAGAIN); /* what was typed before is gone */
    type("new\n");
    CHECK_STR(read_text(10), "new\n");
}

TEST(window_size)
{
    start(TTY_MODE_TTY);
    tty_take_signals(1);
    struct tty_window window = { 30, 100, 0, 0 };
    CHECK_EQ(tty_set_window(&window), 0);
    CHECK_EQ(tty_set_window(&window), 0);
    CHECK_EQ(tty_take_signals(1), 1 << TTY_SIGNAL_WINDOW);
    CHECK_EQ(tty->signal_count[TTY_SIGNAL_WINDOW], 1);
    int rows, columns;
    CHECK_EQ(console_size(&rows, &columns), 0);
    CHECK(rows == 30 && columns == 100);
}

TEST(control_c_passes_a_full_ring)
{
    start(TTY_MODE_TTY);
    tty_take_signals(0);
    for (int i = 0; i < 2000; i++)
        type("abcdefg\n"); /* 16,000 bytes, and nobody reads */
    turn();
    CHECK_EQ(machine.arrived, machine.arrives);
    type("\003");
    turn();
    CHECK_EQ(tty_take_signals(0), 1 << TTY_SIGNAL_INTERRUPT);
    type("after\n");
    CHECK_STR(read_text(100), "after\n");
}

TEST(nothing_is_lost_when_nobody_reads)
{
    start(TTY_MODE_TTY);
    tty->termios.lflag &= ~(uint32_t)TTY_ECHO;
    tty->settings_seq++;
    char line[32];
    for (int i = 0; i < 8000; i++) {
        sprintf(line, "line %04d\n", i);
        type(line);
    }
    turn();
    CHECK(machine.arrived < machine.arrives); /* held up at the port */
    CHECK_EQ(machine.ier & 1, 0);
    bool good = true;
    for (int i = 0; i < 8000; i++) {
        sprintf(line, "line %04d\n", i);
        good &= !strcmp(read_text(100), line);
    }
    CHECK(good);
    turn();
    CHECK_EQ(machine.ier & 1, 1);
}

/* ---- The byte channel ---- */

static uint8_t pattern(size_t i) { return (uint8_t)(i * 2654435761u >> 13); }

TEST(bytes_are_exact_both_ways)
{
    enum { COUNT = 50000 };
    start(TTY_MODE_BYTES);
    for (size_t i = 0; i < COUNT; i++) {
        uint8_t pair[2] = { pattern(i), pattern(i) };
        arrive(pair, pair[0] == 0x10 ? 2 : 1);
    }
    arrive("\020\004", 2);
    size_t done = 0;
    for (int64_t n; (n = tty_read(buffer + done, sizeof buffer - done, 0)) > 0;) {
        CHECK_EQ(tty_write(buffer + done, (size_t)n, 0), n);
        done += (size_t)n;
    }
    CHECK_EQ(done, COUNT);
    CHECK_EQ(tty_drain(~0ull), 0);
    CHECK_EQ(machine.sends, COUNT);
    bool good = true;
    for (size_t i = 0; i < COUNT; i++)
        good &= (uint8_t)buffer[i] == pattern(i) && (uint8_t)machine.sent[i] == pattern(i);
    CHECK(good);
    CHECK_EQ(tty_read(buffer, 10, 0), 0);
    CHECK(tty_poll(NULL, NULL) & TTY_READABLE);
}

/* ---- Restart ---- */

TEST(a_new_console_goes_on)
{
    start(TTY_MODE_TTY);
    CHECK_EQ(tty->generation, 1);
    type("first\n");
    turn();
    tty_write("lost?", 5, 0);
    type("second\n");
    CHECK(uart_init(&uart, &io, UART_COM1));
    CHECK(console_init(&console, &console_system, tty, &uart, NULL, NULL, NULL));
    CHECK_EQ(tty->generation, 2);
    CHECK_STR(read_text(100), "first\n");
    CHECK_STR(read_text(100), "second\n");
    CHECK(strstr(sent(), "lost?") != NULL);
}

TEST(pages_of_something_else)
{
    start(TTY_MODE_TTY);
    tty->magic++;
    CHECK(!console_init(&console, &console_system, tty, &uart, NULL, NULL, NULL));
}

/* The session may write anything into its pages: the console must stay sound. */
TEST(a_hostile_session)
{
    uint32_t seed = 5;
    start_devices(TTY_MODE_TTY, true);
    for (int i = 0; i < 20000; i++) {
        seed = seed * 1664525 + 1013904223;
        uint32_t *words = (uint32_t *)tty;
        size_t first = offsetof(struct tty_shared, console_sleeps) / 4;
        words[first + (seed >> 8) % (1024 - first)] = seed * 7;
        if (i % 3 == 0 && machine.arrives < sizeof machine.line - 2)
            arrive(&seed, 1);
        if (i % 5 == 0 && machine.key_put < sizeof machine.keys)
            machine.keys[machine.key_put++] = (uint8_t)(seed >> 16);
        for (int turns = 0; turns < 3; turns++)
            console_step(&console, irq_count);
        machine.sends = 0;
    }
    CHECK(console.backlog_head - console.backlog_tail <= CONSOLE_BACKLOG);
    CHECK(uart.head - uart.tail <= UART_QUEUE_BYTES);
}

/* ---- Keyboard ---- */

static void key(const char *bytes, size_t n)
{
    memcpy(machine.keys + machine.key_put, bytes, n);
    machine.key_put += (unsigned)n;
    irq_count[CONSOLE_IRQ_KEYBOARD]++;
}
#define KEY(bytes) key(bytes, sizeof(bytes) - 1)

TEST(typing_on_the_keyboard)
{
    start_devices(TTY_MODE_TTY, true);
    acks = 0;
    KEY("\x2a\x23\xa3\xaa\x17\x97\x1c\x9c"); /* H, i, Enter */
    CHECK_STR(read_text(100), "Hi\n");
    CHECK_EQ(acks, 1);
    CHECK_STR(sent(), "Hi\r\n");
    tty->termios.lflag = 0;
    tty->settings_seq++;
    KEY("\xe0\x48\xe0\xc8\x3b\x57\xe0\x53\xe0\x1d\xe0\x4d\x1e\xe0\x9d\x38\x1e\xb8\x2a\x0f\xaa");
    tty->termios.cc[TTY_VMIN] = 1;
    CHECK_STR(read_text(100), "\033[A\033OP\033[23~\033[3~\033[1;5C\001\033a\033[Z");
}

TEST(control_c_on_the_keyboard)
{
    start_devices(TTY_MODE_TTY, true);
    tty_take_signals(0);
    KEY("\x1d\x2e\xae\x9d");
    turn();
    CHECK_EQ(tty_take_signals(0), 1 << TTY_SIGNAL_INTERRUPT);
    CHECK_STR(sent(), "^C");
}

TEST(keys_without_a_terminal)
{
    struct console_key event;
    start_devices(TTY_MODE_TTY, true);
    KEY("\x1e\x9e");
    turn();
    CHECK_EQ(console_grab(1), 0);
    CHECK_EQ(getkey(&event, 0), 0); /* typed before */
    KEY("\x2a\x1e\x9e");
    CHECK_EQ(getkey(&event, -1), 1);
    CHECK_EQ(event.code, CONSOLE_KEY_LEFT_SHIFT);
    CHECK_EQ(getkey(&event, -1), 1);
    CHECK(event.code == 0x1e && event.state == CONSOLE_KEY_DOWN && event.unicode == 'A');
    CHECK_EQ(event.modifiers, CONSOLE_SHIFT);
    CHECK_EQ(getkey(&event, -1), 1);
    CHECK_EQ(event.state, CONSOLE_KEY_UP);
    uint64_t before = now_ns;
    CHECK_EQ(getkey(&event, 20), 0);
    CHECK_EQ(now_ns - before, 20000000);
    type("\303\244");
    CHECK_EQ(getkey(&event, -1), 1);
    CHECK(event.code == 0 && event.unicode == 0xe4);
    interrupt_next = 1;
    CHECK_EQ(getkey(&event, -1), -EINTR);
    CHECK_EQ(console_grab(0), 0);
    type("x\n");
    CHECK_STR(read_text(10), "ax\n"); /* the first key was the terminal's */
}

TEST(a_grab_ends_with_the_foreground)
{
    start_devices(TTY_MODE_TTY, true);
    tty_take_signals(0);
    tty_set_foreground(5);
    console_grab(1);
    type("\003"); /* still a signal */
    turn();
    CHECK_EQ(tty_take_signals(5), 1 << TTY_SIGNAL_INTERRUPT);
    tty_set_foreground(6);
    CHECK_EQ(tty->events_grab, 0);
}

TEST(a_grab_ends_with_its_owner)
{
    start_devices(TTY_MODE_TTY, true);
    console_grab(1);
    CHECK_EQ(tty_read(buffer, 10, TTY_NONBLOCK), -EAGAIN);
    CHECK(tty->events_grab != 0);
    owner_died = 1;
    uint64_t before = now_ns;
    tty->termios.lflag &= ~(uint32_t)TTY_ICANON;
    tty->termios.cc[TTY_VMIN] = 0;
    tty->termios.cc[TTY_VTIME] = 1;
    CHECK_EQ(tty_read(buffer, 10, 0), 0);
    CHECK(now_ns > before);
    owner_died = 0;
    CHECK_EQ(tty->events_grab, 0);
}

TEST(too_many_keys)
{
    struct console_key event;
    start_devices(TTY_MODE_TTY, true);
    console_grab(1);
    for (int i = 0; i < 150; i++) {
        machine.key_put = machine.key_got = 0;
        KEY("\x1e\x9e");
        turn();
    }
    int n = 0;
    while (getkey(&event, 0) == 1)
        n++;
    CHECK_EQ(n, TTY_KEY_ENTRIES);
    CHECK_EQ(tty->events_lost, 300 - TTY_KEY_ENTRIES);
}

TEST(characters_without_a_terminal)
{
    start(TTY_MODE_TTY);
    CHECK_EQ(console_putchar('a'), 0);
    CHECK_EQ(console_putchar(0x20ac), 0);
    CHECK_EQ(console_putchar('\n'), 0);
    turn();
    CHECK_STR(sent(), "a\342\202\254\r\n");
}

TEST(without_a_console)
{
    struct tty_shared *had = tty;
    struct console_key event;
    tty = NULL;
    CHECK_EQ(tty_read(buffer, 1, 0), -EIO);
    CHECK_EQ(tty_write(buffer, 1, 0), -EIO);
    CHECK_EQ(getkey(&event, 0), -ENOTTY);
    CHECK_EQ(console_putchar('a'), -ENOTTY);
    CHECK_EQ(tty_foreground(), -ENOTTY);
    CHECK_EQ(tty_take_signals(0), 0);
    tty = had;
}
