/* SPDX-License-Identifier: MIT
 *
 * port_io.h: I/O ports as an object, so that a driver runs on real ports and, in a host test, on a fake device.
 *
 * Layer: drivers of ring 3. The instructions work in an environment to which port_bind gave the ports; without that they
 * raise a general protection fault.
 */
#ifndef DRIVERS_PORT_IO_H
#define DRIVERS_PORT_IO_H

#include <stdint.h>

struct port_io {
    uint8_t (*read)(const struct port_io *io, uint16_t port);
    void (*write)(const struct port_io *io, uint16_t port, uint8_t value);
    void *device; /* a fake one's state */
};

static inline uint8_t port_read(const struct port_io *io, uint16_t port) { return io->read(io, port); }

static inline void port_write(const struct port_io *io, uint16_t port, uint8_t value) { io->write(io, port, value); }

/* The machine's own ports. */
extern const struct port_io port_io_machine;

#endif
