/* SPDX-License-Identifier: MIT
 *
 * tty.c: reading and writing the terminal. See tty.h.
 *
 * A writer copies under output_lock as much as fits and waits without it; so two writers' bytes mix only where one write
 * is larger than the room. A reader consumes under input_lock and waits without it.
 */
#include "dev/tty.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "dev/tty_modes.h"

#define FOREVER (~0ull)
#define TENTH_NS 100000000ull /* VTIME's unit */

static uint32_t load(const uint32_t *word) { return __atomic_load_n(word, __ATOMIC_ACQUIRE); }

static void store(uint32_t *word, uint32_t value) { __atomic_store_n(word, value, __ATOMIC_RELEASE); }

void tty_call_console(struct tty_shared *tty)
{
    __atomic_add_fetch(&tty->attention, 1, __ATOMIC_SEQ_CST);
    if (__atomic_load_n(&tty->console_sleeps, __ATOMIC_SEQ_CST))
        session_wake(&tty->attention);
}

int tty_is_terminal(void)
{
    struct tty_shared *tty = tty_pages();
    return tty && tty->mode == TTY_MODE_TTY;
}

/* ---- Output ---- */

static void input_wait_begin(struct tty_shared *tty) { __atomic_add_fetch(&tty->input_waiters, 1, __ATOMIC_SEQ_CST); }

static void input_wait_end(struct tty_shared *tty) { __atomic_sub_fetch(&tty->input_waiters, 1, __ATOMIC_SEQ_CST); }

static void output_wait_begin(struct tty_shared *tty) { __atomic_add_fetch(&tty->output_waiters, 1, __ATOMIC_SEQ_CST); }

static void output_wait_end(struct tty_shared *tty) { __atomic_sub_fetch(&tty->output_waiters, 1, __ATOMIC_SEQ_CST); }

void tty_poll_begin(void)
{
    struct tty_shared *tty = tty_pages();
    if (tty) {
        input_wait_begin(tty);
        output_wait_begin(tty);
    }
}

void tty_poll_end(void)
{
    struct tty_shared *tty = tty_pages();
    if (tty) {
        output_wait_end(tty);
        input_wait_end(tty);
    }
}

static uint32_t output_room(const struct tty_shared *tty)
{
    uint32_t used = load(&tty->output.head) - load(&tty->output.tail);
    return used < TTY_OUTPUT_BYTES ? TTY_OUTPUT_BYTES - used : 0;
}

/* Bytes that become two by output processing are copied only if both fit. Returns how many of n were copied. */
static size_t copy_out(struct tty_shared *tty, const uint8_t *from, size_t n)
{
    uint32_t oflag = tty->termios.oflag;
    bool add_return = (oflag & TTY_OPOST) && (oflag & TTY_ONLCR);
    bool to_newline = (oflag & TTY_OPOST) && (oflag & TTY_OCRNL);
    uint32_t head = tty->output.head, room = output_room(tty);
    size_t done = 0;
    for (; done < n && room; done++) {
        uint8_t byte = to_newline && from[done] == '\r' ? '\n' : from[done];
        if (byte == '\n' && add_return) {
            if (room < 2)
                break;
            tty->output_ring[head++ % TTY_OUTPUT_BYTES] = '\r';
            room--;
        }
        tty->output_ring[head++ % TTY_OUTPUT_BYTES] = byte;
        room--;
    }
    store(&tty->output.head, head);
    return done;
}

/* Sleeps until the tail moves on from where it left too little room. */
static int wait_for_room(struct tty_shared *tty)
{
    output_wait_begin(tty);
    uint32_t tail = load(&tty->output.tail);
    int result = 0;
    if (output_room(tty) < 2) {
        tty_call_console(tty);
        result = session_wait(&tty->output.tail, tail, FOREVER, WAIT_WRITE);
    }
    output_wait_end(tty);
    return result;
}

int64_t tty_write(const void *from, size_t n, unsigned flags)
{
    struct tty_shared *tty = tty_pages();
    if (!tty)
        return -EIO;
    size_t done = 0;
    while (done < n) {
        session_lock_acquire(&tty->output_lock);
        size_t copied = copy_out(tty, (const uint8_t *)from + done, n - done);
        session_lock_release(&tty->output_lock);
        done += copied;
        if (copied)
            tty_call_console(tty);
        if (done == n)
            break;
        int result = flags & TTY_NONBLOCK ? -EAGAIN : wait_for_room(tty);
        if (result < 0)
            return done ? (int64_t)done : result;
    }
    return (int64_t)done;
}

int tty_drain(uint64_t deadline_ns)
{
    struct tty_shared *tty = tty_pages();
    if (!tty)
        return -ENOTTY;
    uint32_t head = load(&tty->output.head);
    int result = 0;
    output_wait_begin(tty);
    tty_call_console(tty);
    for (uint32_t done; !result && (int32_t)((done = load(&tty->output_done)) - head) < 0;)
        result = session_wait(&tty->output_done, done, deadline_ns, WAIT_WRITE);
    output_wait_end(tty);
    return result;
}

/* ---- Input ---- */

/* Sleeps until the console has changed input_seq. Whoever counts as a waiter looks at the word once more. */
static int wait_for_input(struct tty_shared *tty, uint32_t seen, uint64_t deadline_ns)
{
    input_wait_begin(tty);
    int result = session_wait(&tty->input_seq, seen, deadline_ns, WAIT_READ);
    input_wait_end(tty);
    return result;
}

/* The console waits for room only when it says so. */
static void room_made(struct tty_shared *tty)
{
    __atomic_thread_fence(__ATOMIC_SEQ_CST);
    if (__atomic_load_n(&tty->input_held, __ATOMIC_RELAXED))
        tty_call_console(tty);
}

/* Takes one entry off the ring. input_lock held, ring not empty. */
static uint16_t take_entry(struct tty_shared *tty)
{
    uint32_t tail = tty->input.tail;
    uint16_t entry = tty->input_ring[tail % TTY_INPUT_ENTRIES];
    if (entry & TTY_IN_END)
        __atomic_add_fetch(&tty->lines_read, 1, __ATOMIC_RELEASE);
    store(&tty->input.tail, tail + 1);
    return entry;
}

static bool input_empty(const struct tty_shared *tty) { return load(&tty->input.head) == load(&tty->input.tail); }

/* Skips what a signal character or tcflush made void. input_lock held. */
static void skip_discarded(struct tty_shared *tty)
{
    uint32_t discard = load(&tty->input_discard);
    while (!input_empty(tty) && (int32_t)(discard - load(&tty->input.tail)) > 0)
        take_entry(tty);
}

/* Copies up to n bytes, in canonical mode of one line. *end: an end-of-line or end-of-file entry was met. */
static size_t copy_in(struct tty_shared *tty, uint8_t *to, size_t n, bool canonical, bool *end)
{
    size_t done = 0;
    *end = false;
    while (done < n && !*end && !input_empty(tty)) {
        uint16_t entry = take_entry(tty);
        if (!(entry & TTY_IN_NODATA))
            to[done++] = (uint8_t)entry;
        *end = canonical && (entry & TTY_IN_END);
    }
    /* End of file behind the last byte that fits ends this read, not the next one. */
    if (canonical && done && !*end && !input_empty(tty) &&
        (tty->input_ring[tty->input.tail % TTY_INPUT_ENTRIES] & TTY_IN_NODATA)) {
        take_entry(tty);
        *end = true;
    }
    return done;
}

static bool in_foreground(const struct tty_shared *tty)
{
    uint32_t foreground = load(&tty->foreground), own = tty_own_group();
    return !foreground || !own || foreground == own;
}

/* Waits until this process may read. */
static int wait_for_turn(struct tty_shared *tty, unsigned flags)
{
    while (!in_foreground(tty)) {
        if (flags & TTY_NONBLOCK)
            return -EAGAIN;
        uint32_t foreground = load(&tty->foreground);
        int result = in_foreground(tty) ? 0 : session_wait(&tty->foreground, foreground, FOREVER, WAIT_FOREGROUND);
        if (result < 0)
            return result;
    }
    return 0;
}

/* What one look at the ring may take, and how long the next one waits. */
struct read_plan {
    bool canonical;
    size_t least;       /* return when so many bytes are there */
    uint64_t first_ns;  /* patience for the first byte, */
    uint64_t next_ns;   /* and between two; FOREVER: none */
};

static struct read_plan plan_read(const struct tty_shared *tty, size_t n)
{
    const struct tty_termios *modes = &tty->termios;
    struct read_plan plan = { .canonical = modes->lflag & TTY_ICANON, .least = 1, .first_ns = FOREVER, .next_ns = FOREVER };
    if (plan.canonical)
        return plan;
    uint64_t time_ns = modes->cc[TTY_VTIME] * TENTH_NS;
    size_t minimum = modes->cc[TTY_VMIN];
    plan.least = minimum < n ? minimum : n;
    if (!minimum)
        plan.first_ns = time_ns;
    else if (time_ns)
        plan.next_ns = time_ns;
    return plan;
}

static uint64_t deadline_after(uint64_t patience_ns) { return patience_ns == FOREVER ? FOREVER : tty_now_ns() + patience_ns; }

/* Returns the bytes read, or -EAGAIN when there is nothing yet. `end` as copy_in. */
static size_t take_input(struct tty_shared *tty, uint8_t *to, size_t n, bool canonical, bool *end)
{
    session_lock_acquire(&tty->input_lock);
    skip_discarded(tty);
    uint32_t tail = tty->input.tail;
    size_t done = copy_in(tty, to, n, canonical, end);
    bool moved = tty->input.tail != tail;
    session_lock_release(&tty->input_lock);
    if (moved)
        room_made(tty);
    return done;
}

/* A program that died while it had the events to itself must not keep them from readers. */
static void mend_grab(struct tty_shared *tty)
{
    uint32_t owner = load(&tty->events_grab);
    if (owner && !tty_process_lives(owner))
        __atomic_compare_exchange_n(&tty->events_grab, &owner, 0, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED);
}

int64_t tty_read(void *to, size_t n, unsigned flags)
{
    struct tty_shared *tty = tty_pages();
    if (!tty)
        return -EIO;
    if (!n)
        return 0;
    size_t done = 0;
    uint64_t deadline_ns = deadline_after(plan_read(tty, n).first_ns);
    for (;;) {
        int result = wait_for_turn(tty, flags);
        if (result < 0)
            return done ? (int64_t)done : result;
        struct read_plan plan = plan_read(tty, n);
        uint32_t seen = load(&tty->input_seq);
        bool end, at_end = load(&tty->input_eof); /* read before the ring: nothing is written after it */
        size_t took = take_input(tty, (uint8_t *)to + done, n - done, plan.canonical, &end);
        done += took;
        if (end || at_end || (done && done >= plan.least) || (!plan.canonical && !plan.least && !plan.first_ns))
            return (int64_t)done;
        if (flags & TTY_NONBLOCK)
            return done ? (int64_t)done : -EAGAIN;
        mend_grab(tty);
        if (took)
            deadline_ns = deadline_after(plan.next_ns);
        result = wait_for_input(tty, seen, deadline_ns);
        if (result == -ETIMEDOUT)
            return (int64_t)done;
        if (result < 0)
            return done ? (int64_t)done : result;
    }
}

unsigned tty_poll(struct tty_poll_word *input, struct tty_poll_word *output)
{
    struct tty_shared *tty = tty_pages();
    if (!tty)
        return TTY_READABLE | TTY_WRITABLE;
    if (input)
        *input = (struct tty_poll_word){ &tty->input_seq, load(&tty->input_seq) };
    if (output)
        *output = (struct tty_poll_word){ &tty->output.tail, load(&tty->output.tail) };
    bool fresh = (int32_t)(load(&tty->input.head) - load(&tty->input_discard)) > 0;
    unsigned ready = (fresh && !input_empty(tty)) || load(&tty->input_eof) ? TTY_READABLE : 0;
    return ready | (output_room(tty) >= 2 ? TTY_WRITABLE : 0);
}

/* ---- Flushing ---- */

static void flush_input(struct tty_shared *tty)
{
    session_lock_acquire(&tty->input_lock);
    while (!input_empty(tty))
        take_entry(tty);
    session_lock_release(&tty->input_lock);
    __atomic_add_fetch(&tty->flush_seq, 1, __ATOMIC_RELEASE);
    tty_call_console(tty);
}

static void flush_output(struct tty_shared *tty)
{
    session_lock_acquire(&tty->output_lock);
    store(&tty->output_discard, tty->output.head);
    __atomic_add_fetch(&tty->output_flush_seq, 1, __ATOMIC_RELEASE);
    session_lock_release(&tty->output_lock);
    tty_call_console(tty);
}

int tty_flush(unsigned queue)
{
    struct tty_shared *tty = tty_pages();
    if (!tty)
        return -ENOTTY;
    if (queue > TTY_FLUSH_BOTH)
        return -EINVAL;
    if (queue != TTY_FLUSH_OUTPUT)
        flush_input(tty);
    if (queue != TTY_FLUSH_INPUT)
        flush_output(tty);
    return 0;
}
