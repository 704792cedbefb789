/* SPDX-License-Identifier: MIT
 *
 * acpi.c: finds the ACPI tables and hands each to its parser (acpi_parse.c). ACPI Specification 6.4 §5.2.5 to §5.2.8.
 */
#include "acpi.h"

#include "bootinfo.h"
#include "log.h"
#include "x86/kpaging.h"

enum { HEADER_BYTES = 36, TABLE_MAX_BYTES = 1 << 20, RSDP_V1_BYTES = 20, TABLES_MAX = 64 };
enum { BIOS_START = 0xe0000, BIOS_BYTES = 0x20000 };

struct acpi_info acpi;

static uint32_t get32(const uint8_t *p)
{
    return p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static uint64_t get64(const uint8_t *p)
{
    return get32(p) | (uint64_t)get32(p + 4) << 32;
}

static bool same(const uint8_t *p, const char *text, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (p[i] != (uint8_t)text[i])
            return false;
    return true;
}

/* A whole table, or NULL if it does not hold together. */
static const uint8_t *map_table(paddr_t address, size_t *bytes)
{
    if (!address)
        return NULL;
    const uint8_t *header = mmio_map(address, HEADER_BYTES);
    *bytes = get32(header + 4);
    if (*bytes < HEADER_BYTES || *bytes > TABLE_MAX_BYTES) {
        log_warn("acpi", "table with a bad length ignored address=%lx bytes=%lu", address, *bytes);
        return NULL;
    }
    const uint8_t *table = mmio_map(address, *bytes);
    if (!acpi_checksum_ok(table, *bytes)) {
        log_warn("acpi", "table with a bad checksum ignored address=%lx", address);
        return NULL;
    }
    return table;
}

static void parse_fadt(const uint8_t *table, size_t bytes)
{
    acpi_parse_fadt(table, bytes, &acpi);
    paddr_t dsdt = bytes >= 148 && get64(table + 140) ? get64(table + 140) : get32(table + 40);
    size_t dsdt_bytes;
    const uint8_t *code = map_table(dsdt, &dsdt_bytes);
    if (code)
        acpi_parse_dsdt(code, dsdt_bytes, &acpi);
}

static void parse_table(paddr_t address)
{
    size_t bytes;
    const uint8_t *table = map_table(address, &bytes);
    if (!table)
        return;
    if (same(table, "APIC", 4))
        acpi_parse_madt(table, bytes, &acpi);
    else if (same(table, "FACP", 4))
        parse_fadt(table, bytes);
    else if (same(table, "HPET", 4))
        acpi_parse_hpet(table, bytes, &acpi);
    else if (same(table, "MCFG", 4))
        acpi_parse_mcfg(table, bytes, &acpi);
}

static void parse_root(paddr_t address, unsigned entry_bytes)
{
    size_t bytes;
    const uint8_t *root = map_table(address, &bytes);
    for (size_t at = HEADER_BYTES, n = 0; root && at + entry_bytes <= bytes && n < TABLES_MAX; at += entry_bytes, n++)
        parse_table(entry_bytes == 8 ? get64(root + at) : get32(root + at));
}

static bool rsdp_ok(const uint8_t *p)
{
    return same(p, "RSD PTR ", 8) && acpi_checksum_ok(p, RSDP_V1_BYTES);
}

/* From the loader, or by looking at every 16th byte of the BIOS area (§5.2.5.1). */
static const uint8_t *find_rsdp(const struct boot_info *boot)
{
    if (boot->rsdp_bytes >= RSDP_V1_BYTES && rsdp_ok(boot->rsdp))
        return boot->rsdp;
    if (boot->rsdp_address) {
        const uint8_t *p = mmio_map(boot->rsdp_address, BOOT_RSDP_BYTES);
        return rsdp_ok(p) ? p : NULL;
    }
    const uint8_t *bios = mmio_map(BIOS_START, BIOS_BYTES);
    for (unsigned at = 0; at + BOOT_RSDP_BYTES <= BIOS_BYTES; at += 16)
        if (rsdp_ok(bios + at))
            return bios + at;
    return NULL;
}

void acpi_init(const struct boot_info *boot)
{
    acpi.reset.space = acpi.sleep_control.space = 0xff;
    const uint8_t *rsdp = find_rsdp(boot);
    if (!rsdp) {
        log_warn("acpi", "no tables found: one CPU, 8259 interrupt controllers");
        return;
    }
    uint64_t xsdt = rsdp[15] >= 2 ? get64(rsdp + 24) : 0;
    if (xsdt)
        parse_root(xsdt, 8);
    else
        parse_root(get32(rsdp + 16), 4);
    log_info("acpi", "tables read cpus=%u ioapics=%u hpet=%lx ecam=%lx", acpi.cpus, acpi.ioapics, acpi.hpet_address,
             acpi.ecam_address);
}
