// SPDX-License-Identifier: MIT
//
// devices: what is in the machine and who drives it, from the published device table alone. -v shows the registers and
// ports that belong to each, and the class of PCI devices.

#include <unistd.h>

#include "lib/published.h"
#include "lib/util.h"

static void print_place(const struct exo_device *device)
{
    char place[32] = "platform";
    if (device->bus == EXO_DEV_PCI) {
        unsigned address = device->address;
        snprintf(place, sizeof place, "pci %02x:%02x.%u", address >> 8 & 255, address >> 3 & 31, address & 7);
    } else if (device->bus == EXO_DEV_VIRTIO_MMIO) {
        snprintf(place, sizeof place, "virtio-mmio");
    }
    printf("%-12s", place);
    if (device->bus == EXO_DEV_PLATFORM) {
        printf(" %9s", "-");
    } else {
        printf(" %04x:%04x", device->vendor, device->device);
    }
}

// TEXT in a column of WIDTH, or a dash if there is none.
static void print_column(const char *text, size_t size, int width)
{
    size_t length = 0;
    while (length < size && text[length] != '\0') {
        length++;
    }
    if (length == 0) {
        printf("%-*s", width, "-");
        return;
    }
    published_print(text, size);
    printf("%*s", width > (int)length ? width - (int)length : 0, "");
}

static void print_ranges(const struct exo_device *device)
{
    static const char *const kinds[] = {
        [EXO_RANGE_MMIO] = "registers", [EXO_RANGE_PORTS] = "ports", [EXO_RANGE_FRAMEBUFFER] = "framebuffer",
    };
    for (int i = 0; i < 6; i++) {
        unsigned kind = device->range[i].kind;
        if (kind == EXO_RANGE_NONE || kind > EXO_RANGE_FRAMEBUFFER || device->range[i].bytes == 0) {
            continue;
        }
        unsigned long long base = device->range[i].base;
        printf("    %s %llx-%llx\n", kinds[kind], base, base + (unsigned long long)device->range[i].bytes - 1);
    }
    if (device->bus == EXO_DEV_PCI) {
        printf("    class %06x subsystem %04x\n", (unsigned)device->class_code, device->subsystem);
    }
}

static void print_device(const struct exo_device *device, bool details)
{
    print_place(device);
    if (device->irq == UINT32_MAX) {
        printf(" %4s  ", "-");
    } else {
        printf(" %4u  ", (unsigned)device->irq);
    }
    print_column(device->driver, sizeof device->driver, 16);
    putchar(' ');
    published_print(device->name, sizeof device->name);
    putchar('\n');
    if (details) {
        print_ranges(device);
    }
}

int main(int argc, char **argv)
{
    util_start(argv[0]);
    bool details = false;
    int option;
    while ((option = getopt(argc, argv, "v")) != -1) {
        if (option != 'v') {
            return util_usage("[-v]");
        }
        details = true;
    }
    if (optind < argc) {
        return util_usage("[-v]");
    }
    struct published tables;
    published_open(&tables);
    printf("%-12s %-9s %4s  %-16s %s\n", "WHERE", "ID", "IRQ", "DRIVEN BY", "WHAT");
    for (uint32_t i = 0; i < tables.info->devices; i++) {
        print_device(&tables.devices[i], details);
    }
    return util_finish(0);
}
