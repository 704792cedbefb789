/* SPDX-License-Identifier: MIT
 *
 * virtio_mmio.c: see virtio_mmio.h. Ring 0.
 */
#include "virtio_mmio.h"

#include "devices.h"
#include "io.h"
#include "pci_names.h"

enum { MAGIC = 0x000, DEVICE_ID = 0x008 };
#define MAGIC_VALUE 0x74726976u /* "virt" */

static const char key[] = "virtio_mmio.device=";

/* The value of a digit, 16 or more if it is none. */
static unsigned digit_value(char c)
{
    char lower = (char)(c | 0x20);
    if (c >= '0' && c <= '9')
        return (unsigned)(c - '0');
    return lower >= 'a' && lower <= 'f' ? (unsigned)(lower - 'a') + 10 : 16;
}

/* Reads a number, decimal or 0x; false if there is none or it has no room. */
static bool number(const char **at, uint64_t *value)
{
    bool hex = (*at)[0] == '0' && ((*at)[1] == 'x' || (*at)[1] == 'X');
    const char *start = *at += hex ? 2 : 0;
    unsigned base = hex ? 16 : 10;
    *value = 0;
    for (unsigned digit; (digit = digit_value(**at)) < base; (*at)++) {
        if (*value > (UINT64_MAX - digit) / base)
            return false;
        *value = *value * base + digit;
    }
    return *at > start;
}

static bool parse(const char *at, struct virtio_place *place)
{
    uint64_t irq;
    if (!number(&at, &place->bytes))
        return false;
    unsigned shift = *at == 'K' || *at == 'k' ? 10 : *at == 'M' ? 20 : 0;
    at += shift != 0;
    if (place->bytes > 1 << 20 || *at++ != '@' || !number(&at, &place->address) || *at++ != ':' || !number(&at, &irq))
        return false;
    place->bytes <<= shift;
    place->irq = (uint32_t)irq;
    return place->bytes >= VIRTIO_MMIO_BYTES && place->bytes <= 1 << 20 && place->address && place->address % 4 == 0 &&
           place->address < 1ull << 52 && irq < 256;
}

static bool starts_with(const char *text, const char *prefix)
{
    while (*prefix)
        if (*text++ != *prefix++)
            return false;
    return true;
}

int virtio_mmio_place(const char *cmdline, unsigned n, struct virtio_place *place)
{
    for (const char *at = cmdline; *at; at++)
        if ((at == cmdline || at[-1] == ' ') && starts_with(at, key) && n-- == 0)
            return parse(at + sizeof key - 1, place) ? 1 : -1;
    return 0;
}

bool virtio_mmio_add(const struct virtio_place *place, const volatile void *registers)
{
    uint32_t kind = mmio_read32(registers, DEVICE_ID);
    if (mmio_read32(registers, MAGIC) != MAGIC_VALUE || kind == 0)
        return false;
    struct exo_device *device = device_add(EXO_DEV_VIRTIO_MMIO, virtio_name(kind));
    if (!device)
        return false;
    device->vendor = VIRTIO_VENDOR;
    device->device = (uint16_t)kind;
    device->irq = place->irq;
    device_add_range(device, EXO_RANGE_MMIO, place->address, place->bytes);
    return true;
}
