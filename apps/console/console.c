/* SPDX-License-Identifier: MIT
 *
 * console.c: start, and one turn of the console's loop. See console.h.
 */
#include "console.h"

void console_bump(struct console *c, uint32_t *word)
{
    __atomic_add_fetch(word, 1, __ATOMIC_SEQ_CST);
    c->system->wake(word);
}

/* Reports of the emulator go back as input, if it is this terminal that the person uses: a terminal at the other end of
 * the serial line answers for itself. */
static void answer(void *context, const char *text, size_t n)
{
    struct console *c = context;
    if (c->source == CONSOLE_FROM_KEYBOARD && !c->bytes)
        console_typed(c, (const uint8_t *)text, n);
}

static void init_screen(struct console *c, struct display_cell *cells)
{
    struct tty_window *window = &c->tty->window;
    window->rows = (uint16_t)c->screen->display->rows;
    window->columns = (uint16_t)c->screen->display->columns;
    vt_init(&c->vt, window->rows, window->columns, cells);
    c->vt.answer = answer;
    c->vt.context = c;
    screen_refresh(c->screen, &c->vt);
}

bool console_init(struct console *c, const struct console_system *system, struct tty_shared *tty, struct uart *uart,
                  struct i8042 *ps2, struct screen *screen, struct display_cell *cells)
{
    if (tty->magic != TTY_MAGIC || tty->version != TTY_VERSION)
        return false;
    *c = (struct console){ .system = system, .tty = tty, .uart = uart, .ps2 = ps2, .screen = screen };
    c->bytes = tty->mode == TTY_MODE_BYTES;
    c->receiving = true;
    c->source = uart && !ps2 ? CONSOLE_FROM_UART : CONSOLE_FROM_KEYBOARD;
    c->output_tail = tty->output.tail;
    c->output_done = tty->output_done;
    c->output_flush_seq = tty->output_flush_seq;
    console_input_init(c);
    if (screen)
        init_screen(c, cells);
    if (ps2)
        c->mouse.wheel = ps2->wheel;
    tty->console_sleeps = 0;
    console_bump(c, &tty->generation);
    return true;
}

/* Acknowledged before the device is looked at: its line then falls when there is nothing left, and the next rise is seen. */
static void acknowledge(struct console *c, const uint32_t *irq_count)
{
    for (unsigned i = 0; i < CONSOLE_IRQS; i++) {
        uint32_t count = __atomic_load_n(&irq_count[i], __ATOMIC_ACQUIRE);
        if (count == c->irq_seen[i])
            continue;
        c->irq_seen[i] = count;
        c->system->irq_ack(i);
    }
}

static bool pump(struct console *c)
{
    return c->uart && uart_pump(c->uart, UART_QUEUE_BYTES / 8) > 0;
}

bool console_step(struct console *c, const uint32_t irq_count[CONSOLE_IRQS])
{
    acknowledge(c, irq_count);
    console_settings(c);
    bool busy = console_keyboard(c);
    busy |= console_receive(c);
    busy |= console_deliver(c);
    console_wake_readers(c, busy);
    bool more = console_drain(c);
    more |= pump(c);
    console_account(c);
    console_refresh(c, more);
    return busy || more;
}
