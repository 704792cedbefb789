/* SPDX-License-Identifier: MIT
 *
 * virtio_pci.c: virtio over PCI (virtio.h): the structures of 1.0, found through vendor-specific capabilities (virtio 1.2
 * §4.1.4). Ring 0. Devices that have only the port registers of before 1.0 are not driven.
 */
#include "io.h"
#include "pci.h"
#include "pci_names.h"
#include "virtio.h"
#include "virtio_registers.h"
#include "x86/kpaging.h"

enum { COMMAND = 0x04, BAR_FIRST = 0x10, CAPABILITIES = 0x34 };
enum { COMMAND_MEMORY = 2, COMMAND_MASTER = 4, COMMAND_NO_INTX = 0x400, STATUS_CAPABILITIES = 1 << 20 };
enum { CAPABILITY_VENDOR = 9, CAPABILITIES_MAX = 48, CONFIG_COMMON = 1, CONFIG_NOTIFY = 2, CONFIG_ISR = 3 };
enum { BARS = 6, BAR_PORTS = 1, BAR_TYPE = 6, BAR_64 = 4 };

/* struct virtio_pci_common_cfg, §4.1.4.3 */
enum {
    FEATURES_SELECT = 0, FEATURES = 4, ACCEPTED_SELECT = 8, ACCEPTED = 12, STATUS = 20, QUEUE_SELECT = 22, QUEUE_SIZE = 24,
    QUEUE_ENABLE = 28, QUEUE_NOTIFY = 30, QUEUE_DESCRIPTORS = 32, QUEUE_AVAILABLE = 40, QUEUE_USED = 48, COMMON_BYTES = 56,
};

static uint32_t status(struct virtio *device)
{
    return mmio_read8(device->registers, STATUS);
}

static void status_set(struct virtio *device, uint32_t value)
{
    mmio_write8(device->registers, STATUS, (uint8_t)value);
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
    mmio_write16(device->registers, QUEUE_SELECT, 0);
    return mmio_read16(device->registers, QUEUE_SIZE);
}

static void queue_set(struct virtio *device, uint32_t size, paddr_t descriptors, paddr_t available, paddr_t used)
{
    mmio_write16(device->registers, QUEUE_SIZE, (uint16_t)size);
    virtio_write64(device, QUEUE_DESCRIPTORS, descriptors);
    virtio_write64(device, QUEUE_AVAILABLE, available);
    virtio_write64(device, QUEUE_USED, used);
    mmio_write16(device->registers, QUEUE_ENABLE, 1);
}

static void notify(struct virtio *device)
{
    mmio_write16(device->doorbell, 0, 0);
}

static uint32_t interrupts(struct virtio *device)
{
    return mmio_read8(device->isr, 0);
}

static const struct virtio_ops ops = {status, status_set, offered, accept, queue_max, queue_set, notify, interrupts};

/* Where a memory BAR lies, or 0. */
static uint64_t bar_base(uint32_t address, unsigned bar)
{
    if (bar >= BARS)
        return 0;
    uint32_t low = pci_read(address, BAR_FIRST + 4 * bar);
    if (low & BAR_PORTS)
        return 0;
    uint64_t high = (low & BAR_TYPE) == BAR_64 && bar + 1 < BARS ? pci_read(address, BAR_FIRST + 4 * bar + 4) : 0;
    return (low & ~15u) | high << 32;
}

/* A capability: which structure (its type in bits 31 to 24 of its first word), in which BAR, from where, how long. */
struct place {
    uint64_t base;
    uint32_t bytes;
    uint32_t extra; /* NOTIFY: multiplier */
};

static bool find(uint32_t address, uint32_t type, struct place *place)
{
    uint32_t at = pci_read(address, CAPABILITIES) & 0xfc;
    for (unsigned i = 0; at && i < CAPABILITIES_MAX; i++) {
        uint32_t head = pci_read(address, at);
        if ((head & 0xff) == CAPABILITY_VENDOR && head >> 24 == type && at <= 0xe8) {
            uint64_t base = bar_base(address, pci_read(address, at + 4) & 0xff);
            place->base = base + pci_read(address, at + 8);
            place->bytes = pci_read(address, at + 12);
            place->extra = pci_read(address, at + 16);
            return base != 0;
        }
        at = head >> 8 & 0xfc;
    }
    return false;
}

bool virtio_pci_open(struct virtio *device, const struct exo_device *entry)
{
    struct place common, doorbell, isr;
    if (entry->bus != EXO_DEV_PCI || entry->vendor != VIRTIO_VENDOR)
        return false;
    uint32_t command = pci_read(entry->address, COMMAND);
    if (!(command & STATUS_CAPABILITIES))
        return false;
    if (!find(entry->address, CONFIG_COMMON, &common) || !find(entry->address, CONFIG_NOTIFY, &doorbell) ||
        !find(entry->address, CONFIG_ISR, &isr) || common.bytes < COMMON_BYTES || isr.bytes < 1)
        return false;
    command = (command & 0xffff & ~(uint32_t)COMMAND_NO_INTX) | COMMAND_MEMORY | COMMAND_MASTER;
    pci_write(entry->address, COMMAND, command);
    *device = (struct virtio){.ops = &ops, .registers = mmio_map(common.base, COMMON_BYTES), .isr = mmio_map(isr.base, 1)};
    mmio_write16(device->registers, QUEUE_SELECT, 0);
    uint64_t offset = (uint64_t)mmio_read16(device->registers, QUEUE_NOTIFY) * doorbell.extra;
    if (offset + 2 > doorbell.bytes)
        return false;
    device->doorbell = mmio_map(doorbell.base + offset, 2);
    return true;
}
