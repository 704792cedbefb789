// SPDX-License-Identifier: MIT
/*
 * initrd_dir.c: names in the boot archive, see initrd.h. Layer: libOS. Nothing is written, so there is no lock.
 *
 * Where a name stands twice a lookup finds the first entry.
 */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "fs/initrd.h"

/* Path of a directory: len 0 is the root. */
struct path {
    const char *name;
    size_t len;
};

static int dir_path(uint64_t dir, struct path *path)
{
    struct cpio_entry entry = {0};
    *path = (struct path){"", 0};
    if (dir == INITRD_ROOT)
        return 0;
    int error = initrd_entry(dir, &entry);
    if (error == -EIO)
        return error;
    if (!error && !S_ISDIR(entry.mode))
        return -ENOTDIR;
    *path = (struct path){entry.name, initrd_length(dir)};
    return path->len ? 0 : -ENOTDIR;
}

static int is_root_entry(const struct cpio_entry *entry) { return entry->name_len == 1 && entry->name[0] == '.'; }

/* The component of the entry's name that follows the directory's path, or NULL. */
static const char *below(const struct path *dir, const struct cpio_entry *entry, size_t *len)
{
    size_t skip = dir->len ? dir->len + 1 : 0;
    if (is_root_entry(entry) || entry->name_len <= skip || memcmp(entry->name, dir->name, dir->len) != 0 ||
        (dir->len && entry->name[dir->len] != '/'))
        return NULL;
    const char *name = entry->name + skip, *end = memchr(name, '/', entry->name_len - skip);
    *len = end ? (size_t)(end - name) : entry->name_len - skip;
    return name;
}

static uint64_t id_of(size_t at, size_t path_len) { return (uint64_t)path_len << INITRD_LEN_SHIFT | (at + INITRD_FIRST); }

/* Finds a name below a directory: its own entry, or else the first entry that makes it a directory. */
static int find(const struct path *dir, const char *name, size_t len, uint64_t *ino, uint32_t *mode)
{
    struct cpio_entry entry;
    size_t at = 0, part, path_len = (dir->len ? dir->len + 1 : 0) + len;
    int found;
    *ino = 0;
    while ((found = cpio_peek(&initrd_archive, at, &entry)) > 0) {
        const char *component = entry.name_len >= path_len ? below(dir, &entry, &part) : NULL;
        if (component && part == len && memcmp(component, name, len) == 0) {
            if (entry.name_len == path_len) {
                if (cpio_read(&initrd_archive, at, &entry) <= 0)
                    return -EIO;
                *mode = entry.mode;
                *ino = id_of(at, S_ISDIR(entry.mode) ? path_len : 0);
                return 0;
            }
            if (!*ino) {
                *mode = S_IFDIR | 0555;
                *ino = id_of(at, path_len);
            }
        }
        at = entry.next;
    }
    if (found < 0 && initrd_archive.bytes)
        return -EIO;
    return *ino ? 0 : -ENOENT;
}

/* The directory above, whose path is the beginning of this one's. */
static int parent_of(const struct path *path, uint64_t *ino, uint32_t *mode)
{
    size_t len = path->len;
    while (len && path->name[len - 1] != '/')
        len--;
    if (len == 0) {
        *ino = INITRD_ROOT;
        *mode = S_IFDIR | 0555;
        return 0;
    }
    struct path above = {path->name, len - 1}, top = {"", 0};
    size_t start = above.len;
    while (start && above.name[start - 1] != '/')
        start--;
    if (start)
        top = (struct path){above.name, start - 1};
    return find(&top, above.name + start, above.len - start, ino, mode);
}

static int initrd_lookup(uint64_t dir, const char *name, size_t len, uint64_t *ino, uint32_t *mode)
{
    struct path path;
    int error = dir_path(dir, &path);
    if (error)
        return error;
    if (len == 2 && name[0] == '.' && name[1] == '.')
        return parent_of(&path, ino, mode);
    return find(&path, name, len, ino, mode);
}

static int initrd_root(uint64_t *ino)
{
    *ino = INITRD_ROOT;
    return 0;
}

/* Fills out from the entry at offset at if the directory shows it there: as itself, or as the first entry below a
 * directory that has none. Returns 1, 0 (it shows elsewhere) or -EIO. */
static int show(const struct path *dir, size_t at, struct cpio_entry *entry, struct fs_dirent *out)
{
    size_t len = 0;
    const char *name = below(dir, entry, &len);
    if (!name)
        return 0;
    uint32_t mode = S_IFDIR;
    uint64_t ino;
    if (name + len == entry->name + entry->name_len) {
        if (cpio_read(&initrd_archive, at, entry) <= 0)
            return -EIO;
        mode = entry->mode;
        ino = id_of(at, S_ISDIR(mode) ? entry->name_len : 0);
    } else if (find(dir, name, len, &ino, &mode)) {
        return -EIO;
    }
    if (initrd_offset(ino) != at)
        return 0;
    *out = (struct fs_dirent){.ino = ino, .mode = mode & S_IFMT, .len = (uint32_t)len};
    memcpy(out->name, name, len);
    return 1;
}

/* The cursor is the offset of the next header. */
static int initrd_readdir(uint64_t dir, uint64_t *cursor, struct fs_dirent *out)
{
    struct path path;
    struct cpio_entry entry;
    int found, error = dir_path(dir, &path);
    if (error)
        return error;
    while ((found = cpio_peek(&initrd_archive, *cursor, &entry)) > 0) {
        size_t at = *cursor;
        *cursor = entry.next;
        int shown = show(&path, at, &entry, out);
        if (shown)
            return shown;
    }
    return found < 0 && initrd_archive.bytes ? -EIO : 0;
}

static int64_t initrd_readlink(uint64_t ino, char *to, size_t n)
{
    struct cpio_entry entry;
    int error = initrd_entry(ino, &entry);
    if (error || !S_ISLNK(entry.mode))
        return error == -EIO ? error : -EINVAL;
    size_t part = entry.bytes < n ? entry.bytes : n;
    memcpy(to, entry.data, part);
    return (int64_t)part;
}

const struct fs_name_ops initrd_name_ops = {
    .root = initrd_root,
    .lookup = initrd_lookup,
    .readdir = initrd_readdir,
    .readlink = initrd_readlink,
};
