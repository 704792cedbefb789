// SPDX-License-Identifier: MIT
/*
 * start.c: tells the parts of libos/fs what this process starts with, see start.h. Layer: libOS.
 */
#include "fs/start.h"

#include "fs/file.h"
#include "fs/initrd.h"
#include "fs/vfs.h"

void fs_start(const struct fs_start *start)
{
    fd_table_attach(start->table);
    vfs_start(start->cwd, start->umask);
    initrd_archive = (struct cpio){start->archive, start->archive ? start->archive_bytes : 0};
}
