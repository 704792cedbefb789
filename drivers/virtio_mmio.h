/* SPDX-License-Identifier: MIT
 *
 * virtio_mmio.h: finds virtio devices that are not on a PCI bus. Their places are in ACPI's DSDT (acpi.h), or the loader
 * names them on the command line, as `virtio_mmio.device=512@0xfeb00e00:12` (bytes, address, interrupt). Ring 0 at boot.
 * Source: virtio 1.2 §4.2.
 */
#ifndef DRIVERS_VIRTIO_MMIO_H
#define DRIVERS_VIRTIO_MMIO_H

#include <stdbool.h>
#include <stdint.h>

struct virtio_place {
    uint64_t address, bytes;
    uint32_t irq;
};

/* Reads the n-th such word (from 0) of the command line. Returns 1; 0 if there are not so many; -1 if it makes no sense. */
int virtio_mmio_place(const char *cmdline, unsigned n, struct virtio_place *place);

/* Adds the device at a place to the device table; false if none answers in its (mapped) registers. */
enum { VIRTIO_MMIO_BYTES = 0x100 };
bool virtio_mmio_add(const struct virtio_place *place, const volatile void *registers);

#endif
