/* SPDX-License-Identifier: MIT
 *
 * tty_control.c: settings, size, foreground and signals of the terminal. See tty.h.
 */
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "dev/tty.h"
#include "dev/tty_requests.h"

#define FOREVER (~0ull)

int tty_get_termios(struct tty_termios *termios)
{
    struct tty_shared *tty = tty_pages();
    if (!tty)
        return -ENOTTY;
    session_lock_acquire(&tty->settings_lock);
    *termios = tty->termios;
    session_lock_release(&tty->settings_lock);
    return 0;
}

int tty_set_termios(const struct tty_termios *termios, unsigned when)
{
    struct tty_shared *tty = tty_pages();
    if (!tty)
        return -ENOTTY;
    if (when > TTY_FLUSH)
        return -EINVAL;
    int result = when == TTY_NOW ? 0 : tty_drain(FOREVER);
    if (result < 0)
        return result;
    session_lock_acquire(&tty->settings_lock);
    tty->termios = *termios;
    __atomic_add_fetch(&tty->settings_seq, 1, __ATOMIC_RELEASE);
    session_lock_release(&tty->settings_lock);
    if (when == TTY_FLUSH)
        return tty_flush(TTY_FLUSH_INPUT);
    tty_call_console(tty);
    return 0;
}

int tty_get_window(struct tty_window *window)
{
    struct tty_shared *tty = tty_pages();
    if (!tty)
        return -ENOTTY;
    *window = tty->window;
    return 0;
}

int tty_set_window(const struct tty_window *window)
{
    struct tty_shared *tty = tty_pages();
    if (!tty)
        return -ENOTTY;
    session_lock_acquire(&tty->settings_lock);
    bool differs = memcmp(&tty->window, window, sizeof *window) != 0;
    tty->window = *window;
    session_lock_release(&tty->settings_lock);
    if (!differs)
        return 0;
    __atomic_store_n(&tty->signal_target, tty->foreground, __ATOMIC_RELEASE);
    __atomic_store_n(&tty->signal_ns[TTY_SIGNAL_WINDOW], tty_now_ns(), __ATOMIC_RELEASE);
    __atomic_add_fetch(&tty->signal_count[TTY_SIGNAL_WINDOW], 1, __ATOMIC_RELEASE);
    __atomic_add_fetch(&tty->signal_seq, 1, __ATOMIC_RELEASE);
    session_wake(&tty->signal_seq);
    return 0;
}

/* ---- Foreground and signals ---- */

int tty_set_foreground(uint32_t group)
{
    struct tty_shared *tty = tty_pages();
    if (!tty)
        return -ENOTTY;
    if (__atomic_exchange_n(&tty->foreground, group, __ATOMIC_ACQ_REL) == group)
        return 0;
    __atomic_store_n(&tty->events_grab, 0, __ATOMIC_RELEASE);
    session_wake(&tty->foreground);
    return 0;
}

int tty_foreground(void)
{
    struct tty_shared *tty = tty_pages();
    return tty ? (int)__atomic_load_n(&tty->foreground, __ATOMIC_ACQUIRE) : -ENOTTY;
}

const uint32_t *tty_signal_word(void)
{
    struct tty_shared *tty = tty_pages();
    return tty ? &tty->signal_seq : NULL;
}

static uint32_t signals_seen[TTY_SIGNALS];

int tty_begin_signals(uint64_t since_ns)
{
    struct tty_shared *tty = tty_pages();
    int any = 0;
    for (unsigned kind = 0; tty && kind < TTY_SIGNALS; kind++) {
        uint32_t count = __atomic_load_n(&tty->signal_count[kind], __ATOMIC_ACQUIRE);
        bool fresh = count && __atomic_load_n(&tty->signal_ns[kind], __ATOMIC_ACQUIRE) >= since_ns;
        signals_seen[kind] = fresh ? count - 1 : count;
        any |= fresh;
    }
    return any;
}

unsigned tty_take_signals(uint32_t group)
{
    struct tty_shared *tty = tty_pages();
    if (!tty)
        return 0;
    unsigned kinds = 0;
    for (unsigned kind = 0; kind < TTY_SIGNALS; kind++) {
        uint32_t count = __atomic_load_n(&tty->signal_count[kind], __ATOMIC_ACQUIRE);
        if (count != signals_seen[kind])
            kinds |= 1u << kind;
        signals_seen[kind] = count;
    }
    uint32_t target = __atomic_load_n(&tty->signal_target, __ATOMIC_ACQUIRE);
    return target && target != group ? 0 : kinds;
}

/* ---- ioctl ---- */

static int set_termios(unsigned when, const void *argument)
{
    struct tty_termios termios;
    memcpy(&termios, argument, sizeof termios);
    return tty_set_termios(&termios, when);
}

static int count_bytes(bool input, int *count)
{
    const struct tty_shared *tty = tty_pages();
    if (!tty)
        return -ENOTTY;
    const struct tty_ring *ring = input ? &tty->input : &tty->output;
    uint32_t tail = __atomic_load_n(&ring->tail, __ATOMIC_ACQUIRE);
    *count = (int)(__atomic_load_n(&ring->head, __ATOMIC_ACQUIRE) - tail);
    return 0;
}

static int get_foreground(int *group)
{
    int result = tty_foreground();
    if (result < 0)
        return result;
    *group = result;
    return 0;
}

int tty_ioctl(unsigned long request, void *argument)
{
    switch (request) {
    case TTY_REQUEST_GET: return tty_is_terminal() ? tty_get_termios(argument) : -ENOTTY;
    case TTY_REQUEST_SET: return set_termios(TTY_NOW, argument);
    case TTY_REQUEST_SET_DRAIN: return set_termios(TTY_DRAIN, argument);
    case TTY_REQUEST_SET_FLUSH: return set_termios(TTY_FLUSH, argument);
    case TTY_REQUEST_DRAIN: return tty_drain(FOREVER);
    case TTY_REQUEST_FLUSH: return tty_flush((unsigned)(uintptr_t)argument);
    case TTY_REQUEST_GET_WINDOW: return tty_is_terminal() ? tty_get_window(argument) : -ENOTTY;
    case TTY_REQUEST_SET_WINDOW: return tty_set_window(argument);
    case TTY_REQUEST_GET_GROUP: return get_foreground(argument);
    case TTY_REQUEST_SET_GROUP: return tty_set_foreground(*(const uint32_t *)argument);
    case TTY_REQUEST_INPUT_BYTES: return count_bytes(true, argument);
    case TTY_REQUEST_OUTPUT_BYTES: return count_bytes(false, argument);
    default: return -ENOTTY;
    }
}
