// link: drivers/virtio_mmio.c drivers/pci_names.c exokernel/devices.c exokernel/format.c
/* SPDX-License-Identifier: MIT
 *
 * test_virtio_mmio.c: places of virtio devices from the command line, and what is added for them.
 */
#include "../harness.h"

#include "devices.h"
#include "fake_log.h"
#include "fake_ports.h"
#include "virtio_mmio.h"

static struct exo_device table[DEVICES_MAX];
static uint32_t registers[3][64];

uint32_t mmio_read32(const volatile void *base, uint32_t offset)
{
    return ((const volatile uint32_t *)base)[offset / 4];
}

TEST(places)
{
    struct virtio_place place;
    const char *line = "x=1 virtio_mmio.device=512@0xfeb00e00:12 virtio_mmio.device=4K@4096:5";
    CHECK_EQ(virtio_mmio_place(line, 0, &place), 1);
    CHECK(place.address == 0xfeb00e00 && place.bytes == 512 && place.irq == 12);
    CHECK_EQ(virtio_mmio_place(line, 1, &place), 1);
    CHECK(place.address == 4096 && place.bytes == 4096 && place.irq == 5);
    CHECK_EQ(virtio_mmio_place(line, 2, &place), 0);
    CHECK_EQ(virtio_mmio_place("xvirtio_mmio.device=512@0x1000:1", 0, &place), 0);
    CHECK_EQ(virtio_mmio_place("", 0, &place), 0);
}

TEST(places_that_make_no_sense)
{
    static const char *const lines[] = {
        "virtio_mmio.device=", "virtio_mmio.device=512", "virtio_mmio.device=512@", "virtio_mmio.device=512@0x:1",
        "virtio_mmio.device=512@0x1000", "virtio_mmio.device=512@0x1000:", "virtio_mmio.device=512@0x1001:1",
        "virtio_mmio.device=16@0x1000:1", "virtio_mmio.device=512@0xffffffffffffffffff:1",
        "virtio_mmio.device=512@0x1000:256", "virtio_mmio.device=999999M@0x1000:1", "virtio_mmio.device=512@0x10000000000000:1",
    };
    struct virtio_place place;
    for (unsigned i = 0; i < sizeof lines / sizeof lines[0]; i++)
        CHECK_EQ(virtio_mmio_place(lines[i], 0, &place), -1);
}

TEST(devices_that_answer_are_added)
{
    devices_table(table);
    registers[0][0] = 0x74726976;
    registers[0][2] = 4;
    registers[1][0] = 0x74726976; /* nothing behind it */
    registers[2][0] = 0x12345678;
    registers[2][2] = 2;
    for (unsigned i = 0; i < 3; i++)
        CHECK_EQ(virtio_mmio_add(&(struct virtio_place){0xfeb00000 + i * 512, 512, 5 + i}, registers[i]), i == 0);
    CHECK_EQ(device_count(), 1);
    CHECK_STR(table[0].name, "virtio-rng");
    CHECK(table[0].vendor == 0x1af4 && table[0].device == 4 && table[0].irq == 5);
    CHECK(table[0].range[0].base == 0xfeb00000 && table[0].range[0].bytes == 512);
}
