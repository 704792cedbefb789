// SPDX-License-Identifier: MIT
/*
 * fd_path.c: where descriptors and paths meet: open, directories, what a child gets, program files. Layer: libos/posix.
 */
#include <errno.h>
#include <fcntl.h>

#include "fs/file.h"
#include "fs/vfs.h"
#include "posix/fd.h"

int fd_open(int dirfd, const char *path, int flags, unsigned mode)
{
    int error;
    session_off file = vfs_open(dirfd, path, flags, mode, &error);
    return file ? fd_install(file, 0, (flags & O_CLOEXEC) != 0) : error;
}

/* The directory behind a descriptor. */
static int dir_of(int fd, struct fs_node *node)
{
    struct file_use use;
    struct fs_stat stat;
    int error = fd_get(fd, &use);
    if (error)
        return error;
    *node = (struct fs_node){.fs = use.file->fs, .ino = use.file->ino};
    error = use.ops->stat(node->ino, &stat);
    fd_put(&use);
    return error ? error : S_ISDIR(stat.mode) ? 0 : -ENOTDIR;
}

int fd_chdir(int fd)
{
    struct fs_node node;
    char path[FS_PATH_MAX];
    int error = dir_of(fd, &node);
    if (error)
        return error;
    int64_t n = vfs_path_of(node, path, sizeof path);
    return n < 0 ? (int)n : vfs_set_cwd(path, (size_t)n);
}

int fd_readdir(int fd, uint64_t *cursor, struct fs_dirent *entry)
{
    struct fs_node node;
    int error = dir_of(fd, &node);
    return error ? error : vfs_readdir(node, cursor, entry);
}
