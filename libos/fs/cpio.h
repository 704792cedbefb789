/* SPDX-License-Identifier: MIT
 *
 * cpio.h: reads a cpio archive of the "new ASCII" forms (magic 070701, and 070702 with checksums) in memory.
 *
 * Layer: libOS, pure data, no allocation, no state; used by the initrd and by the first environment. Nothing in the
 * archive is believed: every field is checked before it is used, so that any bytes at all are safe to walk. What follows
 * the trailer is not looked at. Names are returned as they stand, but for a leading "./".
 *
 * Format: a header of 110 bytes (magic, then 13 fields of 8 hexadecimal digits), the name with its NUL, padding to 4, the
 * data, padding to 4; the last entry is named TRAILER!!! (cpio(5)). Offsets count from the start of the archive.
 */
#ifndef LIBOS_CPIO_H
#define LIBOS_CPIO_H

#include <stddef.h>
#include <stdint.h>

#define CPIO_HEADER_BYTES 110
#define CPIO_NAME_MAX 1023 /* bytes of a path, without its NUL */

enum cpio_error {
    CPIO_OK,
    CPIO_E_MAGIC,     /* no header where one must be */
    CPIO_E_HEX,       /* a field is not hexadecimal */
    CPIO_E_TRUNCATED, /* header, name or data reach beyond the end */
    CPIO_E_TRAILER,   /* the archive ends without its trailer */
    CPIO_E_NAME,      /* empty, absolute, not ended by NUL, or with an empty, "." or ".." component */
    CPIO_E_NAME_LONG, /* longer than CPIO_NAME_MAX, or a component longer than 255 */
    CPIO_E_PADDING,   /* the archive does not start at an address aligned to 4 */
    CPIO_E_SUM,       /* checksum of the data is wrong (070702) */
    CPIO_E_TYPE,      /* neither file, directory nor symbolic link, or data where none can be */
    CPIO_ERRORS
};

struct cpio {
    const uint8_t *base; /* aligned to 4 */
    size_t bytes;
};

struct cpio_entry {
    const char *name; /* name_len bytes, then NUL; "." is the root itself */
    size_t name_len;
    const uint8_t *data;
    size_t bytes;
    uint32_t ino, mode, uid, gid, nlink, mtime;
    uint32_t dev_major, dev_minor;
    size_t next; /* offset of the header that follows */
};

/* Reads the header at offset at. Returns 1 (*entry is filled), 0 (it is the trailer), or the negative of a cpio_error. */
int cpio_read(const struct cpio *archive, size_t at, struct cpio_entry *entry);

/* As cpio_read, but decodes name, name_len, data, bytes and next alone: for walks that look for a name. */
int cpio_peek(const struct cpio *archive, size_t at, struct cpio_entry *entry);

/* Walks the whole archive, verifies checksums and file types. Returns how many entries there are, or the negative of a
 * cpio_error and where (may be NULL) the header stands that is wrong. */
int cpio_check(const struct cpio *archive, size_t *where);

/* What an error, positive or negative, means; never NULL. */
const char *cpio_strerror(int error);

#endif
