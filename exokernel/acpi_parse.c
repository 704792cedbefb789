/* SPDX-License-Identifier: MIT
 *
 * acpi_parse.c: the parsers of single ACPI tables (acpi.h). Pure and host-tested: no table is believed about a length.
 * AML is not interpreted; the few things that only it says are searched for by the bytes that they are made of.
 * ACPI Specification 6.4 §5.2.9 (FADT), §5.2.12 (MADT), §7.4.2 (\_S5); HPET 1.0a §3.2.4; PCI Firmware 3.2 §4.1.2 (MCFG).
 */
#include "acpi.h"

enum { HEADER_BYTES = 36 };

static uint16_t get16(const uint8_t *p)
{
    return (uint16_t)(p[0] | p[1] << 8);
}

static uint32_t get32(const uint8_t *p)
{
    return get16(p) | (uint32_t)get16(p + 2) << 16;
}

static uint64_t get64(const uint8_t *p)
{
    return get32(p) | (uint64_t)get32(p + 4) << 32;
}

bool acpi_checksum_ok(const uint8_t *bytes, size_t n)
{
    uint8_t sum = 0;
    for (size_t i = 0; i < n; i++)
        sum = (uint8_t)(sum + bytes[i]);
    return sum == 0;
}

enum { MADT_LAPIC = 0, MADT_IOAPIC = 1, MADT_OVERRIDE = 2, MADT_LAPIC_ADDRESS = 5, MADT_X2APIC = 9 };
enum { CPU_ENABLED = 1 };

static void add_cpu(struct acpi_info *info, uint32_t id, uint32_t flags)
{
    if ((flags & CPU_ENABLED) && info->cpus < ACPI_CPUS_MAX)
        info->cpu_lapic_id[info->cpus++] = id;
}

static void add_override(struct acpi_info *info, const uint8_t *entry)
{
    if (info->overrides == ACPI_OVERRIDES_MAX)
        return;
    unsigned i = info->overrides++;
    uint16_t flags = get16(entry + 8);
    info->override[i].irq = entry[3];
    info->override[i].line = get32(entry + 4);
    info->override[i].low = (flags & 3) == 3;
    info->override[i].level = (flags >> 2 & 3) == 3;
}

static void madt_entry(struct acpi_info *info, const uint8_t *entry, unsigned bytes)
{
    if (entry[0] == MADT_LAPIC && bytes >= 8) {
        add_cpu(info, entry[3], get32(entry + 4));
    } else if (entry[0] == MADT_X2APIC && bytes >= 16) {
        add_cpu(info, get32(entry + 4), get32(entry + 8));
    } else if (entry[0] == MADT_IOAPIC && bytes >= 12 && info->ioapics < ACPI_IOAPICS_MAX) {
        info->ioapic[info->ioapics].address = get32(entry + 4);
        info->ioapic[info->ioapics++].first_line = get32(entry + 8);
    } else if (entry[0] == MADT_OVERRIDE && bytes >= 10) {
        add_override(info, entry);
    } else if (entry[0] == MADT_LAPIC_ADDRESS && bytes >= 12) {
        info->lapic_address = get64(entry + 4);
    }
}

void acpi_parse_madt(const uint8_t *table, size_t bytes, struct acpi_info *info)
{
    if (bytes < HEADER_BYTES + 8)
        return;
    info->lapic_address = get32(table + HEADER_BYTES);
    for (size_t at = HEADER_BYTES + 8; at + 2 <= bytes;) {
        unsigned length = table[at + 1];
        if (length < 2 || length > bytes - at)
            return;
        madt_entry(info, table + at, length);
        at += length;
    }
}

void acpi_parse_hpet(const uint8_t *table, size_t bytes, struct acpi_info *info)
{
    if (bytes >= HEADER_BYTES + 16 && table[HEADER_BYTES + 4] == 0)
        info->hpet_address = get64(table + HEADER_BYTES + 8);
}

void acpi_parse_mcfg(const uint8_t *table, size_t bytes, struct acpi_info *info)
{
    for (size_t at = HEADER_BYTES + 8; at + 16 <= bytes; at += 16)
        if (get16(table + at + 8) == 0 && table[at + 10] <= table[at + 11]) {
            info->ecam_address = get64(table + at);
            info->ecam_first_bus = table[at + 10];
            info->ecam_last_bus = table[at + 11];
            return;
        }
}

enum {
    FADT_SMI_COMMAND = 48,
    FADT_ACPI_ENABLE = 52,
    FADT_PM1A_CONTROL = 64,
    FADT_PM1B_CONTROL = 68,
    FADT_FLAGS = 112,
    FADT_RESET = 116,
    FADT_RESET_VALUE = 128,
    FADT_SLEEP_CONTROL = 244,
    FLAG_RESET = 1 << 10,
    FLAG_HARDWARE_REDUCED = 1 << 20,
};

static struct acpi_register read_register(const uint8_t *gas)
{
    return (struct acpi_register){gas[0], get64(gas + 4)};
}

void acpi_parse_fadt(const uint8_t *table, size_t bytes, struct acpi_info *info)
{
    info->reset.space = info->sleep_control.space = 0xff;
    if (bytes < FADT_FLAGS + 4)
        return;
    uint32_t flags = get32(table + FADT_FLAGS);
    info->hardware_reduced = flags & FLAG_HARDWARE_REDUCED;
    info->smi_command = (uint16_t)get32(table + FADT_SMI_COMMAND);
    info->acpi_enable = table[FADT_ACPI_ENABLE];
    info->pm1a_control = (uint16_t)get32(table + FADT_PM1A_CONTROL);
    info->pm1b_control = (uint16_t)get32(table + FADT_PM1B_CONTROL);
    if ((flags & FLAG_RESET || info->hardware_reduced) && bytes > FADT_RESET_VALUE) {
        info->reset = read_register(table + FADT_RESET);
        info->reset_value = table[FADT_RESET_VALUE];
    }
    if (info->hardware_reduced && bytes >= FADT_SLEEP_CONTROL + 12)
        info->sleep_control = read_register(table + FADT_SLEEP_CONTROL);
}

/* An integer in a package: ZeroOp, OneOp, or BytePrefix and a byte (§20.2.3). Returns how many bytes it took, 0: none. */
static unsigned read_integer(const uint8_t *p, size_t left, uint8_t *value)
{
    if (left >= 1 && p[0] <= 1) {
        *value = p[0];
        return 1;
    }
    if (left >= 2 && p[0] == 0x0a) {
        *value = p[1];
        return 2;
    }
    return 0;
}

/* `_S5_` followed by PackageOp, a length of one byte, the number of elements, and the values for PM1a and PM1b. */
static void find_s5(const uint8_t *table, size_t bytes, struct acpi_info *info)
{
    for (size_t at = HEADER_BYTES; at + 9 < bytes; at++) {
        const uint8_t *p = table + at;
        if (p[0] != '_' || p[1] != 'S' || p[2] != '5' || p[3] != '_' || p[4] != 0x12 || (p[5] & 0xc0))
            continue;
        size_t left = bytes - at - 7;
        unsigned used = read_integer(p + 7, left, &info->s5_type_a);
        if (!used)
            return;
        info->s5_type_b = info->s5_type_a;
        read_integer(p + 7 + used, left - used, &info->s5_type_b);
        info->can_sleep = true;
        return;
    }
}

/* The resources of a virtio-mmio device: what stands between its hardware id and the end tag is looked through for
 * Memory32Fixed (86h) and the extended interrupt descriptor (89h), §6.4.3.4 and §6.4.3.6. */
enum { RESOURCES_MAX_BYTES = 96, MEMORY32_BYTES = 12, INTERRUPT_BYTES = 9 };

static void add_virtio(const uint8_t *at, size_t left, struct acpi_info *info)
{
    uint32_t address = 0, length = 0;
    if (left > RESOURCES_MAX_BYTES)
        left = RESOURCES_MAX_BYTES;
    for (; left >= INTERRUPT_BYTES; at++, left--) {
        if (left >= MEMORY32_BYTES && at[0] == 0x86 && at[1] == 9 && at[2] == 0 && !address) {
            address = get32(at + 4);
            length = get32(at + 8);
        } else if (address && at[0] == 0x89 && at[1] == 6 && at[2] == 0 && at[4] == 1) {
            info->virtio[info->virtios].address = address;
            info->virtio[info->virtios].bytes = length;
            info->virtio[info->virtios++].line = get32(at + 5);
            return;
        }
    }
}

static void find_virtio(const uint8_t *table, size_t bytes, struct acpi_info *info)
{
    static const uint8_t id[] = "LNRO0005"; /* with its NUL */
    for (size_t at = HEADER_BYTES; at + sizeof id <= bytes && info->virtios < ACPI_VIRTIO_MAX; at++) {
        unsigned same = 0;
        while (same < sizeof id && table[at + same] == id[same])
            same++;
        if (same == sizeof id)
            add_virtio(table + at + sizeof id, bytes - at - sizeof id, info);
    }
}

void acpi_parse_dsdt(const uint8_t *table, size_t bytes, struct acpi_info *info)
{
    find_s5(table, bytes, info);
    find_virtio(table, bytes, info);
}
