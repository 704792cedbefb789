/* SPDX-License-Identifier: MIT
 *
 * image.c: walks the program headers of the running program (image.h). Layer: libos/exo. Read-only data, no locks.
 */
#include "exo/image.h"

struct elf_header {
    uint8_t ident[16];
    uint16_t type, machine;
    uint32_t version;
    uint64_t entry, program_offset, section_offset;
    uint32_t flags;
    uint16_t header_bytes, program_bytes, program_count, section_bytes, section_count, names;
};

struct elf_program {
    uint32_t type, flags;
    uint64_t offset, address, physical, file_bytes, memory_bytes, align;
};

_Static_assert(sizeof(struct elf_header) == 64, "ELF header");
_Static_assert(sizeof(struct elf_program) == 56, "ELF program header");

extern const struct elf_header __ehdr_start __attribute__((weak, visibility("hidden")));

int image_find(uint32_t type, unsigned n, struct image_segment *out)
{
    const struct elf_header *header = &__ehdr_start;
    if (!header)
        return -1;
    const struct elf_program *program = (const void *)((const char *)header + header->program_offset);
    for (unsigned i = 0; i < header->program_count; i++, program++) {
        if (program->type != type || n--)
            continue;
        out->start = program->address;
        out->file_bytes = program->file_bytes;
        out->memory_bytes = program->memory_bytes;
        out->align = program->align ? program->align : 1;
        out->flags = program->flags;
        return 0;
    }
    return -1;
}
