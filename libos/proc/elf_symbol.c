// SPDX-License-Identifier: MIT
/*
 * elf_symbol.c: from an address to the name of its function, for stack traces; see elf.h. Layer: libOS, pure data.
 *
 * Apart from elf.c, so that a program which never prints a trace does not link it. The file may be any bytes.
 */
#include "proc/elf.h"

#include "proc/elf_format.h"

#define BEHIND_MAX 4096 /* bytes behind the end: a function of assembly has no size */

/* Finds .symtab and its string table. */
static int find_tables(const void *image, size_t bytes, struct elf_section *symbols, struct elf_section *strings)
{
    struct elf_header header;
    if (elf_copy(image, bytes, 0, &header, sizeof header) || memcmp(header.magic, "\177ELF", 4) != 0 ||
        header.class != ELF_CLASS_64 || header.shentsize != sizeof *symbols || header.shoff > bytes)
        return -1;
    for (unsigned i = 0; i < header.shnum; i++) {
        if (elf_copy(image, bytes, header.shoff + i * sizeof *symbols, symbols, sizeof *symbols))
            return -1;
        if (symbols->type != ELF_SHT_SYMTAB)
            continue;
        if (symbols->offset > bytes || symbols->size > bytes - symbols->offset || symbols->link >= header.shnum)
            return -1;
        if (elf_copy(image, bytes, header.shoff + symbols->link * sizeof *strings, strings, sizeof *strings))
            return -1;
        return strings->offset > bytes || strings->size > bytes - strings->offset ? -1 : 0;
    }
    return -1;
}

/* Is a a better answer than b for addr? One that contains it wins, then the nearer one. */
static int better(const struct elf_symbol_entry *a, const struct elf_symbol_entry *b, int have, uint64_t addr)
{
    if (!have)
        return 1;
    int a_holds = addr - a->value < a->size, b_holds = addr - b->value < b->size;
    return a_holds != b_holds ? a_holds : a->value > b->value;
}

int elf_symbol(const void *image, size_t bytes, uint64_t addr, const char **name, uint64_t *offset)
{
    struct elf_section symbols, strings;
    struct elf_symbol_entry entry, best = {0};
    int have = 0;
    if (find_tables(image, bytes, &symbols, &strings))
        return -1;
    for (uint64_t at = 0; symbols.size - at >= sizeof entry; at += sizeof entry) {
        elf_copy(image, bytes, symbols.offset + at, &entry, sizeof entry);
        if ((entry.info & 15) != ELF_STT_FUNC || entry.section == 0 || entry.value > addr || entry.name >= strings.size)
            continue;
        if (better(&entry, &best, have, addr)) {
            best = entry;
            have = 1;
        }
    }
    if (!have || addr - best.value >= best.size + BEHIND_MAX)
        return -1;
    const char *text = (const char *)image + strings.offset + best.name;
    if (!memchr(text, 0, strings.size - best.name))
        return -1;
    *name = text;
    *offset = addr - best.value;
    return 0;
}
