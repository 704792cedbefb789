// link: exokernel/acpi.c exokernel/acpi_parse.c
/* SPDX-License-Identifier: MIT
 *
 * test_acpi.c: the firmware's tables, sane and not. Firmware memory is played by exact copies, so that a read beyond what
 * was asked for is found.
 */
#include "../harness.h"

#include <stdlib.h>

#include "acpi.h"
#include "bootinfo.h"
#include "fake_log.h"
#include "x86/kpaging.h"

enum { MEMORY_BYTES = 0x20000, BASE = 0xe0000, COPIES_MAX = 4096 };

static uint8_t memory[MEMORY_BYTES];
static uint8_t *copies[COPIES_MAX];
static unsigned copy_count;
static struct boot_info boot;

void *mmio_map(paddr_t address, size_t bytes)
{
    uint8_t *copy = malloc(bytes);
    for (size_t i = 0; i < bytes; i++)
        copy[i] = address + i >= BASE && address + i < BASE + MEMORY_BYTES ? memory[address + i - BASE] : 0xff;
    if (copy_count < COPIES_MAX)
        copies[copy_count++] = copy;
    return copy;
}

static void reset(void)
{
    while (copy_count)
        free(copies[--copy_count]);
    memset(memory, 0, sizeof memory);
    memset(&acpi, 0, sizeof acpi);
    memset(&boot, 0, sizeof boot);
    memset(fake_log_lines, 0, sizeof fake_log_lines);
}

static void put(unsigned at, uint64_t value, unsigned width)
{
    memcpy(memory + at, &value, width);
}

static void fix_sum(unsigned at, unsigned bytes, unsigned where)
{
    uint8_t sum = 0;
    memory[at + where] = 0;
    for (unsigned i = 0; i < bytes; i++)
        sum = (uint8_t)(sum + memory[at + i]);
    memory[at + where] = (uint8_t)-sum;
}

static void finish_table(unsigned at, const char *signature, unsigned bytes)
{
    memcpy(memory + at, signature, 4);
    put(at + 4, bytes, 4);
    fix_sum(at, bytes, 9);
}

static void put_rsdp(unsigned at, uint32_t rsdt, uint64_t xsdt)
{
    memcpy(memory + at, "RSD PTR ", 8);
    memory[at + 15] = xsdt ? 2 : 0;
    put(at + 16, rsdt, 4);
    put(at + 20, 36, 4);
    put(at + 24, xsdt, 8);
    fix_sum(at, 20, 8);
    fix_sum(at, 36, 32);
}

/* Two CPUs and one that is off, an I/O APIC, the timer on line 2, line 9 level-triggered and low. */
static void put_madt(unsigned at)
{
    static const uint8_t entries[] = {
        0, 8, 0, 0, 1, 0, 0, 0, 0, 8, 1, 4, 1, 0, 0, 0, 0, 8, 2, 9, 0, 0, 0, 0,
        1, 12, 0, 0, 0, 0, 0xc0, 0xfe, 0, 0, 0, 0,
        2, 10, 0, 0, 2, 0, 0, 0, 0, 0, 2, 10, 0, 9, 9, 0, 0, 0, 0xf, 0,
        9, 16, 0, 0, 0, 1, 0, 0, 1, 0, 0, 0, 7, 0, 0, 0,
    };
    put(at + 36, 0xfee00000, 4);
    memcpy(memory + at + 44, entries, sizeof entries);
    finish_table(at, "APIC", 44 + sizeof entries);
}

static void put_fadt(unsigned at, uint32_t dsdt, uint32_t flags)
{
    put(at + 40, dsdt, 4);
    put(at + 48, 0xb2, 4);
    put(at + 52, 0xf1, 1);
    put(at + 64, 0x604, 4);
    put(at + 112, flags, 4);
    put(at + 116, 1, 1); /* ports */
    put(at + 120, 0xcf9, 8);
    put(at + 128, 0x0f, 1);
    finish_table(at, "FACP", 268);
}

static void put_dsdt(unsigned at, const void *code, unsigned bytes)
{
    memcpy(memory + at + 36, code, bytes);
    finish_table(at, "DSDT", 36 + bytes);
}

static void put_machine(void)
{
    put_rsdp(0x10, BASE + 0x100, 0);
    put(0x100 + 36, BASE + 0x200, 4);
    put(0x100 + 40, BASE + 0x400, 4);
    put(0x100 + 44, BASE + 0x800, 4);
    put(0x100 + 48, BASE + 0x900, 4);
    finish_table(0x100, "RSDT", 52);
    put_madt(0x200);
    put_fadt(0x400, BASE + 0x600, 1 << 10);
    put_dsdt(0x600, "xx\x08_S5_\x12\x06\x04\x0a\x05\x0a\x06\x00\x00yyyy", 20);
    put(0x800 + 44, 0xfed00000, 8);
    finish_table(0x800, "HPET", 56);
    put(0x900 + 44, 0xb0000000, 8);
    put(0x900 + 55, 255, 1);
    finish_table(0x900, "MCFG", 60);
}

static void check_machine(void)
{
    CHECK_EQ(acpi.lapic_address, 0xfee00000);
    CHECK_EQ(acpi.cpus, 3);
    CHECK_EQ(acpi.cpu_lapic_id[1], 4);
    CHECK_EQ(acpi.cpu_lapic_id[2], 0x100);
    CHECK_EQ(acpi.ioapics, 1);
    CHECK_EQ(acpi.ioapic[0].address, 0xfec00000);
    CHECK_EQ(acpi.overrides, 2);
    CHECK(acpi.override[0].irq == 0 && acpi.override[0].line == 2 && !acpi.override[0].level && !acpi.override[0].low);
    CHECK(acpi.override[1].line == 9 && acpi.override[1].level && acpi.override[1].low);
    CHECK_EQ(acpi.pm1a_control, 0x604);
    CHECK(acpi.can_sleep && acpi.s5_type_a == 5 && acpi.s5_type_b == 6);
    CHECK(acpi.reset.space == 1 && acpi.reset.address == 0xcf9 && acpi.reset_value == 0x0f);
    CHECK_EQ(acpi.hpet_address, 0xfed00000);
    CHECK(acpi.ecam_address == 0xb0000000 && acpi.ecam_first_bus == 0 && acpi.ecam_last_bus == 255);
}

TEST(found_by_looking_in_the_bios)
{
    reset();
    put_machine();
    acpi_init(&boot);
    check_machine();
    CHECK_EQ(fake_log_lines[EXO_LOG_WARN], 0);
}

TEST(found_by_the_loaders_address_and_copy)
{
    reset();
    put_machine();
    boot.rsdp_address = BASE + 0x10;
    acpi_init(&boot);
    check_machine();
    memset(&acpi, 0, sizeof acpi);
    boot.rsdp_address = 0;
    boot.rsdp_bytes = 36;
    memcpy(boot.rsdp, memory + 0x10, 36);
    memset(memory + 0x10, 0, 36);
    acpi_init(&boot);
    check_machine();
    reset();
}

TEST(xsdt_is_preferred)
{
    reset();
    put_machine();
    put(0x1000 + 36, BASE + 0x800, 8);
    finish_table(0x1000, "XSDT", 44);
    put_rsdp(0x10, BASE + 0x100, BASE + 0x1000);
    acpi_init(&boot);
    CHECK_EQ(acpi.hpet_address, 0xfed00000);
    CHECK_EQ(acpi.cpus, 0);
    reset();
}

TEST(without_tables)
{
    reset();
    acpi_init(&boot);
    CHECK_EQ(acpi.cpus, 0);
    CHECK(acpi.reset.space == 0xff && acpi.sleep_control.space == 0xff);
    CHECK_EQ(fake_log_lines[EXO_LOG_WARN], 1);
    reset();
}

TEST(bad_checksum_and_length_are_refused)
{
    reset();
    put_machine();
    memory[0x200 + 40] ^= 1;
    put(0x800 + 4, 20, 4);
    put(0x900 + 4, 0x7fffffff, 4);
    acpi_init(&boot);
    CHECK_EQ(acpi.cpus, 0);
    CHECK_EQ(acpi.hpet_address, 0);
    CHECK_EQ(acpi.ecam_address, 0);
    CHECK_EQ(fake_log_lines[EXO_LOG_WARN], 3);
    reset();
}

TEST(madt_entries_of_no_length_end_it)
{
    uint8_t table[36 + 8 + 4] = {0};
    struct acpi_info info = {0};
    table[44] = 0; /* a local APIC of 0 bytes */
    acpi_parse_madt(table, sizeof table, &info);
    table[45] = 200; /* and one that goes beyond the table */
    acpi_parse_madt(table, sizeof table, &info);
    CHECK_EQ(info.cpus, 0);
}

TEST(reduced_hardware)
{
    static uint8_t table[268];
    struct acpi_info info = {0};
    uint32_t flags = 1 << 20 | 1 << 10;
    memcpy(table + 112, &flags, 4);
    table[244] = 0;
    memcpy(table + 248, "\x00\x02\xa0\xfe\0\0\0\0", 8);
    acpi_parse_fadt(table, sizeof table, &info);
    CHECK(info.hardware_reduced && info.sleep_control.space == 0 && info.sleep_control.address == 0xfea00200);
    acpi_parse_fadt(table, 100, &info);
    CHECK_EQ(info.sleep_control.space, 0xff);
}

TEST(s5_values)
{
    static const struct {
        const char *code;
        unsigned bytes;
        int a, b; /* a -1: none */
    } cases[] = {
        {"\x08_S5_\x12\x06\x04\x00\x01\x00\x00xx", 14, 0, 1}, {"\x08_S5_\x12\x06\x04\x0a\x07\x0a\x07\x00xx", 15, 7, 7},
        {"\x08_S5_\x12\x06\x04\x0b\x07", 10, -1, 0},          {"\x08_S5_", 5, -1, 0},
        {"\x08_S4_\x12\x06\x04\x00\x01\x00\x00xx", 14, -1, 0}, {"\x08_S5_\x12\x06\x04\x0a", 9, -1, 0},
    };
    for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        uint8_t *table = malloc(36 + cases[i].bytes);
        struct acpi_info info = {0};
        memset(table, 0, 36);
        memcpy(table + 36, cases[i].code, cases[i].bytes);
        acpi_parse_dsdt(table, 36 + cases[i].bytes, &info);
        CHECK_EQ(info.can_sleep, cases[i].a >= 0);
        if (cases[i].a >= 0)
            CHECK(info.s5_type_a == cases[i].a && info.s5_type_b == cases[i].b);
        free(table);
    }
}

TEST(places_of_virtio_devices)
{
    static const uint8_t device[] = "VR00\x08_HID\x0dLNRO0005\0\x08_UID\0\x08_CRS\x11\x1a\x0a\x17"
                                    "\x86\x09\0\x01\0\x02\xb0\xfe\0\x02\0\0\x89\x06\0\x01\x01\x11\0\0\0\x79\0";
    enum { N = ACPI_VIRTIO_MAX + 2 };
    uint8_t *table = calloc(1, 36 + N * sizeof device);
    struct acpi_info info = {0};
    for (unsigned i = 0; i < N; i++)
        memcpy(table + 36 + i * sizeof device, device, sizeof device);
    acpi_parse_dsdt(table, 36 + N * sizeof device, &info);
    CHECK_EQ(info.virtios, ACPI_VIRTIO_MAX);
    CHECK(info.virtio[0].address == 0xfeb00200 && info.virtio[0].bytes == 512 && info.virtio[0].line == 17);
    for (unsigned cut = 0; cut < sizeof device; cut++) {
        uint8_t *part = malloc(36 + cut);
        memcpy(part, table, 36 + cut);
        info.virtios = 0;
        acpi_parse_dsdt(part, 36 + cut, &info);
        CHECK(info.virtios == (cut >= sizeof device - 3));
        free(part);
    }
    free(table);
}

TEST(random_tables_are_survived)
{
    void (*const parsers[])(const uint8_t *, size_t, struct acpi_info *) = {
        acpi_parse_madt, acpi_parse_fadt, acpi_parse_hpet, acpi_parse_mcfg, acpi_parse_dsdt,
    };
    srandom(7);
    for (unsigned i = 0; i < 20000; i++) {
        size_t bytes = 36 + (size_t)random() % 300;
        uint8_t *table = malloc(bytes);
        struct acpi_info info = {0};
        for (size_t k = 0; k < bytes; k++)
            table[k] = random() % 4 ? (uint8_t)(random() % 16) : (uint8_t)random();
        if (bytes > 60 && random() % 2)
            memcpy(table + 36 + random() % (bytes - 46), i % 2 ? "\x08_S5_\x12\x06\0" : "LNRO0005", 9);
        parsers[i % 5](table, bytes, &info);
        CHECK(info.cpus <= ACPI_CPUS_MAX && info.ioapics <= ACPI_IOAPICS_MAX && info.overrides <= ACPI_OVERRIDES_MAX);
        free(table);
    }
}
