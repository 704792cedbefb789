/* SPDX-License-Identifier: MIT
 *
 * fake_ports.h: I/O ports for tests of ring-0 drivers (io.h): a hook of the test plays the device. Reading where nothing
 * is gives ones, as on a PC. Layer: tests.
 */
#ifndef TESTS_FAKE_PORTS_H
#define TESTS_FAKE_PORTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "io.h"

/* Takes an access of `width` bytes; of a read it sets *value, or leaves it alone. */
static void (*fake_port_hook)(uint16_t port, unsigned width, bool write, uint32_t *value);

static uint32_t fake_port_read(uint16_t port, unsigned width)
{
    uint32_t value = ~0u >> (32 - 8 * width);
    if (fake_port_hook)
        fake_port_hook(port, width, false, &value);
    return value;
}

static void fake_port_write(uint16_t port, unsigned width, uint32_t value)
{
    if (fake_port_hook)
        fake_port_hook(port, width, true, &value);
}

uint8_t port_read8(uint16_t port) { return (uint8_t)fake_port_read(port, 1); }
uint16_t port_read16(uint16_t port) { return (uint16_t)fake_port_read(port, 2); }
uint32_t port_read32(uint16_t port) { return fake_port_read(port, 4); }
void port_write8(uint16_t port, uint8_t value) { fake_port_write(port, 1, value); }
void port_write16(uint16_t port, uint16_t value) { fake_port_write(port, 2, value); }
void port_write32(uint16_t port, uint32_t value) { fake_port_write(port, 4, value); }

#endif
