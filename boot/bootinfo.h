/* SPDX-License-Identifier: MIT
 *
 * bootinfo.h: what the loader told us, from either protocol (PVH, Multiboot2) in one structure.
 *
 * Everything is copied: nothing of the loader's memory is needed afterwards, but for the modules themselves. The loader is
 * not trusted to make sense: strings are cut, ranges that wrap or overlap are put right, what is left over is counted.
 */
#ifndef BOOT_BOOTINFO_H
#define BOOT_BOOTINFO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { BOOT_MEMORY_MAX = 64, BOOT_MODULES_MAX = 4, BOOT_CMDLINE_BYTES = 4096, BOOT_RSDP_BYTES = 36 };

struct boot_info {
    const char *protocol; /* "pvh", "multiboot2", or NULL: neither */
    char cmdline[BOOT_CMDLINE_BYTES];

    /* Sorted, not overlapping, neighbours of a kind joined; RAM (usable) in whole pages. */
    unsigned memory_count;
    struct boot_memory {
        uint64_t base, bytes;
        bool usable; /* RAM; else firmware's: ACPI tables, devices */
    } memory[BOOT_MEMORY_MAX];

    unsigned module_count;
    struct boot_module {
        uint64_t base, bytes;
    } module[BOOT_MODULES_MAX];

    struct boot_framebuffer {
        uint64_t base; /* 0: none */
        uint32_t width, height, pitch;
        uint8_t bits, red_shift, green_shift, blue_shift;
    } framebuffer;

    uint64_t rsdp_address;         /* 0: not known */
    uint8_t rsdp[BOOT_RSDP_BYTES]; /* Multiboot2 hands a copy over instead; */
    unsigned rsdp_bytes;           /* 0: it did not */

    unsigned dropped; /* memory ranges, modules, text bytes that had no room or made no sense */
};

enum { BOOT_MAGIC_PVH = 0x336ec578, BOOT_MAGIC_MB2 = 0x36d76289 };

/* How the loader's memory is read: `bytes` bytes at a physical address, or NULL where that cannot be. */
typedef const void *boot_reader(uint64_t address, uint64_t bytes);

/* Fills *info from what entry.asm found in the registers. False if the protocol is unknown or its structure unreadable. */
bool bootinfo_read(struct boot_info *info, uint32_t magic, uint64_t address, boot_reader *read);

/* Makes memory[] from raw ranges in any order (bootinfo.c sorts, cuts, joins). Exposed for tests. */
struct boot_raw_range {
    uint64_t base, bytes;
    bool usable;
};
void bootinfo_memory(struct boot_info *info, const struct boot_raw_range *raw, unsigned count);

/* The value of `key=` on the command line, cut to size bytes, into `to`; false if there is no such word. A word `key`
 * alone has the value "". */
bool bootinfo_option(const char *cmdline, const char *key, char *to, size_t size);

#endif
