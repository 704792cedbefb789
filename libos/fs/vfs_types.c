// SPDX-License-Identifier: MIT
/*
 * vfs_types.c: the table of what can be reached by a path: one row a file system. Layer: libOS.
 */
#include "fs/fs.h"

static const struct fs_name_ops *const types[FS_NUMBERS] = {
    [FS_INITRD] = &initrd_name_ops,
    [FS_RAMFS] = &ramfs_name_ops,
    [FS_DEVFS] = &devfs_name_ops,
};

const struct fs_name_ops *fs_name_ops(uint32_t fs) { return fs < FS_NUMBERS ? types[fs] : NULL; }
