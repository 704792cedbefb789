// SPDX-License-Identifier: MIT
/*
 * file_types.c: the table of what can be behind a descriptor: one row a file system. Layer: libOS.
 *
 * Every program has all of them, as its parent may give it a descriptor of any kind.
 */
#include "fs/fs.h"

static const struct fs_file_ops *const types[FS_NUMBERS] = {
    [FS_INITRD] = &initrd_file_ops,
    [FS_RAMFS] = &ramfs_file_ops,
    [FS_DEVFS] = &devfs_file_ops,
    [FS_PIPE] = &pipe_file_ops,
};

const struct fs_file_ops *fs_file_ops(uint32_t fs) { return fs < FS_NUMBERS ? types[fs] : NULL; }
