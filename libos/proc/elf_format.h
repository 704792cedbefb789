/* SPDX-License-Identifier: MIT
 *
 * elf_format.h: the structures of ELF64 files (System V gABI chapters 4 and 5), for elf.c and elf_symbol.c alone.
 */
#ifndef LIBOS_ELF_FORMAT_H
#define LIBOS_ELF_FORMAT_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct elf_header {
    uint8_t magic[4], class, data, ident_version, abi, abi_version, pad[7];
    uint16_t type, machine;
    uint32_t version;
    uint64_t entry, phoff, shoff;
    uint32_t flags;
    uint16_t ehsize, phentsize, phnum, shentsize, shnum, shstrndx;
};

struct elf_program {
    uint32_t type, flags;
    uint64_t offset, vaddr, paddr, filesz, memsz, align;
};

struct elf_section {
    uint32_t name, type;
    uint64_t flags, addr, offset, size;
    uint32_t link, info;
    uint64_t addralign, entsize;
};

struct elf_symbol_entry {
    uint32_t name;
    uint8_t info, other;
    uint16_t section;
    uint64_t value, size;
};

struct elf_note_header {
    uint32_t name_bytes, desc_bytes, type;
};

_Static_assert(sizeof(struct elf_header) == 64, "Elf64_Ehdr");
_Static_assert(sizeof(struct elf_program) == 56, "Elf64_Phdr");
_Static_assert(sizeof(struct elf_section) == 64, "Elf64_Shdr");
_Static_assert(sizeof(struct elf_symbol_entry) == 24, "Elf64_Sym");

enum { ELF_CLASS_64 = 2, ELF_DATA_LITTLE = 1, ELF_MACHINE_X86_64 = 62 };
enum { ELF_TYPE_REL = 1, ELF_TYPE_EXEC = 2, ELF_TYPE_DYN = 3 };
enum { ELF_PT_LOAD = 1, ELF_PT_DYNAMIC = 2, ELF_PT_INTERP = 3, ELF_PT_NOTE = 4, ELF_PT_TLS = 7 };
enum { ELF_SHT_SYMTAB = 2, ELF_STT_FUNC = 2 };

/* Copies bytes out of the image, whatever its alignment. Returns 0, or -1 if they do not lie in it. */
static inline int elf_copy(const void *image, size_t bytes, uint64_t at, void *to, size_t n)
{
    if (at > bytes || n > bytes - at)
        return -1;
    memcpy(to, (const uint8_t *)image + at, n);
    return 0;
}

#endif
