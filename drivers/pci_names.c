/* SPDX-License-Identifier: MIT
 *
 * pci_names.c: see pci_names.h. Sources: PCI Code and ID Assignment 1.11; virtio 1.2 §4.1.2, §5.
 */
#include "pci_names.h"

#include <stddef.h>

enum { VIRTIO_OLD = 0x1000, VIRTIO_NEW = 0x1040, VIRTIO_END = 0x1080 };

/* Kinds of the transitional devices, by PCI id from 0x1000 on. */
static const uint8_t old_kinds[] = {1, 2, 5, 3, 8, 4, 0, 0, 0, 9};

static const char *const virtio_names[] = {
    [1] = "virtio-net",   [2] = "virtio-blk", [3] = "virtio-console", [4] = "virtio-rng",    [5] = "virtio-balloon",
    [8] = "virtio-scsi",  [9] = "virtio-9p",  [16] = "virtio-gpu",    [18] = "virtio-input", [19] = "virtio-vsock",
    [20] = "virtio-crypto", [25] = "virtio-sound", [26] = "virtio-fs",
};

static const struct {
    uint32_t class_code; /* 0xCCSS */
    const char *name;
} classes[] = {
    {0x0100, "SCSI controller"},   {0x0101, "IDE controller"},    {0x0106, "SATA controller"}, {0x0108, "NVMe controller"},
    {0x0200, "Ethernet"},          {0x0280, "network"},           {0x0300, "VGA display"},     {0x0380, "display"},
    {0x0401, "audio"},             {0x0403, "HD audio"},          {0x0500, "memory"},          {0x0600, "host bridge"},
    {0x0601, "ISA bridge"},        {0x0604, "PCI bridge"},        {0x0680, "bridge"},          {0x0700, "serial port"},
    {0x0880, "system device"},     {0x0c03, "USB controller"},    {0x0c05, "SMBus"},
};

const char *virtio_name(uint32_t kind)
{
    const char *name = kind < sizeof virtio_names / sizeof virtio_names[0] ? virtio_names[kind] : NULL;
    return name ? name : "virtio device";
}

const char *pci_name(uint16_t vendor, uint16_t device, uint32_t class_code)
{
    if (vendor == VIRTIO_VENDOR && device >= VIRTIO_NEW && device < VIRTIO_END)
        return virtio_name(device - VIRTIO_NEW);
    if (vendor == VIRTIO_VENDOR && device >= VIRTIO_OLD && device < VIRTIO_OLD + sizeof old_kinds)
        return virtio_name(old_kinds[device - VIRTIO_OLD]);
    for (size_t i = 0; i < sizeof classes / sizeof classes[0]; i++)
        if (classes[i].class_code == class_code >> 8)
            return classes[i].name;
    return "PCI device";
}
