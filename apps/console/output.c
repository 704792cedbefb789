/* SPDX-License-Identifier: MIT
 *
 * output.c: from the output ring and the echo to UART and screen. See console.h.
 */
#include "abi/types.h"
#include "console.h"

/* Output of programs leaves this much of the UART's queue to the echo. */
enum { ECHO_ROOM = 512, CHUNK = 2048 };
enum { REFRESH_NS = 20000000, DRAIN_POLL_NS = 1000000 };

void console_show(struct console *c, const uint8_t *bytes, size_t n)
{
    if (c->uart) {
        size_t room = uart_room(c->uart);
        uart_queue(c->uart, bytes, n < room ? n : room);
    }
    if (c->screen)
        vt_write(&c->vt, bytes, n);
}

/* What the output ring holds; nothing if its position is nonsense. */
static uint32_t pending(struct console *c)
{
    uint32_t head = __atomic_load_n(&c->tty->output.head, __ATOMIC_ACQUIRE);
    uint32_t used = head - c->output_tail;
    if (used <= TTY_OUTPUT_BYTES)
        return used;
    c->output_tail = head;
    return 0;
}

static void wake_writers(struct console *c, const uint32_t *word)
{
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    if (__atomic_load_n(&c->tty->output_waiters, __ATOMIC_RELAXED))
        c->system->wake(word);
}

static void publish_tail(struct console *c)
{
    __atomic_store_n(&c->tty->output.tail, c->output_tail, __ATOMIC_RELEASE);
    wake_writers(c, &c->tty->output.tail);
}

/* tcflush: a position that is not within the ring is nonsense. */
static void flush_output(struct console *c)
{
    uint32_t seq = __atomic_load_n(&c->tty->output_flush_seq, __ATOMIC_ACQUIRE);
    if (seq == c->output_flush_seq)
        return;
    c->output_flush_seq = seq;
    uint32_t n = __atomic_load_n(&c->tty->output_discard, __ATOMIC_RELAXED) - c->output_tail;
    if (n <= pending(c))
        c->output_tail += n;
    publish_tail(c);
}

static size_t sink_room(const struct console *c)
{
    if (!c->uart)
        return CHUNK;
    size_t room = uart_room(c->uart);
    return room > ECHO_ROOM ? room - ECHO_ROOM : 0;
}

bool console_drain(struct console *c)
{
    flush_output(c);
    if (c->ldisc.stopped)
        return false;
    size_t n = pending(c), room = sink_room(c);
    n = n < room ? n : room;
    n = n < CHUNK ? n : CHUNK;
    if (!n)
        return false;
    uint8_t chunk[CHUNK]; /* read once: the session may write to the ring meanwhile */
    for (size_t i = 0; i < n; i++)
        chunk[i] = c->tty->output_ring[(c->output_tail + i) % TTY_OUTPUT_BYTES];
    console_show(c, chunk, n);
    c->output_tail += (uint32_t)n;
    c->tty->bytes_out += n;
    publish_tail(c);
    return true;
}

void console_drop_output(struct console *c)
{
    c->output_tail += pending(c);
    publish_tail(c);
}

void console_refresh(struct console *c, bool more)
{
    if (!c->screen)
        return;
    uint64_t now = c->system->now_ns();
    if (more && now - c->refreshed_ns < REFRESH_NS)
        return;
    screen_refresh(c->screen, &c->vt);
    c->refreshed_ns = now;
}

static bool left_machine(const struct console *c) { return !c->uart || uart_drained(c->uart); }

void console_account(struct console *c)
{
    if (c->output_done == c->output_tail || !left_machine(c))
        return;
    c->output_done = c->output_tail;
    __atomic_store_n(&c->tty->output_done, c->output_done, __ATOMIC_RELEASE);
    wake_writers(c, &c->tty->output_done);
}

/* No interrupt says that the last byte has left the port. */
uint64_t console_deadline(const struct console *c)
{
    bool awaited = __atomic_load_n(&c->tty->output_waiters, __ATOMIC_SEQ_CST) != 0;
    return awaited && c->output_done != c->output_tail ? c->system->now_ns() + DRAIN_POLL_NS : EXO_FOREVER;
}
