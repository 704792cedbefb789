/* SPDX-License-Identifier: MIT
 *
 * port_io.c: the machine's own I/O ports. Layer: drivers of ring 3.
 */
#include "port_io.h"

static uint8_t machine_read(const struct port_io *io, uint16_t port)
{
    uint8_t value;
    (void)io;
    __asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port) : "memory");
    return value;
}

static void machine_write(const struct port_io *io, uint16_t port, uint8_t value)
{
    (void)io;
    __asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port) : "memory");
}

const struct port_io port_io_machine = { machine_read, machine_write, 0 };
