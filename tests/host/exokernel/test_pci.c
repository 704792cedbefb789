// link: drivers/pci.c drivers/pci_names.c exokernel/devices.c exokernel/format.c
/* SPDX-License-Identifier: MIT
 *
 * test_pci.c: enumeration of a made-up PCI machine, by ports and by ECAM, into the device table, and the matching of
 * drivers to it. BARs answer to probing as real ones do.
 */
#include "../harness.h"

#include <stdlib.h>

#include "devices.h"
#include "fake_log.h"
#include "fake_ports.h"
#include "pci.h"
#include "pci_names.h"

enum { FUNCTIONS_MAX = 16, WORDS = 64, WINDOW_BUSES = 4 };

static struct function {
    uint32_t address;
    uint32_t word[WORDS];
    uint32_t bar_mask[6]; /* writable bits */
    unsigned decoded_probes; /* BAR writes while it decodes */
} functions[FUNCTIONS_MAX];
static unsigned function_count;
static uint32_t selected;
static bool ports_there;
static struct exo_device table[DEVICES_MAX];
static uint8_t window; /* an address that stands for the ECAM window */

static struct function *find(uint32_t address)
{
    for (unsigned i = 0; i < function_count; i++)
        if (functions[i].address == address)
            return &functions[i];
    return NULL;
}

static uint32_t config_read(uint32_t address, uint32_t offset)
{
    struct function *f = find(address);
    return f ? f->word[offset / 4] : ~0u;
}

static void config_write(uint32_t address, uint32_t offset, uint32_t value)
{
    struct function *f = find(address);
    if (!f)
        return;
    unsigned bar = (offset - 0x10) / 4;
    if (offset == 4) {
        f->word[1] = (f->word[1] & 0xffff0000) | (value & 0xffff);
    } else if (offset >= 0x10 && bar < 6) {
        f->decoded_probes += (f->word[1] & 3) != 0;
        f->word[4 + bar] = (value & f->bar_mask[bar]) | (f->word[4 + bar] & ~f->bar_mask[bar]);
    }
}

static void hook(uint16_t port, unsigned width, bool write, uint32_t *value)
{
    if (!ports_there || width != 4)
        return;
    if (port == 0xcf8 && write)
        selected = *value;
    else if (port == 0xcf8)
        *value = selected;
    else if (port == 0xcfc && write)
        config_write(selected >> 8 & 0xffff, selected & 0xfc, *value);
    else if (port == 0xcfc)
        *value = config_read(selected >> 8 & 0xffff, selected & 0xfc);
}

uint32_t mmio_read32(const volatile void *base, uint32_t offset)
{
    CHECK(base == &window && offset >> 20 < WINDOW_BUSES);
    return config_read(offset >> 12, offset & 0xfff);
}

void mmio_write32(volatile void *base, uint32_t offset, uint32_t value)
{
    CHECK(base == &window && offset >> 20 < WINDOW_BUSES);
    config_write(offset >> 12, offset & 0xfff, value);
}

static struct function *add(uint32_t bus, uint32_t slot, uint32_t function, uint32_t id, uint32_t class_code)
{
    struct function *f = &functions[function_count++];
    *f = (struct function){.address = bus << 8 | slot << 3 | function};
    f->word[0] = id;
    f->word[1] = 7;
    f->word[2] = class_code << 8;
    f->word[15] = 0x01 << 8 | 0xff;
    return f;
}

static void set_bar(struct function *f, unsigned bar, uint32_t value, uint32_t mask)
{
    f->word[4 + bar] = value;
    f->bar_mask[bar] = mask;
}

static uint32_t line_of(uint32_t irq)
{
    return irq < 16 ? irq + 100 : ~0u;
}

static void set_up(void)
{
    fake_port_hook = hook;
    ports_there = true;
    function_count = 0;
    memset(table, 0, sizeof table);
    devices_table(table);
    pci_init(NULL, 0, 0);
    add(0, 0, 0, 0x12378086, 0x060000)->word[15] = 0;
}

static const struct exo_device *device_at(uint32_t address)
{
    for (uint32_t i = 0; i < device_count(); i++)
        if (table[i].bus == EXO_DEV_PCI && table[i].address == address)
            return &table[i];
    return NULL;
}

static void add_card(void)
{
    struct function *card = add(0, 3, 0, 0x100e8086, 0x020000);
    card->word[11] = 0x1100abcd;
    card->word[15] = 1 << 8 | 11;
    set_bar(card, 0, 0xfebc0000, 0xfffe0000);
    set_bar(card, 1, 0x0000c001, 0x0000ffc0);
    set_bar(card, 2, 0xe000000c, 0xfff00000);
    set_bar(card, 3, 0x00000080, 0xffffffff);
}

static void check_card(void)
{
    const struct exo_device *d = device_at(3 << 3);
    if (!CHECK(d != NULL))
        return;
    CHECK_STR(d->name, "Ethernet");
    CHECK(d->vendor == 0x8086 && d->device == 0x100e && d->class_code == 0x020000 && d->subsystem == 0x1100);
    CHECK_EQ(d->irq, 111);
    CHECK(d->range[0].kind == EXO_RANGE_MMIO && d->range[0].base == 0xfebc0000 && d->range[0].bytes == 0x20000);
    CHECK(d->range[1].kind == EXO_RANGE_PORTS && d->range[1].base == 0xc000 && d->range[1].bytes == 0x40);
    CHECK(d->range[2].kind == EXO_RANGE_MMIO && d->range[2].base == 0x80e0000000 && d->range[2].bytes == 0x100000);
    CHECK_EQ(d->range[3].kind, EXO_RANGE_NONE);
    const struct function *f = find(3 << 3);
    CHECK(f->word[4] == 0xfebc0000 && f->word[5] == 0xc001 && f->word[6] == 0xe000000c && f->word[7] == 0x80);
    CHECK_EQ(f->word[1] & 0xffff, 7);
    CHECK_EQ(f->decoded_probes, 0);
}

TEST(by_ports)
{
    set_up();
    add_card();
    CHECK_EQ(pci_enumerate(line_of), 2);
    check_card();
    CHECK_EQ(device_at(0)->irq, ~0u);
}

TEST(by_ecam)
{
    set_up();
    add_card();
    ports_there = false;
    pci_init(&window, 0, WINDOW_BUSES - 1);
    CHECK_EQ(pci_enumerate(line_of), 2);
    check_card();
}

TEST(no_pci)
{
    set_up();
    ports_there = false;
    CHECK_EQ(pci_enumerate(line_of), 0);
    CHECK_EQ(device_count(), 0);
}

TEST(functions_only_where_the_header_says_so)
{
    set_up();
    add(0, 1, 0, 0x70008086, 0x060100)->word[3] = 0x00800000;
    add(0, 1, 3, 0x71138086, 0x068000);
    add(0, 2, 0, 0x11111234, 0x030000);
    add(0, 2, 1, 0xffffffff, 0);
    add(0, 2, 2, 0x22221234, 0x030000); /* cannot be seen */
    CHECK_EQ(pci_enumerate(line_of), 4);
    CHECK(device_at(1 << 3 | 3) && !device_at(2 << 3 | 2));
}

TEST(behind_bridges_each_bus_once)
{
    set_up();
    for (unsigned slot = 4; slot < 7; slot++) {
        struct function *bridge = add(0, slot, 0, 0x00011b36, 0x060400);
        bridge->word[3] = 0x00010000;
        bridge->word[6] = slot == 4 ? 0x00020200 : slot == 5 ? 0x00000000 : 0x00020200; /* 2, back to 0, 2 again */
    }
    add(2, 0, 0, 0x10431af4, 0x0780ff);
    CHECK_EQ(pci_enumerate(line_of), 5);
    const struct exo_device *d = device_at(2 << 8);
    CHECK(d && strcmp(d->name, "virtio-console") == 0);
}

TEST(names)
{
    CHECK_STR(pci_name(VIRTIO_VENDOR, 0x1000, 0x020000), "virtio-net");
    CHECK_STR(pci_name(VIRTIO_VENDOR, 0x1005, 0x00ff00), "virtio-rng");
    CHECK_STR(pci_name(VIRTIO_VENDOR, 0x1042, 0x010000), "virtio-blk");
    CHECK_STR(pci_name(VIRTIO_VENDOR, 0x107f, 0), "virtio device");
    CHECK_STR(pci_name(0x8086, 1, 0x010601), "SATA controller");
    CHECK_STR(pci_name(0x8086, 1, 0xff0000), "PCI device");
}

/* Drivers */

static unsigned attached;

static bool take(struct exo_device *device)
{
    (void)device;
    attached++;
    return true;
}

static bool refuse(struct exo_device *device)
{
    (void)device;
    attached++;
    return false;
}

TEST(drivers_are_matched)
{
    static const struct device_id nic[] = {{.bus = EXO_DEV_PCI, .vendor = 0x8086, .device = 0x100e}, {0}};
    static const struct device_id bridges[] = {
        {.bus = EXO_DEV_PCI, .vendor = DEVICE_ANY, .device = DEVICE_ANY, .class_code = 0x060000, .class_mask = 0xff0000}, {0}};
    static const struct device_id rtc[] = {{.bus = EXO_DEV_PLATFORM, .name = "rtc"}, {0}};
    const struct driver drivers[] = {{"shy", nic, refuse}, {"nic", nic, take}, {"bridge", bridges, take}, {"clock", rtc, take}};
    set_up();
    add_card();
    pci_enumerate(line_of);
    device_add(EXO_DEV_PLATFORM, "rtc");
    device_add(EXO_DEV_PLATFORM, "rtc2");
    attached = 0;
    devices_match(drivers, drivers + 4);
    CHECK_EQ(attached, 4);
    CHECK_STR(device_at(3 << 3)->driver, "nic");
    CHECK_STR(device_at(0)->driver, "bridge");
    CHECK_STR(table[2].driver, "clock");
    CHECK_STR(table[3].driver, "");
    CHECK(device_set_driver(3, "a name that is much too long"));
    CHECK_STR(table[3].driver, "a name that is ");
    CHECK(!device_set_driver(4, "x"));
}

TEST(full_table_is_said_once_a_device)
{
    set_up();
    unsigned before = fake_log_lines[EXO_LOG_WARN];
    for (unsigned i = 0; i < DEVICES_MAX; i++)
        CHECK(device_add(EXO_DEV_PLATFORM, "thing") != NULL);
    CHECK(!device_add(EXO_DEV_PLATFORM, "one too many"));
    CHECK_EQ(pci_enumerate(line_of), 1);
    CHECK_EQ(device_count(), DEVICES_MAX);
    CHECK_EQ(fake_log_lines[EXO_LOG_WARN] - before, 2);
}
