/* SPDX-License-Identifier: MIT
 *
 * bootinfo.c: makes struct boot_info of what a loader left in memory (bootinfo.h). Ring 0, at boot; no hardware, so that
 * tests/host can feed it nonsense. Sources: Multiboot2 specification 2.0 §3.6; Xen's
 * include/public/arch-x86/hvm/start_info.h; memory types of ACPI 6.4 §15.
 */
#include "bootinfo.h"

enum { RAW_MAX = 128, PAGE_BYTES = 4096, E820_RAM = 1, MB2_INFO_MAX_BYTES = 1 << 20 };

/* Physical addresses have at most 52 bits (Intel SDM vol 3 §4.1.4). */
#define ADDRESS_LIMIT (1ull << 52)

struct raw_map {
    struct boot_raw_range range[RAW_MAX];
    unsigned count;
};

static void raw_add(struct boot_info *info, struct raw_map *map, uint64_t base, uint64_t bytes, uint32_t type)
{
    if (bytes == 0)
        return;
    if (map->count == RAW_MAX) {
        info->dropped++;
        return;
    }
    map->range[map->count++] = (struct boot_raw_range){base, bytes, type == E820_RAM};
}

static void copy_text(struct boot_info *info, char *to, const char *from, size_t size)
{
    size_t i = 0;
    for (; from[i] && i + 1 < size; i++)
        to[i] = from[i];
    if (from[i])
        info->dropped++;
    to[i] = 0;
}

static void add_module(struct boot_info *info, uint64_t base, uint64_t bytes)
{
    bool sane = bytes && base && base < ADDRESS_LIMIT && bytes < ADDRESS_LIMIT - base && base % PAGE_BYTES == 0;
    if (!sane || info->module_count == BOOT_MODULES_MAX) {
        info->dropped++;
        return;
    }
    info->module[info->module_count++] = (struct boot_module){base, bytes};
}

/* The memory map */

static uint64_t range_end(const struct boot_raw_range *range)
{
    if (range->base >= ADDRESS_LIMIT)
        return range->base;
    return range->bytes > ADDRESS_LIMIT - range->base ? ADDRESS_LIMIT : range->base + range->bytes;
}

static void sort(uint64_t *values, unsigned count)
{
    for (unsigned i = 1; i < count; i++) {
        uint64_t value = values[i];
        unsigned k = i;
        for (; k > 0 && values[k - 1] > value; k--)
            values[k] = values[k - 1];
        values[k] = value;
    }
}

enum kind { NOTHING, RAM, FIRMWARE };

/* What [from, to) is, where no raw range begins or ends inside: RAM only if nobody says otherwise. */
static enum kind kind_of(const struct boot_raw_range *raw, unsigned count, uint64_t from, uint64_t to)
{
    enum kind kind = NOTHING;
    for (unsigned i = 0; i < count; i++)
        if (raw[i].base <= from && range_end(&raw[i]) >= to) {
            if (!raw[i].usable)
                return FIRMWARE;
            kind = RAM;
        }
    return kind;
}

static void append(struct boot_info *info, uint64_t base, uint64_t end, bool usable)
{
    struct boot_memory *last = info->memory_count ? &info->memory[info->memory_count - 1] : NULL;
    if (last && last->usable == usable && last->base + last->bytes == base) {
        last->bytes += end - base;
        return;
    }
    if (info->memory_count == BOOT_MEMORY_MAX) {
        info->dropped++;
        return;
    }
    info->memory[info->memory_count++] = (struct boot_memory){base, end - base, usable};
}

/* RAM shrinks to whole pages; what is left with none goes. */
static void trim(struct boot_info *info)
{
    unsigned kept = 0;
    for (unsigned i = 0; i < info->memory_count; i++) {
        struct boot_memory m = info->memory[i];
        uint64_t end = m.base + m.bytes;
        if (m.usable) {
            m.base = (m.base + PAGE_BYTES - 1) & ~(PAGE_BYTES - 1ull);
            end &= ~(PAGE_BYTES - 1ull);
        }
        if (m.base >= end)
            continue;
        m.bytes = end - m.base;
        info->memory[kept++] = m;
    }
    info->memory_count = kept;
}

void bootinfo_memory(struct boot_info *info, const struct boot_raw_range *raw, unsigned count)
{
    uint64_t edges[2 * RAW_MAX];
    unsigned n = 0;
    if (count > RAW_MAX)
        count = RAW_MAX;
    for (unsigned i = 0; i < count; i++)
        if (range_end(&raw[i]) > raw[i].base) {
            edges[n++] = raw[i].base;
            edges[n++] = range_end(&raw[i]);
        }
    sort(edges, n);
    info->memory_count = 0;
    for (unsigned i = 0; i + 1 < n; i++) {
        if (edges[i] == edges[i + 1])
            continue;
        enum kind kind = kind_of(raw, count, edges[i], edges[i + 1]);
        if (kind != NOTHING)
            append(info, edges[i], edges[i + 1], kind == RAM);
    }
    trim(info);
}

/* PVH. Loaders of 32 bits align their structures to 4 bytes. */

struct __attribute__((packed, aligned(4))) pvh_start_info {
    uint32_t magic, version, flags, module_count;
    uint64_t modules, cmdline, rsdp;
    uint64_t memory; /* from version 1 on */
    uint32_t memory_count, reserved;
};
struct __attribute__((packed, aligned(4))) pvh_module {
    uint64_t base, bytes, cmdline, reserved;
};
struct __attribute__((packed, aligned(4))) pvh_memory {
    uint64_t base, bytes;
    uint32_t type, reserved;
};
_Static_assert(sizeof(struct pvh_start_info) == 56 && sizeof(struct pvh_memory) == 24, "start_info.h");

static void read_cmdline(struct boot_info *info, uint64_t address, boot_reader *read)
{
    const char *byte;
    size_t i = 0;
    while (address && (byte = read(address + i, 1)) && *byte && i + 1 < BOOT_CMDLINE_BYTES)
        info->cmdline[i++] = *byte;
    info->cmdline[i] = 0;
    if (i + 1 == BOOT_CMDLINE_BYTES)
        info->dropped++;
}

/* Entry i of an array, or NULL where it cannot be read. */
static const void *read_entry(uint64_t array, uint32_t i, size_t bytes, boot_reader *read)
{
    return array % 4 == 0 ? read(array + i * bytes, bytes) : NULL;
}

static bool read_pvh(struct boot_info *info, struct raw_map *map, uint64_t address, boot_reader *read)
{
    const struct pvh_start_info *start = read(address, sizeof *start);
    if (!start || address % 4 || start->magic != BOOT_MAGIC_PVH)
        return false;
    info->protocol = "pvh";
    info->rsdp_address = start->rsdp;
    read_cmdline(info, start->cmdline, read);
    for (uint32_t i = 0; i < start->module_count && i < BOOT_MODULES_MAX; i++) {
        const struct pvh_module *module = read_entry(start->modules, i, sizeof *module, read);
        if (module)
            add_module(info, module->base, module->bytes);
    }
    for (uint32_t i = 0; start->version >= 1 && i < start->memory_count && i < RAW_MAX; i++) {
        const struct pvh_memory *memory = read_entry(start->memory, i, sizeof *memory, read);
        if (memory)
            raw_add(info, map, memory->base, memory->bytes, memory->type);
    }
    return true;
}

/* Multiboot2 */

enum {
    MB2_TAG_END = 0,
    MB2_TAG_CMDLINE = 1,
    MB2_TAG_MODULE = 3,
    MB2_TAG_MEMORY = 6,
    MB2_TAG_FRAMEBUFFER = 8,
    MB2_TAG_RSDP_V1 = 14,
    MB2_TAG_RSDP_V2 = 15,
    MB2_FRAMEBUFFER_RGB = 1,
    MB2_FRAMEBUFFER_BYTES = 38, /* without what the structure is padded with */
};
struct mb2_tag {
    uint32_t type, bytes;
};
struct mb2_module {
    struct mb2_tag tag;
    uint32_t start, end;
};
struct mb2_memory {
    struct mb2_tag tag;
    uint32_t entry_bytes, entry_version;
};
struct mb2_memory_entry {
    uint64_t base, bytes;
    uint32_t type, reserved;
};
struct mb2_framebuffer {
    struct mb2_tag tag;
    uint64_t base;
    uint32_t pitch, width, height;
    uint8_t bits, type;
    uint16_t reserved;
    uint8_t red_shift, red_bits, green_shift, green_bits, blue_shift, blue_bits;
};
_Static_assert(sizeof(struct mb2_memory_entry) == 24, "Multiboot2 §3.6.8");
_Static_assert(offsetof(struct mb2_framebuffer, blue_bits) + 1 == MB2_FRAMEBUFFER_BYTES, "Multiboot2 §3.6.12");

static void read_mb2_memory(struct boot_info *info, struct raw_map *map, const struct mb2_memory *tag)
{
    if (tag->tag.bytes < sizeof *tag || tag->entry_bytes < sizeof(struct mb2_memory_entry))
        return;
    const char *at = (const char *)(tag + 1), *end = (const char *)tag + tag->tag.bytes;
    for (; (size_t)(end - at) >= tag->entry_bytes; at += tag->entry_bytes) {
        const struct mb2_memory_entry *entry = (const void *)at;
        raw_add(info, map, entry->base, entry->bytes, entry->type);
    }
}

static void read_mb2_framebuffer(struct boot_info *info, const struct mb2_framebuffer *tag)
{
    bool sane = tag->tag.bytes >= MB2_FRAMEBUFFER_BYTES && tag->type == MB2_FRAMEBUFFER_RGB && tag->base < ADDRESS_LIMIT &&
                tag->width && tag->height && tag->width <= 16384 && tag->height <= 16384 &&
                (tag->bits == 16 || tag->bits == 24 || tag->bits == 32) &&
                tag->pitch >= tag->width * tag->bits / 8u && tag->pitch <= 1u << 20;
    if (!sane)
        return;
    info->framebuffer = (struct boot_framebuffer){.base = tag->base,
                                                  .width = tag->width,
                                                  .height = tag->height,
                                                  .pitch = tag->pitch,
                                                  .bits = tag->bits,
                                                  .red_shift = tag->red_shift,
                                                  .green_shift = tag->green_shift,
                                                  .blue_shift = tag->blue_shift};
}

/* The newer RSDP wins over the older, whichever comes first. */
static void read_mb2_rsdp(struct boot_info *info, const struct mb2_tag *tag)
{
    unsigned bytes = tag->bytes - (unsigned)sizeof *tag;
    if (bytes > BOOT_RSDP_BYTES)
        bytes = BOOT_RSDP_BYTES;
    if (bytes < info->rsdp_bytes)
        return;
    for (unsigned i = 0; i < bytes; i++)
        info->rsdp[i] = ((const uint8_t *)(tag + 1))[i];
    info->rsdp_bytes = bytes;
}

static void read_mb2_text(struct boot_info *info, const struct mb2_tag *tag)
{
    size_t room = tag->bytes - sizeof *tag;
    copy_text(info, info->cmdline, (const char *)(tag + 1), room < BOOT_CMDLINE_BYTES ? room : BOOT_CMDLINE_BYTES);
}

static void read_mb2_tag(struct boot_info *info, struct raw_map *map, const struct mb2_tag *tag)
{
    const struct mb2_module *module = (const void *)tag;
    switch (tag->type) {
    case MB2_TAG_CMDLINE:
        if (tag->bytes > sizeof *tag)
            read_mb2_text(info, tag);
        break;
    case MB2_TAG_MODULE:
        if (tag->bytes >= sizeof *module && module->end > module->start)
            add_module(info, module->start, module->end - module->start);
        break;
    case MB2_TAG_MEMORY:
        read_mb2_memory(info, map, (const void *)tag);
        break;
    case MB2_TAG_FRAMEBUFFER:
        read_mb2_framebuffer(info, (const void *)tag);
        break;
    case MB2_TAG_RSDP_V1:
    case MB2_TAG_RSDP_V2:
        read_mb2_rsdp(info, tag);
        break;
    default:
        break;
    }
}

static bool read_mb2(struct boot_info *info, struct raw_map *map, uint64_t address, boot_reader *read)
{
    const uint32_t *head = read(address, 8);
    uint32_t bytes = head ? head[0] : 0;
    if (bytes < 16 || bytes > MB2_INFO_MAX_BYTES || address % 8 || !read(address, bytes))
        return false;
    info->protocol = "multiboot2";
    const char *base = read(address, bytes);
    for (uint32_t at = 8; bytes - at >= sizeof(struct mb2_tag);) {
        const struct mb2_tag *tag = (const void *)(base + at);
        if (tag->type == MB2_TAG_END || tag->bytes < sizeof *tag || tag->bytes > bytes - at)
            break;
        read_mb2_tag(info, map, tag);
        uint32_t step = (tag->bytes + 7) & ~7u;
        if (step > bytes - at)
            break;
        at += step;
    }
    return true;
}

bool bootinfo_read(struct boot_info *info, uint32_t magic, uint64_t address, boot_reader *read)
{
    struct raw_map map;
    bool good = false;
    map.count = 0;
    if (magic == BOOT_MAGIC_PVH)
        good = read_pvh(info, &map, address, read);
    else if (magic == BOOT_MAGIC_MB2)
        good = read_mb2(info, &map, address, read);
    bootinfo_memory(info, map.range, map.count);
    return good;
}

/* The command line */

static bool word_is(const char *word, const char *key, const char **value)
{
    while (*key && *word == *key) {
        word++;
        key++;
    }
    if (*key || (*word && *word != ' ' && *word != '='))
        return false;
    *value = *word == '=' ? word + 1 : word;
    return true;
}

bool bootinfo_option(const char *cmdline, const char *key, char *to, size_t size)
{
    const char *value;
    for (const char *at = cmdline; *at;) {
        while (*at == ' ')
            at++;
        if (*at && word_is(at, key, &value)) {
            size_t i = 0;
            for (; value[i] && value[i] != ' ' && i + 1 < size; i++)
                to[i] = value[i];
            to[i] = 0;
            return true;
        }
        while (*at && *at != ' ')
            at++;
    }
    return false;
}
