// link: boot/bootinfo.c
/* SPDX-License-Identifier: MIT
 *
 * test_bootinfo.c: boot information from both protocols, from sane loaders and from nonsense. The loader's memory is a
 * buffer of exactly its size, so that a read beyond it is found.
 */
#include "../harness.h"

#include <stdlib.h>

#include "bootinfo.h"

#define BASE 0x10000ull

static uint8_t *memory;
static size_t memory_bytes;
static struct boot_info info;

static const void *reader(uint64_t address, uint64_t bytes)
{
    if (address < BASE || address - BASE > memory_bytes || bytes > memory_bytes - (address - BASE))
        return NULL;
    return memory + (address - BASE);
}

static void make_memory(size_t bytes)
{
    free(memory);
    memory = calloc(1, bytes ? bytes : 1);
    memory_bytes = bytes;
    memset(&info, 0, sizeof info);
}

static void put(size_t at, uint64_t value, unsigned width)
{
    memcpy(memory + at, &value, width);
}

/* PVH: start info at 0, modules at 0x100, memory map at 0x200, command line at the end. */
static void make_pvh(const char *cmdline, unsigned modules, unsigned ranges)
{
    make_memory(0x400 + strlen(cmdline) + 1);
    put(0, BOOT_MAGIC_PVH, 4);
    put(4, 1, 4);
    put(12, modules, 4);
    put(16, BASE + 0x100, 8);
    put(24, BASE + 0x400, 8);
    put(32, 0xf0000, 8);
    put(40, BASE + 0x200, 8);
    put(48, ranges, 4);
    strcpy((char *)memory + 0x400, cmdline);
}

static void put_range(unsigned i, uint64_t base, uint64_t bytes, uint32_t type)
{
    put(0x200 + i * 24, base, 8);
    put(0x208 + i * 24, bytes, 8);
    put(0x210 + i * 24, type, 4);
}

TEST(pvh)
{
    make_pvh("log=debug x", 1, 3);
    put(0x100, 0x7000000, 8);
    put(0x108, 12345, 8);
    put_range(0, 0, 0x9fc00, 1);
    put_range(1, 0x9fc00, 0x400, 2);
    put_range(2, 0x100000, 0x7f00000, 1);
    CHECK(bootinfo_read(&info, BOOT_MAGIC_PVH, BASE, reader));
    CHECK_STR(info.protocol, "pvh");
    CHECK_STR(info.cmdline, "log=debug x");
    CHECK_EQ(info.rsdp_address, 0xf0000);
    CHECK_EQ(info.module_count, 1);
    CHECK_EQ(info.module[0].bytes, 12345);
    CHECK_EQ(info.memory_count, 3);
    CHECK_EQ(info.memory[0].bytes, 0x9f000);
    CHECK(info.memory[0].usable && !info.memory[1].usable && info.memory[2].usable);
    CHECK_EQ(info.dropped, 0);
}

TEST(pvh_nonsense)
{
    make_pvh("x", 1000000, 1000000);
    put(16, ~0ull - 8, 8);
    put(40, ~0ull - 8, 8);
    put(24, 0xffffffffffffff00, 8);
    CHECK(bootinfo_read(&info, BOOT_MAGIC_PVH, BASE, reader));
    CHECK_EQ(info.memory_count, 0);
    CHECK_EQ(info.module_count, 0);
    CHECK_STR(info.cmdline, "");
    CHECK(!bootinfo_read(&info, BOOT_MAGIC_PVH, 8, reader));
    put(0, 1, 4);
    CHECK(!bootinfo_read(&info, BOOT_MAGIC_PVH, BASE, reader));
    CHECK(!bootinfo_read(&info, 0x12345678, BASE, reader));
}

TEST(modules_that_make_no_sense_are_dropped)
{
    make_pvh("", 4, 0);
    put(0x100, 0x7000001, 8);
    put(0x108, 10, 8);
    put(0x120, 0x7000000, 8);
    put(0x128, 0, 8);
    put(0x140, 0x7000000, 8);
    put(0x148, ~0ull, 8);
    put(0x160, ~0xfffull, 8);
    put(0x168, 0x1000, 8);
    CHECK(bootinfo_read(&info, BOOT_MAGIC_PVH, BASE, reader));
    CHECK_EQ(info.module_count, 0);
    CHECK_EQ(info.dropped, 4);
}

/* Multiboot2: tags are appended to what is there. */
static size_t mb2_end;

static void mb2_begin(void)
{
    make_memory(0x2000);
    mb2_end = 8;
}

static size_t mb2_tag(uint32_t type, uint32_t bytes)
{
    size_t at = mb2_end;
    put(at, type, 4);
    put(at + 4, bytes, 4);
    mb2_end += (bytes + 7) & ~7u;
    put(0, mb2_end + 8, 4);
    put(mb2_end, 0, 4);
    put(mb2_end + 4, 8, 4);
    return at + 8;
}

/* Cuts the buffer to the information's size. */
static bool mb2_read(void)
{
    uint32_t bytes;
    memcpy(&bytes, memory, 4);
    if (bytes < memory_bytes) {
        uint8_t *exact = malloc(bytes);
        memcpy(exact, memory, bytes);
        free(memory);
        memory = exact;
        memory_bytes = bytes;
    }
    return bootinfo_read(&info, BOOT_MAGIC_MB2, BASE, reader);
}

static void mb2_memory_range(size_t at, uint64_t base, uint64_t bytes, uint32_t type)
{
    put(at, base, 8);
    put(at + 8, bytes, 8);
    put(at + 16, type, 4);
}

TEST(multiboot2)
{
    mb2_begin();
    size_t at = mb2_tag(1, 8 + 6);
    memcpy(memory + at, "a=1 b", 6);
    at = mb2_tag(3, 16);
    put(at, 0x200000, 4);
    put(at + 4, 0x201234, 4);
    at = mb2_tag(6, 16 + 48);
    put(at, 24, 4);
    mb2_memory_range(at + 8, 0x100000, 0x1000000, 1);
    mb2_memory_range(at + 32, 0x800000, 0x1000, 2);
    at = mb2_tag(8, 38); /* as GRUB makes it: not padded */
    put(at, 0x80000000, 8);
    put(at + 8, 4096, 4);
    put(at + 12, 1024, 4);
    put(at + 16, 768, 4);
    memcpy(memory + at + 20, "\x20\x01\0\0\x10\x08\x08\x08\x00\x08", 10);
    at = mb2_tag(14, 8 + 20);
    memcpy(memory + at, "RSD PTR old", 11);
    at = mb2_tag(15, 8 + 36);
    memcpy(memory + at, "RSD PTR new", 11);
    CHECK(mb2_read());
    CHECK_STR(info.protocol, "multiboot2");
    CHECK_STR(info.cmdline, "a=1 b");
    CHECK_EQ(info.module[0].base, 0x200000);
    CHECK_EQ(info.module[0].bytes, 0x1234);
    CHECK_EQ(info.memory_count, 3);
    CHECK_EQ(info.memory[0].bytes, 0x700000);
    CHECK_EQ(info.memory[2].base, 0x801000);
    CHECK_EQ(info.framebuffer.width, 1024);
    CHECK_EQ(info.framebuffer.red_shift, 16);
    CHECK_EQ(info.rsdp_bytes, 36);
    CHECK(memcmp(info.rsdp, "RSD PTR new", 11) == 0);
}

TEST(multiboot2_framebuffer_that_makes_no_sense)
{
    mb2_begin();
    size_t at = mb2_tag(8, 38);
    put(at, 0x80000000, 8);
    put(at + 8, 100, 4); /* a line of 1024 pixels does not fit into 100 bytes */
    put(at + 12, 1024, 4);
    put(at + 16, 768, 4);
    memcpy(memory + at + 20, "\x20\x01", 2);
    CHECK(mb2_read());
    CHECK_EQ(info.framebuffer.base, 0);
}

TEST(multiboot2_text_without_an_end)
{
    mb2_begin();
    size_t at = mb2_tag(1, 8 + 8);
    memcpy(memory + at, "abcdefgh", 8);
    CHECK(mb2_read());
    CHECK_STR(info.cmdline, "abcdefg");
}

TEST(multiboot2_bad_lengths)
{
    mb2_begin();
    mb2_tag(1, 8 + 8);
    put(12, 0x7fffffff, 4);
    CHECK(mb2_read());
    CHECK_STR(info.cmdline, "");
    mb2_begin();
    put(0, 8, 4);
    CHECK(!mb2_read());
    put(0, 0xffffffff, 4);
    CHECK(!mb2_read());
}

static uint64_t seed = 42;

static uint32_t random32(void)
{
    seed = seed * 6364136223846793005 + 1442695040888963407;
    return (uint32_t)(seed >> 32);
}

TEST(random_information_is_survived)
{
    for (unsigned i = 0; i < 20000; i++) {
        size_t bytes = 16 + random32() % 400 / 8 * 8;
        make_memory(bytes);
        for (size_t k = 0; k < bytes; k++)
            memory[k] = random32() % 3 ? 0 : (uint8_t)random32();
        for (size_t at = 8; at + 8 <= bytes; at += 8 + random32() % 8 * 8) {
            put(at, random32() % 17, 4);
            put(at + 4, random32() % 64, 4);
        }
        put(0, bytes, 4);
        bootinfo_read(&info, BOOT_MAGIC_MB2, BASE, reader);
        put(0, BOOT_MAGIC_PVH, 4);
        put(4, 1, 4);
        bootinfo_read(&info, BOOT_MAGIC_PVH, BASE, reader);
    }
    CHECK(memchr(info.cmdline, 0, sizeof info.cmdline) != NULL);
}

/* Memory maps */

static void check_sound(void)
{
    for (unsigned i = 0; i < info.memory_count; i++) {
        const struct boot_memory *m = &info.memory[i];
        CHECK(m->bytes > 0);
        if (i)
            CHECK(m[-1].base + m[-1].bytes <= m->base);
        if (m->usable)
            CHECK(m->base % 4096 == 0 && m->bytes % 4096 == 0);
    }
}

TEST(memory_is_sorted_joined_and_cut)
{
    const struct boot_raw_range raw[] = {
        {0x3000, 0x1000, true}, {0x1000, 0x2000, true}, {0x3800, 0x100, false}, {0x10000, 0x1800, true}, {0x20100, 0x200, true},
    };
    memset(&info, 0, sizeof info);
    bootinfo_memory(&info, raw, 5);
    check_sound();
    CHECK_EQ(info.memory_count, 3);
    CHECK_EQ(info.memory[0].base, 0x1000);
    CHECK_EQ(info.memory[0].bytes, 0x2000); /* the page with firmware in it is not RAM */
    CHECK_EQ(info.memory[2].bytes, 0x1000);
}

TEST(memory_that_wraps)
{
    const struct boot_raw_range raw[] = {{~0ull - 100, 1000, true}, {0x1000, ~0ull, true}, {0x5000, 0, true}};
    memset(&info, 0, sizeof info);
    bootinfo_memory(&info, raw, 3);
    check_sound();
    CHECK_EQ(info.memory_count, 1);
    CHECK_EQ(info.memory[0].base + info.memory[0].bytes, 1ull << 52);
}

TEST(random_maps_agree_with_a_bitmap)
{
    enum { PAGES = 64, RANGES = 12 };
    for (unsigned round = 0; round < 500; round++) {
        struct boot_raw_range raw[RANGES];
        bool ram[PAGES] = {0}, firmware[PAGES] = {0};
        for (unsigned i = 0; i < RANGES; i++) {
            unsigned from = random32() % PAGES, n = random32() % (PAGES - from);
            raw[i] = (struct boot_raw_range){from * 4096ull, n * 4096ull, random32() % 3 != 0};
            for (unsigned p = from; p < from + n; p++)
                *(raw[i].usable ? &ram[p] : &firmware[p]) = true;
        }
        memset(&info, 0, sizeof info);
        bootinfo_memory(&info, raw, RANGES);
        check_sound();
        for (unsigned p = 0; p < PAGES; p++) {
            bool usable = false;
            for (unsigned i = 0; i < info.memory_count; i++)
                usable |= info.memory[i].usable && p * 4096ull >= info.memory[i].base &&
                          p * 4096ull < info.memory[i].base + info.memory[i].bytes;
            CHECK_EQ(usable, ram[p] && !firmware[p]);
        }
    }
}

TEST(too_many_ranges)
{
    struct boot_raw_range raw[128];
    for (unsigned i = 0; i < 128; i++)
        raw[i] = (struct boot_raw_range){i * 0x10000ull, 0x1000, true};
    memset(&info, 0, sizeof info);
    bootinfo_memory(&info, raw, 128);
    CHECK_EQ(info.memory_count, BOOT_MEMORY_MAX);
    CHECK_EQ(info.dropped, 128 - BOOT_MEMORY_MAX);
}

TEST(options)
{
    char to[8];
    CHECK(bootinfo_option("a=1 noapic log=debug", "log", to, sizeof to));
    CHECK_STR(to, "debug");
    CHECK(bootinfo_option("a=1 noapic log=debug", "noapic", to, sizeof to));
    CHECK_STR(to, "");
    CHECK(!bootinfo_option("xlog=1 logx=2 lo", "log", to, sizeof to));
    CHECK(!bootinfo_option("", "log", to, sizeof to));
    CHECK(bootinfo_option("  log=abcdefghijkl", "log", to, sizeof to));
    CHECK_STR(to, "abcdefg");
    free(memory);
    memory = NULL;
}
