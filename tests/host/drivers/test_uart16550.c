// link: drivers/uart16550.c
/* SPDX-License-Identifier: MIT
 *
 * test_uart16550.c: the serial driver against a fake port with FIFOs: what it loses, what it sends, when it interrupts.
 */
#include "../harness.h"

#include <stdint.h>
#include <stdlib.h>

#include "drivers/uart16550.h"

/* Takes `takes` bytes at once out of its transmit FIFO, then is busy until fake_ready. */
struct fake {
    uint8_t scratch, ier, lcr, mcr, fcr, divisor;
    uint8_t receive[64];
    unsigned received, read;
    uint8_t sent[70000];
    unsigned sends, in_fifo, writes_when_full;
    bool absent, busy, overrun, breaks;
};

static void enable_fifo(struct fake *f, uint8_t value)
{
    if ((value ^ f->fcr) & 1)
        f->read = f->received; /* what switching the FIFO does */
    f->fcr = value;
}

static uint8_t fake_read(const struct port_io *io, uint16_t port)
{
    struct fake *f = io->device;
    if (f->absent)
        return 0xff;
    switch (port - UART_COM1) {
    case 0: return f->read < f->received ? f->receive[f->read++] : 0;
    case 1: return f->ier;
    case 5: {
        uint8_t status = (f->read < f->received) | (f->in_fifo ? 0 : 0x20) | (f->in_fifo || f->busy ? 0 : 0x40);
        status |= f->overrun ? 2 : 0;
        status |= f->breaks ? 0x10 : 0;
        f->overrun = f->breaks = false;
        return status;
    }
    case 7: return f->scratch;
    default: return 0;
    }
}

static void fake_write(const struct port_io *io, uint16_t port, uint8_t value)
{
    struct fake *f = io->device;
    switch (port - UART_COM1) {
    case 0:
        if (f->lcr & 0x80) {
            f->divisor = value;
            break;
        }
        f->sent[f->sends++] = value;
        if (f->busy)
            f->in_fifo++;
        f->writes_when_full += f->in_fifo > 16;
        break;
    case 1: f->ier = value; break;
    case 2: enable_fifo(f, value); break;
    case 3: f->lcr = value; break;
    case 4: f->mcr = value; break;
    case 7: f->scratch = value; break;
    default: CHECK(!"a register that is not to be written");
    }
}

static struct fake fake;
static const struct port_io io = { fake_read, fake_write, &fake };
static struct uart uart;

static void type(const char *text)
{
    while (*text)
        fake.receive[fake.received++] = (uint8_t)*text++;
}

static void start(void)
{
    fake = (struct fake){ 0 };
    CHECK(uart_init(&uart, &io, UART_COM1));
}

TEST(nothing_there)
{
    fake = (struct fake){ .absent = true };
    CHECK(!uart_init(&uart, &io, UART_COM1));
}

TEST(settings)
{
    start();
    CHECK_EQ(fake.divisor, 1);
    CHECK_EQ(fake.lcr, 3);
    CHECK_EQ(fake.fcr & 1, 1);
    CHECK_EQ(fake.ier, 1);
    CHECK_EQ(fake.mcr & 8, 8);
}

TEST(input_that_came_before_is_kept)
{
    fake = (struct fake){ 0 };
    type("early");
    CHECK(uart_init(&uart, &io, UART_COM1));
    type(" late");
    char text[16] = "";
    CHECK_EQ(uart_receive(&uart, (uint8_t *)text, 3), 3);
    CHECK_EQ(uart_receive(&uart, (uint8_t *)text + 3, sizeof text - 4), 7);
    CHECK_STR(text, "early late");
    CHECK_EQ(uart_receive(&uart, (uint8_t *)text, 4), 0);
}

TEST(reads_no_more_than_asked)
{
    start();
    type("abcdef");
    uint8_t two[2];
    CHECK_EQ(uart_receive(&uart, two, 2), 2);
    CHECK_EQ(fake.read, 2);
    CHECK_EQ(uart_receive(&uart, two, 0), 0);
    CHECK_EQ(fake.read, 2);
}

TEST(breaks_and_overruns_are_counted)
{
    start();
    type("ab");
    fake.overrun = true;
    uint8_t bytes[4];
    CHECK_EQ(uart_receive(&uart, bytes, 4), 2);
    CHECK_EQ(uart.overruns, 1);
    type("xc");
    fake.breaks = true;
    CHECK_EQ(uart_receive(&uart, bytes, 4), 1);
    CHECK_EQ(bytes[0], 'c');
    CHECK_EQ(uart.breaks, 1);
}

TEST(sends_all_when_the_port_is_fast)
{
    start();
    for (unsigned i = 0; i < UART_QUEUE_BYTES; i++) {
        uint8_t byte = (uint8_t)(i * 7);
        uart_queue(&uart, &byte, 1);
    }
    CHECK_EQ(uart_room(&uart), 0);
    CHECK(!uart_drained(&uart));
    CHECK_EQ(uart_pump(&uart, 64), 64);
    CHECK_EQ(fake.ier, 3);
    CHECK_EQ(uart_pump(&uart, ~(size_t)0), UART_QUEUE_BYTES - 64);
    CHECK_EQ(fake.ier, 1);
    CHECK_EQ(fake.sends, UART_QUEUE_BYTES);
    bool same = true;
    for (unsigned i = 0; i < fake.sends; i++)
        same &= fake.sent[i] == (uint8_t)(i * 7);
    CHECK(same);
    CHECK(uart_drained(&uart));
}

TEST(a_busy_port_gets_a_fifo_at_a_time)
{
    start();
    fake.busy = true;
    uint8_t text[100];
    memset(text, 'x', sizeof text);
    uart_queue(&uart, text, sizeof text);
    unsigned turns = 0;
    while (uart.head != uart.tail && turns++ < 20) {
        CHECK(uart_pump(&uart, 1000) <= 16);
        CHECK_EQ(uart_pump(&uart, 1000), 0);
        CHECK_EQ(fake.ier, uart.head != uart.tail ? 3 : 1);
        fake.in_fifo = 0;
    }
    CHECK_EQ(fake.sends, 100);
    CHECK_EQ(fake.writes_when_full, 0);
    CHECK(!uart_drained(&uart));
    fake.busy = false;
    CHECK(uart_drained(&uart));
}

TEST(receive_interrupt_can_be_off)
{
    start();
    uart_receive_interrupt(&uart, false);
    CHECK_EQ(fake.ier, 0);
    uart_pump(&uart, 1);
    CHECK_EQ(fake.ier, 0);
    uart_receive_interrupt(&uart, true);
    CHECK_EQ(fake.ier, 1);
}
