// link: drivers/virtio.c drivers/virtio_mmio_ops.c drivers/virtio_pci.c drivers/virtio_registers.c
/* SPDX-License-Identifier: MIT
 *
 * test_virtio.c: a virtio device with one queue against fakes of both transports: one set of registers, reached through the
 * layout of memory-mapped registers (both versions) or through PCI capabilities. The fake device reads the rings as a real
 * one does, and can be told to misbehave.
 */
#include "../harness.h"

#include <stdlib.h>

#include "io.h"
#include "pci.h"
#include "pci_names.h"
#include "virtio.h"

enum { MMIO_BASE = 0xfeb00000, COMMON_AT = 0xe0001000, ISR_AT = 0xe0002000, NOTIFY_AT = 0xe0003000, QUEUE_MAX = 8 };
enum { MULTIPLIER = 4, NOTIFY_OFF = 3 };

static char memory[VIRTIO_QUEUE_BYTES] __attribute__((aligned(4096)));
static struct {
    uint32_t version, status, features_select, accepted_select, queue_max, queue_size, ready, isr, pfn, align;
    uint64_t offered, accepted, descriptors, available, used;
    unsigned notified;
    bool refuses_features, never_resets;
    uint16_t next;
} fake;

static uint64_t words[3] = {MMIO_BASE, COMMON_AT, ISR_AT}; /* addresses stand for themselves */
static uint64_t notify_word;

void *mmio_map(paddr_t address, size_t bytes);
void *mmio_map(paddr_t address, size_t bytes)
{
    (void)bytes;
    for (unsigned i = 0; i < 3; i++)
        if (words[i] == address)
            return &words[i];
    CHECK_EQ(address, NOTIFY_AT + NOTIFY_OFF * MULTIPLIER);
    return &notify_word;
}

static void set_half(uint64_t *value, unsigned half, uint32_t bits)
{
    *value = half ? (*value & 0xffffffff) | (uint64_t)bits << 32 : (*value & ~0xffffffffull) | bits;
}

static void set_status(uint32_t value)
{
    if (value == 0 && fake.never_resets)
        return;
    fake.status = value;
    if (fake.refuses_features)
        fake.status &= ~8u;
}

uint32_t mmio_read32(const volatile void *base, uint32_t offset)
{
    bool common = base == &words[1];
    if (common)
        return offset == 4 ? (uint32_t)(fake.offered >> 32 * fake.features_select) : 0;
    switch (offset) {
    case 0x04: return fake.version;
    case 0x10: return (uint32_t)(fake.offered >> 32 * fake.features_select);
    case 0x34: return fake.queue_max;
    case 0x60: return fake.isr;
    case 0x70: return fake.status;
    default: return 0;
    }
}

void mmio_write32(volatile void *base, uint32_t offset, uint32_t value)
{
    static const struct {
        uint32_t common, mmio;
        uint64_t *value;
    } wide[] = {{32, 0x80, &fake.descriptors}, {40, 0x90, &fake.available}, {48, 0xa0, &fake.used}};
    bool common = base == &words[1];
    for (unsigned i = 0; i < 3; i++)
        for (unsigned half = 0; half < 2; half++)
            if (offset == (common ? wide[i].common : wide[i].mmio) + 4 * half)
                set_half(wide[i].value, half, value);
    if (offset == (common ? 0 : 0x14))
        fake.features_select = value;
    else if (offset == (common ? 8 : 0x24))
        fake.accepted_select = value;
    else if (offset == (common ? 12 : 0x20))
        set_half(&fake.accepted, fake.accepted_select, value);
    if (common)
        return;
    if (offset == 0x38)
        fake.queue_size = value;
    else if (offset == 0x3c)
        fake.align = value;
    else if (offset == 0x40)
        fake.pfn = value;
    else if (offset == 0x44)
        fake.ready = value;
    else if (offset == 0x50)
        fake.notified++;
    else if (offset == 0x64)
        fake.isr &= ~value;
    else if (offset == 0x70)
        set_status(value);
}

uint8_t mmio_read8(const volatile void *base, uint32_t offset)
{
    if (base == &words[2]) {
        uint32_t isr = fake.isr;
        fake.isr = 0;
        return (uint8_t)isr;
    }
    return offset == 20 ? (uint8_t)fake.status : 0;
}

void mmio_write8(volatile void *base, uint32_t offset, uint8_t value)
{
    if (base == &words[1] && offset == 20)
        set_status(value);
}

uint16_t mmio_read16(const volatile void *base, uint32_t offset)
{
    (void)base;
    return offset == 24 ? (uint16_t)fake.queue_max : offset == 30 ? NOTIFY_OFF : 0;
}

void mmio_write16(volatile void *base, uint32_t offset, uint16_t value)
{
    if (base == &notify_word)
        fake.notified++;
    else if (offset == 24)
        fake.queue_size = value;
    else if (offset == 28)
        fake.ready = value;
}

/* Configuration space: three capabilities, with one of another kind between, in a BAR of 64 bits. */
static uint32_t config[64];

uint32_t pci_read(uint32_t address, uint32_t offset)
{
    CHECK_EQ(address, 0x18);
    return config[offset / 4 & 63];
}

void pci_write(uint32_t address, uint32_t offset, uint32_t value)
{
    CHECK_EQ(address, 0x18);
    config[offset / 4 & 63] = value;
}

static void capability(unsigned at, unsigned next, unsigned type, uint32_t offset, uint32_t bytes)
{
    config[at / 4] = 9 | next << 8 | 20u << 16 | type << 24;
    config[at / 4 + 1] = 4;
    config[at / 4 + 2] = offset;
    config[at / 4 + 3] = bytes;
    config[at / 4 + 4] = MULTIPLIER;
}

static void set_up(uint32_t version)
{
    memset(&fake, 0, sizeof fake);
    memset(memory, 0, sizeof memory);
    memset(config, 0, sizeof config);
    fake.version = version;
    fake.queue_max = QUEUE_MAX;
    fake.offered = VIRTIO_VERSION_1 | 1u << 29;
    config[1] = 1 << 20 | 0x400;
    config[8] = 0xe0000004; /* BAR 4, 64 bits */
    config[13] = 0x40;
    capability(0x40, 0x54, 1, 0x1000, 56);
    config[0x54 / 4] = 5 | 0x60 << 8;
    capability(0x60, 0x74, 2, 0x3000, 0x1000);
    capability(0x74, 0, 3, 0x2000, 4);
}

static const struct exo_device mmio_entry = {.bus = EXO_DEV_VIRTIO_MMIO, .range[0] = {.base = MMIO_BASE, .bytes = 0x200}};
static const struct exo_device pci_entry = {.bus = EXO_DEV_PCI, .vendor = VIRTIO_VENDOR, .device = 0x1005, .address = 0x18};
enum { AT = 0x7654000 };

/* What the device is done with: as its side of the rings would say it. */
static void device_done(struct virtio *device, uint32_t id, uint32_t bytes)
{
    volatile struct virtio_used *used = device->used;
    used->ring[used->index % device->size].id = id;
    used->ring[used->index % device->size].bytes = bytes;
    used->index++;
    fake.isr = 1;
}

static void work(struct virtio *device)
{
    uint32_t id, bytes;
    for (unsigned round = 0; round < 3 * QUEUE_MAX; round++) {
        int first = virtio_add(device, 0x1000 + round, 100), second = virtio_add(device, 0x2000, 50);
        CHECK(first >= 0 && second >= 0 && first != second);
        CHECK_EQ(device->descriptor[first].address, 0x1000 + round);
        CHECK_EQ(device->descriptor[first].bytes, 100);
        CHECK_EQ(device->descriptor[first].flags, 2);
        CHECK_EQ(device->available->ring[(2 * round) % device->size], first);
        CHECK_EQ(device->available->index, 2 * round + 2);
        CHECK_EQ(fake.notified, 2 * round + 2);
        CHECK(!virtio_done(device, &id, &bytes));
        device_done(device, (uint32_t)second, 50);
        CHECK(virtio_done(device, &id, &bytes));
        CHECK(id == (uint32_t)second && bytes == 50);
        device_done(device, (uint32_t)first, 4096); /* more than was asked for */
        CHECK(virtio_done(device, &id, &bytes));
        CHECK(id == (uint32_t)first && bytes == 100);
        CHECK_EQ(device->ops->interrupts(device), 1);
        CHECK_EQ(device->ops->interrupts(device), 0);
    }
}

TEST(mmio_version_2)
{
    struct virtio device;
    set_up(2);
    CHECK(virtio_mmio_open(&device, &mmio_entry));
    CHECK(virtio_start(&device, 0, memory, AT));
    CHECK_EQ(fake.accepted, VIRTIO_VERSION_1);
    CHECK_EQ(fake.status, 1 | 2 | 4 | 8);
    CHECK(fake.descriptors == AT && fake.available == AT + 16 * QUEUE_MAX && fake.used == AT + 4096 && fake.ready == 1);
    CHECK_EQ(fake.queue_size, QUEUE_MAX);
    work(&device);
}

TEST(mmio_version_1)
{
    struct virtio device;
    set_up(1);
    CHECK(virtio_mmio_open(&device, &mmio_entry));
    CHECK(virtio_start(&device, 0, memory, AT));
    CHECK_EQ(fake.accepted, 0);
    CHECK_EQ(fake.status, 1 | 2 | 4);
    CHECK(fake.pfn == AT >> 12 && fake.align == 4096);
    work(&device);
}

TEST(pci_by_capabilities)
{
    struct virtio device;
    set_up(2);
    CHECK(virtio_pci_open(&device, &pci_entry));
    CHECK_EQ(config[1] & 0xffff, 2 | 4); /* memory and bus master on, INTx not off */
    CHECK(virtio_start(&device, 0, memory, AT));
    CHECK_EQ(fake.accepted, VIRTIO_VERSION_1);
    CHECK(fake.descriptors == AT && fake.available == AT + 16 * QUEUE_MAX && fake.used == AT + 4096 && fake.ready == 1);
    work(&device);
}

TEST(pci_that_is_none_of_ours)
{
    struct virtio device;
    set_up(2);
    CHECK(!virtio_pci_open(&device, &mmio_entry));
    config[1] = 0; /* no capabilities */
    CHECK(!virtio_pci_open(&device, &pci_entry));
    set_up(2);
    capability(0x74, 0, 3, 0x2000, 0);
    CHECK(!virtio_pci_open(&device, &pci_entry));
    set_up(2);
    capability(0x60, 0x74, 2, 0x3000, NOTIFY_OFF * MULTIPLIER); /* the doorbell lies outside */
    CHECK(!virtio_pci_open(&device, &pci_entry));
    set_up(2);
    config[0x74 / 4] = 5 | 0x40 << 8; /* a ring of capabilities ends, too */
    CHECK(!virtio_pci_open(&device, &pci_entry));
    set_up(2);
    config[8] = 1; /* ports */
    CHECK(!virtio_pci_open(&device, &pci_entry));
}

TEST(devices_that_refuse)
{
    struct virtio device;
    set_up(2);
    fake.offered = 0;
    CHECK(virtio_mmio_open(&device, &mmio_entry) && !virtio_start(&device, 0, memory, AT));
    CHECK_EQ(fake.status, 128);
    set_up(2);
    fake.refuses_features = true;
    CHECK(virtio_mmio_open(&device, &mmio_entry) && !virtio_start(&device, 0, memory, AT));
    for (unsigned max = 0; max < 10; max += 3) { /* none, or no power of two */
        set_up(2);
        fake.queue_max = max;
        CHECK(virtio_mmio_open(&device, &mmio_entry) && !virtio_start(&device, 0, memory, AT));
    }
    set_up(2);
    CHECK(virtio_mmio_open(&device, &mmio_entry));
    fake.never_resets = true;
    fake.status = 15;
    CHECK(!virtio_start(&device, 0, memory, AT));
    set_up(3);
    CHECK(!virtio_mmio_open(&device, &mmio_entry));
}

TEST(a_large_queue_is_cut_and_fills_up)
{
    struct virtio device;
    uint32_t id, bytes;
    set_up(2);
    fake.queue_max = 1024;
    CHECK(virtio_mmio_open(&device, &mmio_entry) && virtio_start(&device, 0, memory, AT));
    CHECK_EQ(fake.queue_size, VIRTIO_QUEUE_MAX);
    for (unsigned i = 0; i < VIRTIO_QUEUE_MAX; i++)
        CHECK(virtio_add(&device, i, 1) >= 0);
    CHECK_EQ(virtio_add(&device, 0, 1), -1);
    device_done(&device, 17, 1);
    CHECK(virtio_done(&device, &id, &bytes) && id == 17);
    CHECK_EQ(virtio_add(&device, 0, 1), 17);
}

/* An id that is not under way, or out of range: nothing of it is believed any more. */
TEST(a_device_that_lies_is_broken)
{
    const uint32_t wrong[] = {1, QUEUE_MAX, 63, 64, ~0u};
    for (unsigned i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        struct virtio device;
        uint32_t id, bytes;
        set_up(2);
        CHECK(virtio_mmio_open(&device, &mmio_entry) && virtio_start(&device, 0, memory, AT));
        CHECK_EQ(virtio_add(&device, 0, 1), 0);
        device_done(&device, wrong[i], 1);
        CHECK(!virtio_done(&device, &id, &bytes));
        CHECK(device.broken);
        CHECK_EQ(virtio_add(&device, 0, 1), -1);
        device_done(&device, 0, 1);
        CHECK(!virtio_done(&device, &id, &bytes));
    }
}
