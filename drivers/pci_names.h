/* SPDX-License-Identifier: MIT
 *
 * pci_names.h: what a device is called in the device table, by its class or, for virtio, its kind. Ring 0.
 */
#ifndef DRIVERS_PCI_NAMES_H
#define DRIVERS_PCI_NAMES_H

#include <stdint.h>

/* Never NULL. class_code is 0xCCSSII. */
const char *pci_name(uint16_t vendor, uint16_t device, uint32_t class_code);

/* Kinds of virtio 1.2 §5; "virtio device" for others. */
const char *virtio_name(uint32_t kind);

enum { VIRTIO_VENDOR = 0x1af4 };

#endif
