// SPDX-License-Identifier: MIT
/*
 * initrd_file.c: a file of the boot archive by its absolute path, where it lies. Layer: libOS.
 *
 * For the report of a death, in programs that walk no paths: no links are followed, "." and ".." are not resolved.
 */
#include "fs/initrd.h"

#include <string.h>

const void *initrd_file(const char *path, size_t *bytes)
{
    struct cpio_entry entry;
    if (path[0] != '/')
        return NULL;
    for (size_t at = 0; cpio_peek(&initrd_archive, at, &entry) > 0; at = entry.next)
        if (strcmp(entry.name, path + 1) == 0 && entry.bytes) {
            *bytes = entry.bytes;
            return entry.data;
        }
    return NULL;
}
