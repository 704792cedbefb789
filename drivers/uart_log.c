/* SPDX-License-Identifier: MIT
 *
 * uart_log.c: see uart_log.h. Ring 0. The FIFOs are left alone: switching them would lose input that waits for the console.
 * Source: National Semiconductor PC16550D data sheet §8.
 */
#include "uart_log.h"

#include "io.h"

enum { DATA, INTERRUPT_ENABLE, LINE_CONTROL = 3, MODEM_CONTROL, LINE_STATUS, SCRATCH = 7 }; /* registers */
enum { LINE_8N1 = 3, LINE_DIVISOR = 0x80, MODEM_DTR_RTS = 3, STATUS_EMPTY = 0x20, DIVISOR_115200 = 1 };
enum { POLLS_MAX = 100000 };

static bool answers(uint16_t port)
{
    port_write8(port + SCRATCH, 0x5a);
    if (port_read8(port + SCRATCH) != 0x5a)
        return false;
    port_write8(port + SCRATCH, 0xa5);
    return port_read8(port + SCRATCH) == 0xa5;
}

bool uart_log_init(uint16_t port)
{
    if (!answers(port))
        return false;
    port_write8(port + INTERRUPT_ENABLE, 0);
    port_write8(port + LINE_CONTROL, LINE_DIVISOR);
    port_write8(port + DATA, DIVISOR_115200);
    port_write8(port + INTERRUPT_ENABLE, 0); /* divisor, high byte */
    port_write8(port + LINE_CONTROL, LINE_8N1);
    port_write8(port + MODEM_CONTROL, MODEM_DTR_RTS);
    return true;
}

static bool put(uint16_t port, uint8_t byte)
{
    for (unsigned i = 0; i < POLLS_MAX; i++)
        if (port_read8(port + LINE_STATUS) & STATUS_EMPTY) {
            port_write8(port + DATA, byte);
            return true;
        }
    return false;
}

void uart_log_write(uint16_t port, const char *text, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (text[i] == '\n' && !put(port, '\r'))
            return;
        if (!put(port, (uint8_t)text[i]))
            return;
    }
}
