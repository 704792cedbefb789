/* SPDX-License-Identifier: MIT
 *
 * initrd.h: the boot archive as a read-only file system, read where it lies. Layer: libOS.
 *
 * initrd.c holds the archive and the operations on open files, initrd_dir.c names. No index is built: a lookup walks the
 * headers, which for the archives of a boot image is cheaper than to index them in each small program.
 *
 * An id is the offset of an entry's header plus INITRD_FIRST, and for a directory the length of its path << 40: so a
 * directory that has no entry of its own is named by the first entry below it. The root is INITRD_ROOT.
 */
#ifndef LIBOS_INITRD_H
#define LIBOS_INITRD_H

#include "fs/cpio.h"
#include "fs/fs.h"

#define INITRD_ROOT 1u
#define INITRD_FIRST 4u
#define INITRD_LEN_SHIFT 40

/* The archive of this process; bytes is 0 if there is none. Set once by the start code. */
extern struct cpio initrd_archive;

static inline size_t initrd_offset(uint64_t ino) { return (ino & ((1ull << INITRD_LEN_SHIFT) - 1)) - INITRD_FIRST; }
static inline size_t initrd_length(uint64_t ino) { return ino >> INITRD_LEN_SHIFT; }

/* The entry of an id. Returns 0, or -ENOENT for the root and directories without an entry, whose path is then *entry's
 * name up to initrd_length(ino); -EIO if the archive is damaged. */
int initrd_entry(uint64_t ino, struct cpio_entry *entry);

/* The bytes of a file by its absolute path, for who walks no paths (initrd_file.c); NULL if it is not there as such. */
const void *initrd_file(const char *path, size_t *bytes);

#endif
