/* SPDX-License-Identifier: MIT
 *
 * files_statvfs.h: from a file system's own numbers to struct statvfs. Layer: newlib-port, private to files_*.c.
 */
#ifndef NEWLIB_PORT_FILES_STATVFS_H
#define NEWLIB_PORT_FILES_STATVFS_H

#include <sys/statvfs.h>

#include "fs/fs.h"

static inline void files_statvfs(const struct fs_statfs *from, struct statvfs *to)
{
    *to = (struct statvfs){
        .f_bsize = from->block_bytes,
        .f_frsize = from->block_bytes,
        .f_blocks = from->blocks,
        .f_bfree = from->free_blocks,
        .f_bavail = from->free_blocks,
        .f_files = from->files,
        .f_ffree = from->free_files,
        .f_favail = from->free_files,
        .f_flag = from->read_only ? ST_RDONLY : 0,
        .f_namemax = FS_NAME_MAX,
    };
}

#endif
