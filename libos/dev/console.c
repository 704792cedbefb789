/* SPDX-License-Identifier: MIT
 *
 * console.c: keys, mouse and characters without a terminal: exo/console.h over the terminal pages. Layer: libos/dev.
 */
#include "exo/console.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "dev/tty.h"

_Static_assert(sizeof(struct console_key) == sizeof(struct tty_key_event), "a key event is handed out as it is");
_Static_assert(sizeof(struct console_mouse) == sizeof(struct tty_mouse_event), "and a mouse event");

int console_grab(int on)
{
    struct tty_shared *tty = tty_pages();
    if (!tty)
        return -ENOTTY;
    session_lock_acquire(&tty->events_lock);
    if (on) {
        __atomic_store_n(&tty->keys.tail, __atomic_load_n(&tty->keys.head, __ATOMIC_ACQUIRE), __ATOMIC_RELEASE);
        __atomic_store_n(&tty->mouse.tail, __atomic_load_n(&tty->mouse.head, __ATOMIC_ACQUIRE), __ATOMIC_RELEASE);
    }
    __atomic_store_n(&tty->events_grab, on ? tty_own_process() : 0, __ATOMIC_RELEASE);
    session_lock_release(&tty->events_lock);
    tty_call_console(tty);
    return 0;
}

/* Takes an event of `bytes` bytes off a ring. */
static bool take(struct tty_shared *tty, struct tty_ring *ring, const void *entries, uint32_t count, void *to, size_t bytes)
{
    session_lock_acquire(&tty->events_lock);
    uint32_t tail = ring->tail;
    bool any = __atomic_load_n(&ring->head, __ATOMIC_ACQUIRE) != tail;
    if (any) {
        memcpy(to, (const char *)entries + tail % count * bytes, bytes);
        __atomic_store_n(&ring->tail, tail + 1, __ATOMIC_RELEASE);
    }
    session_lock_release(&tty->events_lock);
    return any;
}

static int take_or_wait(struct tty_ring *ring, const void *entries, uint32_t count, void *to, size_t bytes, int timeout_ms)
{
    struct tty_shared *tty = tty_pages();
    uint64_t deadline_ns = timeout_ms < 0 ? ~0ull : tty_now_ns() + (uint64_t)timeout_ms * 1000000u;
    for (;;) {
        uint32_t seen = __atomic_load_n(&tty->events_seq, __ATOMIC_ACQUIRE);
        if (take(tty, ring, entries, count, to, bytes))
            return 1;
        int result = timeout_ms ? session_wait(&tty->events_seq, seen, deadline_ns, WAIT_READ) : -ETIMEDOUT;
        if (result < 0)
            return result == -ETIMEDOUT ? 0 : result;
    }
}

int getkey(struct console_key *key, int timeout_ms)
{
    struct tty_shared *tty = tty_pages();
    if (!tty)
        return -ENOTTY;
    return take_or_wait(&tty->keys, tty->key_ring, TTY_KEY_ENTRIES, key, sizeof *key, timeout_ms);
}

int console_mouse(struct console_mouse *event, int timeout_ms)
{
    struct tty_shared *tty = tty_pages();
    if (!tty)
        return -ENOTTY;
    return take_or_wait(&tty->mouse, tty->mouse_ring, TTY_MOUSE_ENTRIES, event, sizeof *event, timeout_ms);
}

static size_t encode(uint32_t unicode, uint8_t bytes[4])
{
    if (unicode < 0x80) {
        bytes[0] = (uint8_t)unicode;
        return 1;
    }
    size_t length = unicode < 0x800 ? 2 : unicode < 0x10000 ? 3 : 4;
    static const uint8_t first[] = { 0, 0, 0xc0, 0xe0, 0xf0 };
    for (size_t i = length - 1; i > 0; i--, unicode >>= 6)
        bytes[i] = 0x80 | (unicode & 0x3f);
    bytes[0] = (uint8_t)(first[length] | unicode);
    return length;
}

int console_putchar(uint32_t unicode)
{
    if (!tty_pages())
        return -ENOTTY;
    uint8_t bytes[4];
    int64_t result = tty_write(bytes, encode(unicode > 0x10ffff ? 0xfffd : unicode, bytes), 0);
    return result < 0 ? (int)result : 0;
}

int console_size(int *rows, int *columns)
{
    struct tty_window window;
    int result = tty_get_window(&window);
    if (result < 0)
        return result;
    *rows = window.rows;
    *columns = window.columns;
    return 0;
}
