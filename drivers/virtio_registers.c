/* SPDX-License-Identifier: MIT
 *
 * virtio_registers.c: see virtio_registers.h.
 */
#include "virtio_registers.h"

#include "io.h"

uint64_t virtio_features_read(struct virtio *device, uint32_t select, uint32_t half)
{
    mmio_write32(device->registers, select, 0);
    uint64_t low = mmio_read32(device->registers, half);
    mmio_write32(device->registers, select, 1);
    return low | (uint64_t)mmio_read32(device->registers, half) << 32;
}

void virtio_features_write(struct virtio *device, uint32_t select, uint32_t half, uint64_t features)
{
    for (uint32_t i = 0; i < 2; i++) {
        mmio_write32(device->registers, select, i);
        mmio_write32(device->registers, half, (uint32_t)(features >> 32 * i));
    }
}

void virtio_write64(struct virtio *device, uint32_t offset, uint64_t value)
{
    mmio_write32(device->registers, offset, (uint32_t)value);
    mmio_write32(device->registers, offset + 4, (uint32_t)(value >> 32));
}
