/* SPDX-License-Identifier: MIT
 *
 * uart16550.c: see uart16550.h. Ring 3.
 */
#include "uart16550.h"

enum { /* registers */
    UART_DATA = 0, /* divisor low while LCR_DIVISOR */
    UART_IER = 1,  /* divisor high while LCR_DIVISOR */
    UART_IIR = 2,  /* read */
    UART_FCR = 2,  /* write */
    UART_LCR = 3,
    UART_MCR = 4,
    UART_LSR = 5,
    UART_SCRATCH = 7,
};
enum { IER_RECEIVE = 1, IER_TRANSMIT = 2 };
enum { FCR_ENABLE = 0x01, FCR_TRIGGER_14 = 0xc0 };
enum { LCR_8N1 = 0x03, LCR_DIVISOR = 0x80 };
enum { MCR_DTR = 1, MCR_RTS = 2, MCR_OUT2 = 8 /* lets the interrupt out of a PC's port */ };
enum { LSR_DATA = 0x01, LSR_OVERRUN = 0x02, LSR_BREAK = 0x10, LSR_THR_EMPTY = 0x20, LSR_IDLE = 0x40 };

static uint8_t reg_read(const struct uart *uart, unsigned reg) { return port_read(uart->io, uart->base + reg); }

static void reg_write(const struct uart *uart, unsigned reg, uint8_t value)
{
    port_write(uart->io, uart->base + reg, value);
}

static void set_interrupts(struct uart *uart, uint8_t bits)
{
    if (bits != uart->enabled)
        reg_write(uart, UART_IER, bits);
    uart->enabled = bits;
}

/* Reads a received byte. Returns -1 if there is none; a break is counted and is no byte. */
static int receive_byte(struct uart *uart)
{
    for (;;) {
        uint8_t status = reg_read(uart, UART_LSR);
        if (!(status & LSR_DATA))
            return -1;
        if (status & LSR_OVERRUN)
            uart->overruns++;
        uint8_t byte = reg_read(uart, UART_DATA);
        if (!(status & LSR_BREAK))
            return byte;
        uart->breaks++;
    }
}

static bool answers(const struct uart *uart)
{
    reg_write(uart, UART_SCRATCH, 0x5a);
    if (reg_read(uart, UART_SCRATCH) != 0x5a)
        return false;
    reg_write(uart, UART_SCRATCH, 0xa5);
    return reg_read(uart, UART_SCRATCH) == 0xa5;
}

bool uart_init(struct uart *uart, const struct port_io *io, uint16_t base)
{
    *uart = (struct uart){ .io = io, .base = base };
    if (!answers(uart))
        return false;
    reg_write(uart, UART_IER, 0);
    /* Switching the FIFOs on empties them: save what is there first. */
    int byte;
    while (uart->early_count < UART_FIFO_BYTES && (byte = receive_byte(uart)) >= 0)
        uart->early[uart->early_count++] = (uint8_t)byte;
    reg_write(uart, UART_LCR, LCR_8N1 | LCR_DIVISOR);
    reg_write(uart, UART_DATA, 1);
    reg_write(uart, UART_IER, 0);
    reg_write(uart, UART_LCR, LCR_8N1);
    reg_write(uart, UART_FCR, FCR_ENABLE | FCR_TRIGGER_14);
    reg_write(uart, UART_MCR, MCR_DTR | MCR_RTS | MCR_OUT2);
    set_interrupts(uart, IER_RECEIVE);
    return true;
}

size_t uart_receive(struct uart *uart, uint8_t *bytes, size_t n)
{
    size_t count = 0;
    while (count < n && uart->early_read < uart->early_count)
        bytes[count++] = uart->early[uart->early_read++];
    int byte;
    while (count < n && (byte = receive_byte(uart)) >= 0)
        bytes[count++] = (uint8_t)byte;
    return count;
}

void uart_receive_interrupt(struct uart *uart, bool on)
{
    set_interrupts(uart, on ? uart->enabled | IER_RECEIVE : uart->enabled & (uint8_t)~IER_RECEIVE);
}

size_t uart_room(const struct uart *uart) { return UART_QUEUE_BYTES - (uart->head - uart->tail); }

void uart_queue(struct uart *uart, const uint8_t *bytes, size_t n)
{
    for (size_t i = 0; i < n; i++)
        uart->queue[uart->head++ % UART_QUEUE_BYTES] = bytes[i];
}

size_t uart_pump(struct uart *uart, size_t limit)
{
    size_t sent = 0;
    while (uart->tail != uart->head && sent < limit && (reg_read(uart, UART_LSR) & LSR_THR_EMPTY)) {
        for (unsigned i = 0; i < UART_FIFO_BYTES && uart->tail != uart->head; i++, sent++)
            reg_write(uart, UART_DATA, uart->queue[uart->tail++ % UART_QUEUE_BYTES]);
    }
    bool more = uart->tail != uart->head;
    set_interrupts(uart, more ? uart->enabled | IER_TRANSMIT : uart->enabled & (uint8_t)~IER_TRANSMIT);
    return sent;
}

bool uart_drained(const struct uart *uart)
{
    return uart->head == uart->tail && (reg_read(uart, UART_LSR) & LSR_IDLE);
}
