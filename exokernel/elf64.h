/* SPDX-License-Identifier: MIT
 *
 * elf64.h: the parts of the ELF-64 format that loading the first environment needs (ELF-64 Object File Format 1.5).
 */
#ifndef EXOKERNEL_ELF64_H
#define EXOKERNEL_ELF64_H

#include <stdint.h>

enum { ELF64_MAGIC = 0x464c457f, ELF64_EXECUTABLE = 2, ELF64_X86_64 = 62 };
enum { ELF64_LOAD = 1, ELF64_EXEC = 1, ELF64_WRITE = 2 };

struct elf64_header {
    uint32_t magic;
    uint8_t class, data, version0, osabi;
    uint8_t pad[8];
    uint16_t type, machine;
    uint32_t version;
    uint64_t entry, phoff, shoff;
    uint32_t flags;
    uint16_t ehsize, phentsize, phnum, shentsize, shnum, shstrndx;
};

struct elf64_segment {
    uint32_t type, flags;
    uint64_t offset, vaddr, paddr, filesz, memsz, align;
};

_Static_assert(sizeof(struct elf64_header) == 64, "elf64_header");
_Static_assert(sizeof(struct elf64_segment) == 56, "elf64_segment");

#endif
