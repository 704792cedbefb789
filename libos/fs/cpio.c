// SPDX-License-Identifier: MIT
/*
 * cpio.c: the cpio reader of cpio.h. Layer: libOS, pure data.
 *
 * Invariant of every function: offsets are size_t and compared by subtraction from what is left, so nothing wraps.
 */
#include "fs/cpio.h"

#include <string.h>

#define TRAILER "TRAILER!!!"
#define COMPONENT_MAX 255
#define MODE_TYPE 0170000u
#define MODE_DIRECTORY 0040000u
#define MODE_REGULAR 0100000u
#define MODE_SYMLINK 0120000u

/* Fields of the header, in their order. */
enum {
    FIELD_INO, FIELD_MODE, FIELD_UID, FIELD_GID, FIELD_NLINK, FIELD_MTIME, FIELD_FILESIZE, FIELD_DEV_MAJOR,
    FIELD_DEV_MINOR, FIELD_RDEV_MAJOR, FIELD_RDEV_MINOR, FIELD_NAMESIZE, FIELD_CHECK, FIELDS
};

_Static_assert(6 + 8 * FIELDS == CPIO_HEADER_BYTES, "cpio header");

static int hex_digit(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static int field(const uint8_t *header, int index, uint32_t *value)
{
    const uint8_t *digits = header + 6 + 8 * index;
    uint32_t sum = 0;
    int bad = 0;
    for (int i = 0; i < 8; i++) {
        int digit = hex_digit(digits[i]);
        bad |= digit;
        sum = sum << 4 | ((uint32_t)digit & 15);
    }
    *value = sum;
    return bad < 0 ? -CPIO_E_HEX : 0;
}

/* A relative path of non-empty components without "." and "..". */
static int check_name(const char *name, size_t len)
{
    if (len == 0 || name[0] == '/')
        return -CPIO_E_NAME;
    size_t start = 0;
    for (size_t i = 0; i <= len; i++) {
        if (i < len && name[i] != '/') {
            if (name[i] == 0)
                return -CPIO_E_NAME;
            continue;
        }
        size_t part = i - start;
        if (part == 0 || (part == 1 && name[start] == '.') || (part == 2 && name[start] == '.' && name[start + 1] == '.'))
            return -CPIO_E_NAME;
        if (part > COMPONENT_MAX)
            return -CPIO_E_NAME_LONG;
        start = i + 1;
    }
    return 0;
}

/* Name of the entry: checks that it ends in NUL, takes a leading "./" off. */
static int take_name(const uint8_t *raw, size_t bytes, struct cpio_entry *entry)
{
    if (bytes == 0 || raw[bytes - 1] != 0)
        return -CPIO_E_NAME;
    entry->name = (const char *)raw;
    entry->name_len = bytes - 1;
    if (entry->name_len == 1 && raw[0] == '.')
        return 0;
    if (entry->name_len > 2 && raw[0] == '.' && raw[1] == '/') {
        entry->name += 2;
        entry->name_len -= 2;
    }
    return check_name(entry->name, entry->name_len);
}

static size_t align4(size_t n) { return (n + 3) & ~(size_t)3; }

/* Is this the magic of a header? A run of zeroes or the end instead of one means that the trailer is missing. */
static int check_magic(const struct cpio *archive, size_t at)
{
    if ((uintptr_t)archive->base % 4)
        return -CPIO_E_PADDING;
    if (at >= archive->bytes)
        return -CPIO_E_TRAILER;
    size_t left = archive->bytes - at;
    const uint8_t *header = archive->base + at;
    if (at % 4 || memcmp(header, "070701", left < 5 ? left : 5) != 0)
        return -CPIO_E_MAGIC;
    if (left < CPIO_HEADER_BYTES)
        return -CPIO_E_TRUNCATED;
    return header[5] == '1' || header[5] == '2' ? 0 : -CPIO_E_MAGIC;
}

int cpio_peek(const struct cpio *archive, size_t at, struct cpio_entry *entry)
{
    int error = check_magic(archive, at);
    if (error)
        return error;
    const uint8_t *header = archive->base + at;
    size_t left = archive->bytes - at - CPIO_HEADER_BYTES;
    uint32_t name_bytes, data_bytes;
    if (field(header, FIELD_NAMESIZE, &name_bytes) || field(header, FIELD_FILESIZE, &data_bytes))
        return -CPIO_E_HEX;
    if (name_bytes > CPIO_NAME_MAX + 3)
        return -CPIO_E_NAME_LONG;
    if (name_bytes > left)
        return -CPIO_E_TRUNCATED;
    const uint8_t *name = header + CPIO_HEADER_BYTES;
    if (name_bytes == sizeof TRAILER && memcmp(name, TRAILER, sizeof TRAILER) == 0)
        return 0;
    error = take_name(name, name_bytes, entry);
    if (error)
        return error;
    size_t data = align4(at + CPIO_HEADER_BYTES + name_bytes);
    if (data > archive->bytes || data_bytes > archive->bytes - data)
        return -CPIO_E_TRUNCATED;
    entry->data = archive->base + data;
    entry->bytes = data_bytes;
    entry->next = align4(data + data_bytes);
    return 1;
}

int cpio_read(const struct cpio *archive, size_t at, struct cpio_entry *entry)
{
    int found = cpio_peek(archive, at, entry);
    if (found <= 0)
        return found;
    uint32_t values[FIELDS];
    for (int i = 0; i < FIELDS; i++)
        if (field(archive->base + at, i, &values[i]))
            return -CPIO_E_HEX;
    entry->ino = values[FIELD_INO];
    entry->mode = values[FIELD_MODE];
    entry->uid = values[FIELD_UID];
    entry->gid = values[FIELD_GID];
    entry->nlink = values[FIELD_NLINK];
    entry->mtime = values[FIELD_MTIME];
    entry->dev_major = values[FIELD_DEV_MAJOR];
    entry->dev_minor = values[FIELD_DEV_MINOR];
    return 1;
}

/* Type and checksum of one entry. */
static int check_entry(const struct cpio *archive, size_t at, const struct cpio_entry *entry)
{
    uint32_t type = entry->mode & MODE_TYPE;
    if (type != MODE_DIRECTORY && type != MODE_REGULAR && type != MODE_SYMLINK)
        return -CPIO_E_TYPE;
    if ((type == MODE_DIRECTORY && entry->bytes) || (type == MODE_SYMLINK && (!entry->bytes || entry->bytes > CPIO_NAME_MAX)))
        return -CPIO_E_TYPE;
    uint32_t want, sum = 0;
    if (archive->base[at + 5] == '2' && type == MODE_REGULAR) {
        if (field(archive->base + at, FIELD_CHECK, &want))
            return -CPIO_E_HEX;
        for (size_t i = 0; i < entry->bytes; i++)
            sum += entry->data[i];
        if (sum != want)
            return -CPIO_E_SUM;
    }
    return 0;
}

int cpio_check(const struct cpio *archive, size_t *where)
{
    struct cpio_entry entry;
    size_t at = 0;
    int count = 0, result;
    while ((result = cpio_read(archive, at, &entry)) > 0) {
        result = check_entry(archive, at, &entry);
        if (result)
            break;
        count++;
        at = entry.next;
    }
    if (where)
        *where = at;
    return result < 0 ? result : count;
}

const char *cpio_strerror(int error)
{
    static const char *const text[CPIO_ERRORS] = {
        [CPIO_OK] = "the archive is sound",
        [CPIO_E_MAGIC] = "not a cpio archive of the newc form, or damaged: a header lacks its magic number",
        [CPIO_E_HEX] = "a header field is not a hexadecimal number",
        [CPIO_E_TRUNCATED] = "the archive is truncated: an entry reaches beyond its end",
        [CPIO_E_TRAILER] = "the archive is truncated: it ends without its trailer",
        [CPIO_E_NAME] = "an entry's name is empty, absolute, or has a component that is empty, '.' or '..'",
        [CPIO_E_NAME_LONG] = "an entry's name is too long",
        [CPIO_E_PADDING] = "the archive does not start at a multiple of 4",
        [CPIO_E_SUM] = "the checksum of an entry is wrong",
        [CPIO_E_TYPE] = "an entry is neither a file, a directory nor a symbolic link, or its data do not fit its type",
    };
    unsigned index = error < 0 ? 0u - (unsigned)error : (unsigned)error;
    return index < CPIO_ERRORS ? text[index] : "unknown error";
}
