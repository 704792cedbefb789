/* SPDX-License-Identifier: MIT
 *
 * pci.h: PCI configuration space, by ports or ECAM, and the enumeration of what is there into the device table. Ring 0 at
 * boot, CPU 0. Sources: PCI Local Bus 3.0 §3.2.2.3, §6.1; PCI Express Base 4.0 §7.2.2; PCI-to-PCI Bridge 1.2 §3.2.
 *
 * Resources and interrupt routing are taken as the firmware has set them: nothing is assigned here. The interrupt line
 * is the 8259's number in the configuration space, as the IOAPIC sees it; _PRT would need AML.
 */
#ifndef DRIVERS_PCI_H
#define DRIVERS_PCI_H

#include <stdint.h>

/* Address of a function: bus << 8 | device << 3 | function. Offsets are multiples of 4. */
uint32_t pci_read(uint32_t address, uint32_t offset);
void pci_write(uint32_t address, uint32_t offset, uint32_t value);

/* ecam: mapped configuration space of these buses, or NULL: ports. */
void pci_init(volatile void *ecam, uint8_t first_bus, uint8_t last_bus);

/* Adds every function to the device table; line_of gives the line of an 8259 interrupt number. Returns how many. */
uint32_t pci_enumerate(uint32_t (*line_of)(uint32_t irq));

#endif
