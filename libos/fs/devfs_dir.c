// SPDX-License-Identifier: MIT
/*
 * devfs_dir.c: the names in /dev, see devfs.h. Layer: libOS. The directory is fixed.
 */
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "fs/devfs.h"

#define NAME(text, ino) {text, sizeof text - 1, ino}
static const struct devfs_name names[] = {
    NAME("null", DEV_NULL),     NAME("zero", DEV_ZERO),       NAME("full", DEV_FULL), NAME("random", DEV_RANDOM),
    NAME("urandom", DEV_URANDOM), NAME("tty", DEV_TTY), NAME("console", DEV_CONSOLE),
};
#define NAMES (sizeof names / sizeof names[0])

static int dev_root(uint64_t *ino)
{
    *ino = DEV_ROOT;
    return 0;
}

static int dev_lookup(uint64_t dir, const char *name, size_t len, uint64_t *ino, uint32_t *mode)
{
    if (dir != DEV_ROOT)
        return -ENOTDIR;
    if (len == 2 && name[0] == '.' && name[1] == '.') {
        *ino = DEV_ROOT;
        *mode = S_IFDIR | 0555;
        return 0;
    }
    for (size_t i = 0; i < NAMES; i++)
        if (names[i].len == len && memcmp(names[i].name, name, len) == 0) {
            *ino = names[i].ino;
            *mode = S_IFCHR | 0666;
            return 0;
        }
    return -ENOENT;
}

static int dev_readdir(uint64_t dir, uint64_t *cursor, struct fs_dirent *out)
{
    if (dir != DEV_ROOT)
        return -ENOTDIR;
    if (*cursor >= NAMES)
        return 0;
    const struct devfs_name *name = &names[(*cursor)++];
    *out = (struct fs_dirent){.ino = name->ino, .mode = S_IFCHR, .len = name->len};
    memcpy(out->name, name->name, name->len);
    return 1;
}

static int64_t dev_readlink(uint64_t ino, char *to, size_t n)
{
    (void)ino;
    (void)to;
    (void)n;
    return -EINVAL;
}

const struct fs_name_ops devfs_name_ops = {
    .root = dev_root,
    .lookup = dev_lookup,
    .readdir = dev_readdir,
    .readlink = dev_readlink,
};
