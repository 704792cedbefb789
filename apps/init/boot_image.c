/* SPDX-License-Identifier: MIT
 *
 * boot_image.c: the boot module is this program's ELF file, padded with zeroes to a page, and then a cpio archive. Where
 * the file ends follows from its headers. Layer: apps/init. Nothing of it is believed but what the kernel has loaded from.
 */
#include <elf.h>
#include <stdio.h>
#include <string.h>

#include "exo/exo.h"
#include "exo/layout.h"
#include "init.h"

static uint64_t max(uint64_t a, uint64_t b) { return a > b ? a : b; }

/* The end of what the section headers name and of themselves, or 0 if they do not lie in the image. */
static uint64_t sections_end(const uint8_t *image, uint64_t bytes, const Elf64_Ehdr *header)
{
    uint64_t end = header->e_shoff + (uint64_t)header->e_shnum * sizeof(Elf64_Shdr);
    if (header->e_shoff > bytes || end > bytes)
        return 0;
    const Elf64_Shdr *section = (const Elf64_Shdr *)(image + header->e_shoff);
    for (unsigned i = 0; i < header->e_shnum; i++)
        if (section[i].sh_type != SHT_NOBITS)
            end = max(end, section[i].sh_offset + section[i].sh_size);
    return end;
}

/* The end of the ELF file, or 0 if the headers are nonsense. */
static uint64_t elf_end(const uint8_t *image, uint64_t bytes)
{
    const Elf64_Ehdr *header = (const Elf64_Ehdr *)image;
    if (bytes < sizeof *header || memcmp(header->e_ident, ELFMAG, SELFMAG) != 0)
        return 0;
    uint64_t end = header->e_phoff + (uint64_t)header->e_phnum * sizeof(Elf64_Phdr);
    if (header->e_phoff > bytes || end > bytes)
        return 0;
    const Elf64_Phdr *program = (const Elf64_Phdr *)(image + header->e_phoff);
    for (unsigned i = 0; i < header->e_phnum; i++)
        end = max(end, program[i].p_offset + program[i].p_filesz);
    uint64_t sections = sections_end(image, bytes, header);
    end = max(end, sections);
    return sections != 0 && end <= bytes ? end : 0;
}

const char *boot_image_find(struct cpio *archive)
{
    static char reason[160];
    const uint8_t *image = (const uint8_t *)EXO_BOOT_IMAGE_BASE;
    uint64_t bytes = exo_info()->module_bytes;
    size_t where = 0;
    *archive = (struct cpio){NULL, 0};
    uint64_t end = bytes ? elf_end(image, bytes) : 0;
    if (end == 0)
        return "the boot image is cut short within the first program";
    uint64_t start = (end + EXO_PAGE_BYTES - 1) & -(uint64_t)EXO_PAGE_BYTES;
    if (start >= bytes)
        return "there is no initrd: the boot image ends with the first program";
    struct cpio found = {image + start, bytes - start};
    int entries = cpio_check(&found, &where);
    if (entries < 0) {
        snprintf(reason, sizeof reason, "the initrd (%zu bytes) is damaged at byte %zu: %s", found.bytes, where,
                 cpio_strerror(entries));
        return reason;
    }
    *archive = found;
    return NULL;
}

int boot_image_file(const struct cpio *archive, const char *path, struct cpio_entry *entry)
{
    for (size_t at = 0; archive->bytes != 0 && cpio_read(archive, at, entry) == 1; at = entry->next)
        if ((entry->mode & 0170000) == 0100000 && strcmp(entry->name, path) == 0)
            return 1;
    return 0;
}
