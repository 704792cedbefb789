/* SPDX-License-Identifier: MIT
 *
 * virtio_mmio_ops.c: virtio over memory-mapped registers (virtio.h): version 2, and version 1 of before 1.0, which is what
 * QEMU's microvm has (virtio 1.2 §4.2.2, §4.2.4). Ring 0. The places come from virtio_mmio.c.
 */
#include "io.h"
#include "virtio.h"
#include "virtio_registers.h"
#include "x86/kpaging.h"

enum {
    VERSION = 0x004, FEATURES = 0x010, FEATURES_SELECT = 0x014, ACCEPTED = 0x020, ACCEPTED_SELECT = 0x024,
    PAGE_SIZE = 0x028, QUEUE_SELECT = 0x030, QUEUE_MAX = 0x034, QUEUE_SIZE = 0x038, QUEUE_ALIGN = 0x03c, QUEUE_PFN = 0x040,
    QUEUE_READY = 0x044, QUEUE_NOTIFY = 0x050, INTERRUPT_STATUS = 0x060, INTERRUPT_ACK = 0x064, STATUS = 0x070,
    QUEUE_DESCRIPTORS = 0x080, QUEUE_AVAILABLE = 0x090, QUEUE_USED = 0x0a0, REGISTERS_BYTES = 0x100,
};

static uint32_t status(struct virtio *device)
{
    return mmio_read32(device->registers, STATUS);
}

static void status_set(struct virtio *device, uint32_t value)
{
    mmio_write32(device->registers, STATUS, value);
}

static uint64_t offered(struct virtio *device)
{
    return virtio_features_read(device, FEATURES_SELECT, FEATURES);
}

static void accept(struct virtio *device, uint64_t accepted)
{
    virtio_features_write(device, ACCEPTED_SELECT, ACCEPTED, accepted);
}

static uint32_t queue_max(struct virtio *device)
{
    mmio_write32(device->registers, QUEUE_SELECT, 0);
    return mmio_read32(device->registers, QUEUE_MAX);
}

static void queue_set(struct virtio *device, uint32_t size, paddr_t descriptors, paddr_t available, paddr_t used)
{
    mmio_write32(device->registers, QUEUE_SELECT, 0);
    mmio_write32(device->registers, QUEUE_SIZE, size);
    if (device->legacy) { /* the other two follow from the first, the size and the alignment */
        mmio_write32(device->registers, PAGE_SIZE, EXO_PAGE_BYTES);
        mmio_write32(device->registers, QUEUE_ALIGN, EXO_PAGE_BYTES);
        mmio_write32(device->registers, QUEUE_PFN, (uint32_t)(descriptors >> EXO_PAGE_BITS));
        return;
    }
    virtio_write64(device, QUEUE_DESCRIPTORS, descriptors);
    virtio_write64(device, QUEUE_AVAILABLE, available);
    virtio_write64(device, QUEUE_USED, used);
    mmio_write32(device->registers, QUEUE_READY, 1);
}

static void notify(struct virtio *device)
{
    mmio_write32(device->registers, QUEUE_NOTIFY, 0);
}

static uint32_t interrupts(struct virtio *device)
{
    uint32_t bits = mmio_read32(device->registers, INTERRUPT_STATUS);
    mmio_write32(device->registers, INTERRUPT_ACK, bits);
    return bits;
}

static const struct virtio_ops ops = {status, status_set, offered, accept, queue_max, queue_set, notify, interrupts};

bool virtio_mmio_open(struct virtio *device, const struct exo_device *entry)
{
    if (entry->bus != EXO_DEV_VIRTIO_MMIO || entry->range[0].bytes < REGISTERS_BYTES)
        return false;
    *device = (struct virtio){.ops = &ops, .registers = mmio_map(entry->range[0].base, REGISTERS_BYTES)};
    uint32_t version = mmio_read32(device->registers, VERSION);
    device->legacy = version == 1;
    return version == 1 || version == 2;
}
