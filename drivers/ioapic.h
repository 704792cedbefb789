/* SPDX-License-Identifier: MIT
 *
 * ioapic.h: I/O APICs: routes interrupt lines (GSIs) to vectors. Ring 0. Intel 82093AA datasheet §3.
 */
#ifndef DRIVERS_IOAPIC_H
#define DRIVERS_IOAPIC_H

#include <stdbool.h>
#include <stdint.h>

#include "types.h"

/* Boot: adds one, whose first input is line first_line; all its inputs are masked. False if the table is full. */
bool ioapic_add(paddr_t registers, uint32_t first_line);

/* Is the line an input of some I/O APIC? */
bool ioapic_has(uint32_t line);

/* Routes a line to a vector of the CPU with this APIC id; stays masked. */
void ioapic_route(uint32_t line, uint8_t vector, uint32_t lapic_id, bool level, bool active_low);

void ioapic_mask(uint32_t line);
void ioapic_unmask(uint32_t line);

#endif
