// SPDX-License-Identifier: MIT
/*
 * initrd.c: open files of the boot archive, see initrd.h. Layer: libOS. Nothing is written, so there is no lock.
 *
 * The first environment has checked the whole archive (cpio_check); what is read here is checked again all the same.
 */
#include "fs/initrd.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

struct cpio initrd_archive;

int initrd_entry(uint64_t ino, struct cpio_entry *entry)
{
    if (ino < INITRD_FIRST)
        return -ENOENT;
    int found = cpio_read(&initrd_archive, initrd_offset(ino), entry);
    if (found <= 0)
        return found ? -EIO : -ENOENT;
    size_t len = initrd_length(ino);
    return len && len < entry->name_len ? -ENOENT : 0;
}

/* With several names for one file, archives hold the data at one of them: finds it. */
static void follow_hard_link(struct cpio_entry *entry)
{
    struct cpio_entry other;
    if (entry->bytes || entry->nlink < 2 || !S_ISREG(entry->mode))
        return;
    for (size_t at = 0; cpio_read(&initrd_archive, at, &other) > 0; at = other.next)
        if (other.ino == entry->ino && other.dev_major == entry->dev_major && other.dev_minor == entry->dev_minor &&
            other.bytes) {
            entry->data = other.data;
            entry->bytes = other.bytes;
            return;
        }
}

static int initrd_stat(uint64_t ino, struct fs_stat *stat)
{
    struct cpio_entry entry;
    int error = initrd_entry(ino, &entry);
    if (error == -EIO)
        return error;
    *stat = (struct fs_stat){.ino = ino, .mode = S_IFDIR | 0555, .nlink = 2, .block_bytes = 4096};
    if (error)
        return 0;
    follow_hard_link(&entry);
    stat->size = entry.bytes;
    stat->blocks = (entry.bytes + 511) / 512;
    stat->mode = entry.mode;
    stat->nlink = entry.nlink ? entry.nlink : 1;
    stat->uid = entry.uid;
    stat->gid = entry.gid;
    stat->atime_ns = stat->mtime_ns = stat->ctime_ns = (int64_t)entry.mtime * 1000000000;
    return 0;
}

static int64_t initrd_read(uint64_t ino, void *to, size_t n, uint64_t at, int flags)
{
    struct cpio_entry entry;
    int error = initrd_entry(ino, &entry);
    (void)flags;
    if (error)
        return error == -EIO ? error : -EISDIR;
    if (S_ISDIR(entry.mode))
        return -EISDIR;
    follow_hard_link(&entry);
    if (at >= entry.bytes)
        return 0;
    if (n > entry.bytes - at)
        n = entry.bytes - at;
    memcpy(to, entry.data + at, n);
    return (int64_t)n;
}

static int initrd_statfs(struct fs_statfs *statfs)
{
    *statfs = (struct fs_statfs){.block_bytes = 4096, .blocks = (initrd_archive.bytes + 4095) / 4096, .read_only = 1};
    return 0;
}

const struct fs_file_ops initrd_file_ops = {
    .stat = initrd_stat,
    .read = initrd_read,
    .statfs = initrd_statfs,
};
