/* SPDX-License-Identifier: MIT
 *
 * image.h: what the running program knows of its own ELF image. Layer: libos/exo. The linker keeps the ELF header and the
 * program headers at the start of the first segment (__ehdr_start). Source: System V gABI, "Program Header".
 */
#ifndef LIBOS_IMAGE_H
#define LIBOS_IMAGE_H

#include <stddef.h>
#include <stdint.h>

struct image_segment {
    uintptr_t start;
    size_t file_bytes, memory_bytes, align;
    uint32_t flags; /* IMAGE_EXEC | IMAGE_WRITE | IMAGE_READ */
};
enum { IMAGE_EXEC = 1, IMAGE_WRITE = 2, IMAGE_READ = 4 };
enum { IMAGE_LOAD = 1, IMAGE_TLS = 7 };

/* The n-th program header of a type (0: the first). Returns 0, or -1 if there is none. */
int image_find(uint32_t type, unsigned n, struct image_segment *out);

#endif
