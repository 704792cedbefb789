/* SPDX-License-Identifier: MIT
 *
 * pci.c: see pci.h. Ring 0.
 */
#include "pci.h"

#include <stdbool.h>
#include <stddef.h>

#include "devices.h"
#include "io.h"
#include "pci_names.h"

enum { PORT_ADDRESS = 0xcf8, PORT_DATA = 0xcfc };
#define PORT_ENABLE 0x80000000u

enum {
    ID = 0x00, COMMAND = 0x04, CLASS = 0x08, HEADER = 0x0c, BAR_FIRST = 0x10, BUSES = 0x18, SUBSYSTEM = 0x2c, INTERRUPT = 0x3c,
};
enum {
    COMMAND_DECODE = 3, HEADER_TYPE_SHIFT = 16, HEADER_TYPE = 0x7f, HEADER_MULTI = 0x80, HEADER_BRIDGE = 1,
    BARS_DEVICE = 6, BARS_BRIDGE = 2, BAR_PORTS = 1, BAR_TYPE = 6, BAR_64 = 4, FUNCTIONS = 8, DEVICES = 32,
    BRIDGES_MAX = 64, NO_DEVICE = 0xffff,
};

static volatile void *ecam;
static uint8_t ecam_first, ecam_last;

void pci_init(volatile void *base, uint8_t first_bus, uint8_t last_bus)
{
    ecam = base;
    ecam_first = first_bus;
    ecam_last = last_bus;
}

static bool in_ecam(uint32_t address)
{
    return ecam && address >> 8 >= ecam_first && address >> 8 <= ecam_last;
}

static uint32_t ecam_offset(uint32_t address, uint32_t offset)
{
    return (address - ((uint32_t)ecam_first << 8)) << 12 | offset;
}

uint32_t pci_read(uint32_t address, uint32_t offset)
{
    if (in_ecam(address))
        return mmio_read32(ecam, ecam_offset(address, offset));
    port_write32(PORT_ADDRESS, PORT_ENABLE | address << 8 | offset);
    return port_read32(PORT_DATA);
}

void pci_write(uint32_t address, uint32_t offset, uint32_t value)
{
    if (in_ecam(address)) {
        mmio_write32(ecam, ecam_offset(address, offset), value);
        return;
    }
    port_write32(PORT_ADDRESS, PORT_ENABLE | address << 8 | offset);
    port_write32(PORT_DATA, value);
}

/* A BAR's ones that can not be changed show its size; what it holds is put back. */
static uint32_t probe(uint32_t address, uint32_t offset)
{
    uint32_t old = pci_read(address, offset);
    pci_write(address, offset, ~0u);
    uint32_t mask = pci_read(address, offset);
    pci_write(address, offset, old);
    return mask;
}

/* Adds the range of the BAR at an offset. Returns how many BARs it takes: 2 if it has 64 bits. */
static unsigned add_bar(struct exo_device *device, uint32_t offset)
{
    uint32_t low = pci_read(device->address, offset);
    uint32_t low_mask = probe(device->address, offset);
    if (low & BAR_PORTS) {
        uint32_t bytes = ~(low_mask & ~3u) + 1;
        if (low_mask & 0xfffc && low & ~3u)
            device_add_range(device, EXO_RANGE_PORTS, low & ~3u, bytes & 0xffff);
        return 1;
    }
    bool wide = (low & BAR_TYPE) == BAR_64;
    uint64_t base = low & ~15u, mask = (low_mask & ~15u) | ~0ull << 32;
    if (wide) {
        base |= (uint64_t)pci_read(device->address, offset + 4) << 32;
        mask = (low_mask & ~15u) | (uint64_t)probe(device->address, offset + 4) << 32;
    }
    if (base && (low_mask & ~15u || wide) && mask)
        device_add_range(device, EXO_RANGE_MMIO, base, ~mask + 1);
    return wide ? 2 : 1;
}

/* The device does not decode while its BARs hold what it is probed with. */
static void add_bars(struct exo_device *device, unsigned bars)
{
    uint32_t command = pci_read(device->address, COMMAND) & 0xffff;
    pci_write(device->address, COMMAND, command & ~(uint32_t)COMMAND_DECODE);
    for (unsigned i = 0; i < bars;)
        i += add_bar(device, BAR_FIRST + 4 * i);
    pci_write(device->address, COMMAND, command);
}

static void add_function(uint32_t address, uint32_t id, uint32_t header, uint32_t (*line_of)(uint32_t irq))
{
    uint32_t class_code = pci_read(address, CLASS) >> 8, interrupt = pci_read(address, INTERRUPT);
    bool bridge = header == HEADER_BRIDGE;
    struct exo_device *device = device_add(EXO_DEV_PCI, pci_name(id & 0xffff, id >> 16, class_code));
    if (!device)
        return;
    device->vendor = (uint16_t)id;
    device->device = (uint16_t)(id >> 16);
    device->class_code = class_code;
    device->address = address;
    device->subsystem = header == 0 ? (uint16_t)(pci_read(address, SUBSYSTEM) >> 16) : 0;
    if (interrupt >> 8 & 0xff) /* it uses a pin */
        device->irq = line_of(interrupt & 0xff);
    add_bars(device, header == 0 ? BARS_DEVICE : bridge ? BARS_BRIDGE : 0);
}

struct walk {
    uint8_t bus[BRIDGES_MAX]; /* found, not yet looked at; a bus is entered once */
    unsigned head, tail;
    uint32_t found;
};

static void add_bus(struct walk *walk, uint8_t bus)
{
    for (unsigned i = 0; i < walk->tail; i++)
        if (walk->bus[i] == bus)
            return;
    if (walk->tail < BRIDGES_MAX)
        walk->bus[walk->tail++] = bus;
}

static void visit(struct walk *walk, uint32_t address, uint32_t id, uint32_t header, uint32_t (*line_of)(uint32_t irq))
{
    walk->found++;
    add_function(address, id, header & HEADER_TYPE, line_of);
    if ((header & HEADER_TYPE) == HEADER_BRIDGE)
        add_bus(walk, (uint8_t)(pci_read(address, BUSES) >> 8));
}

static void visit_bus(struct walk *walk, uint8_t bus, uint32_t (*line_of)(uint32_t irq))
{
    for (uint32_t slot = 0; slot < DEVICES; slot++) {
        uint32_t functions = 1;
        for (uint32_t function = 0; function < functions; function++) {
            uint32_t address = (uint32_t)bus << 8 | slot << 3 | function;
            uint32_t id = pci_read(address, ID);
            if ((id & 0xffff) == NO_DEVICE || id == 0)
                continue;
            uint32_t header = pci_read(address, HEADER) >> HEADER_TYPE_SHIFT & 0xff;
            if (function == 0 && (header & HEADER_MULTI))
                functions = FUNCTIONS;
            visit(walk, address, id, header, line_of);
        }
    }
}

uint32_t pci_enumerate(uint32_t (*line_of)(uint32_t irq))
{
    struct walk walk = {.tail = 1};
    if (!ecam) { /* is there a configuration mechanism at all? */
        port_write32(PORT_ADDRESS, PORT_ENABLE);
        if (port_read32(PORT_ADDRESS) != PORT_ENABLE)
            return 0;
    }
    while (walk.head < walk.tail)
        visit_bus(&walk, walk.bus[walk.head++], line_of);
    return walk.found;
}
