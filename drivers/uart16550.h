/* SPDX-License-Identifier: MIT
 *
 * uart16550.h: the 16550A serial port, driven from ring 3. (The kernel's log has a polled writer of its own.)
 *
 * Layer: drivers, ring 3; used by one thread. Interrupt lines of the ISA are edges: acknowledge the line first, then call
 * uart_receive and uart_pump until neither does anything, so that the line falls and its next rise is seen.
 * Nothing that already waits in the receive FIFO is lost by uart_init, also not when the console starts again.
 *
 * Sources: National Semiconductor PC16550D data sheet. Left out: modem control, parity, speeds other than 115200.
 */
#ifndef DRIVERS_UART16550_H
#define DRIVERS_UART16550_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "port_io.h"

#define UART_COM1 0x3f8
#define UART_PORTS 8

enum { UART_FIFO_BYTES = 16, UART_QUEUE_BYTES = 8192 };

struct uart {
    const struct port_io *io;
    uint16_t base;
    uint8_t enabled;                 /* interrupt enable register as last written */
    uint8_t early[UART_FIFO_BYTES];  /* bytes that waited when the driver started */
    uint8_t early_count, early_read;
    uint32_t head, tail;             /* transmit queue, free-running */
    uint32_t overruns;               /* received bytes that the hardware lost */
    uint32_t breaks;
    uint8_t queue[UART_QUEUE_BYTES];
};

/* Sets up the port at `base`: 115200 8N1, FIFOs on, receive interrupt on. Returns false if nothing answers there. */
bool uart_init(struct uart *uart, const struct port_io *io, uint16_t base);

/* Takes up to n received bytes. Returns how many. */
size_t uart_receive(struct uart *uart, uint8_t *bytes, size_t n);

/* Receive interrupts on or off: off while the reader has no room, and then the sender is held up by the full FIFO. */
void uart_receive_interrupt(struct uart *uart, bool on);

/* Room in the transmit queue. */
size_t uart_room(const struct uart *uart);

/* Puts bytes into the transmit queue; the caller asked uart_room. Sends nothing yet. */
void uart_queue(struct uart *uart, const uint8_t *bytes, size_t n);

/* Sends from the queue, a FIFO at a time, while the port takes it and at most `limit` bytes. When bytes are left the
 * transmit interrupt is on, else off. Returns how many bytes were sent. */
size_t uart_pump(struct uart *uart, size_t limit);

/* Has every byte left the port? */
bool uart_drained(const struct uart *uart);

#endif
