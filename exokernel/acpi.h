/* SPDX-License-Identifier: MIT
 *
 * acpi.h: what the firmware's tables say about CPUs, interrupt controllers, clocks, PCI and power. ACPI Specification 6.4
 * §5.2. Tables are checked (signature, length, checksum) and copied from; a broken one is ignored with a warning.
 */
#ifndef EXOKERNEL_ACPI_H
#define EXOKERNEL_ACPI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "types.h"

struct boot_info;

enum { ACPI_CPUS_MAX = 64, ACPI_IOAPICS_MAX = 8, ACPI_OVERRIDES_MAX = 24, ACPI_VIRTIO_MAX = 32 };

/* A register of the Generic Address Structure (§5.2.3.2). */
struct acpi_register {
    uint8_t space; /* 0 memory, 1 ports; 0xff: not there */
    uint64_t address;
};

struct acpi_info {
    paddr_t lapic_address;
    unsigned cpus;
    uint32_t cpu_lapic_id[ACPI_CPUS_MAX];
    unsigned ioapics;
    struct {
        paddr_t address;
        uint32_t first_line;
    } ioapic[ACPI_IOAPICS_MAX];
    unsigned overrides;
    struct {
        uint8_t irq;
        bool level, low;
        uint32_t line;
    } override[ACPI_OVERRIDES_MAX];
    paddr_t hpet_address;
    paddr_t ecam_address; /* PCI configuration space of segment 0 (MCFG), */
    uint8_t ecam_first_bus, ecam_last_bus;
    bool hardware_reduced;
    bool can_sleep; /* the S5 values below are known */
    uint8_t s5_type_a, s5_type_b;
    uint16_t pm1a_control, pm1b_control; /* ports, 0: none */
    uint16_t smi_command;
    uint8_t acpi_enable;
    struct acpi_register sleep_control, reset;
    uint8_t reset_value;
    unsigned virtios; /* places of virtio-mmio devices, used or not */
    struct {
        uint32_t address, bytes, line;
    } virtio[ACPI_VIRTIO_MAX];
};
extern struct acpi_info acpi; /* constant after acpi_init */

/* Boot: finds the tables and fills `acpi`. Without them it stays empty: one CPU, 8259 pair. */
void acpi_init(const struct boot_info *boot);

/* The parsers, for tests: each takes a table with its header, whose length and checksum were checked. */
void acpi_parse_madt(const uint8_t *table, size_t bytes, struct acpi_info *info);
void acpi_parse_fadt(const uint8_t *table, size_t bytes, struct acpi_info *info);
void acpi_parse_hpet(const uint8_t *table, size_t bytes, struct acpi_info *info);
void acpi_parse_mcfg(const uint8_t *table, size_t bytes, struct acpi_info *info);
void acpi_parse_dsdt(const uint8_t *table, size_t bytes, struct acpi_info *info);

/* Do the bytes add up to 0? */
bool acpi_checksum_ok(const uint8_t *bytes, size_t n);

#endif
