/* SPDX-License-Identifier: MIT
 *
 * virtio_registers.h: what the transports' registers have in common but for their places (virtio 1.2 §4.1.4.3, §4.2.2): a
 * set of features is read and written in halves that a selector chooses, and 64-bit fields are two of 32 bits. Ring 0.
 */
#ifndef DRIVERS_VIRTIO_REGISTERS_H
#define DRIVERS_VIRTIO_REGISTERS_H

#include "virtio.h"

/* Offsets in device->registers: `select` chooses which half stands at `half`. */
uint64_t virtio_features_read(struct virtio *device, uint32_t select, uint32_t half);
void virtio_features_write(struct virtio *device, uint32_t select, uint32_t half, uint64_t features);

/* In two halves also over PCI, as the specification asks for (§4.1.3.1). */
void virtio_write64(struct virtio *device, uint32_t offset, uint64_t value);

#endif
