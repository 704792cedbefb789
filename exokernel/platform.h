/* SPDX-License-Identifier: MIT
 *
 * platform.h: fills the device table: what a PC has at fixed places, what is on PCI, what virtio-mmio brings. CPU 0 at boot,
 * after ACPI and the interrupt controllers.
 */
#ifndef EXOKERNEL_PLATFORM_H
#define EXOKERNEL_PLATFORM_H

struct boot_info;

/* Also fills the framebuffer, text memory, device count and machine name of the published info, and lets ring 3 map the
 * screens (device_memory.h). The memory of other devices is never registered there: with the registers of a device that
 * does DMA, ring 3 could reach any frame. */
void platform_init(const struct boot_info *boot);

#endif
