/* SPDX-License-Identifier: MIT
 *
 * vfs.h: paths: the mount table, walking, and the operations that name files. Layer: libOS, above fs.h and file.h, below
 * the POSIX layer.
 *
 * The mount table is the same in every process: the initrd is the root, the RAM file system is at /tmp, devices are at
 * /dev; the working directory is private. A path that is not absolute starts at a
 * descriptor, or at the working directory (VFS_CWD). Results are 0 or positive, or a negative errno value; every function
 * that takes a path can give -ENOENT, -ENOTDIR, -ENAMETOOLONG, -ELOOP, -EBADF, -EIO.
 */
#ifndef LIBOS_VFS_H
#define LIBOS_VFS_H

#include "fs/fs.h"
#include "proc/session.h"

#define VFS_CWD (-2) /* newlib's AT_FDCWD */

enum {
    VFS_NOFOLLOW = 1, /* a symbolic link at the end is itself what is meant */
};

/* Where a path leads: its last component in its directory. */
struct vfs_place {
    struct fs_node dir;
    char name[FS_NAME_MAX + 1]; /* empty when the path ends in "/", "." or ".." */
    size_t len;
    int exists;           /* if so, node and mode are valid */
    int must_be_dir;      /* the path ends in "/" */
    struct fs_node node;
    uint32_t mode;
};

/* Follows a path up to its last component, which need not exist. */
int vfs_resolve(int dirfd, const char *path, int flags, struct vfs_place *place);

/* Follows a path to what exists. mode may be NULL. */
int vfs_walk(int dirfd, const char *path, int flags, struct fs_node *node, uint32_t *mode);

/* Is a file system mounted at this name? */
int vfs_is_mount_point(const struct fs_node *dir, const char *name, size_t len);

/* The absolute path of a directory. Returns its length, or -ERANGE. */
int64_t vfs_path_of(struct fs_node dir, char *to, size_t n);

/* readdir over what is mounted too. Cursors as in fs_name_ops. */
int vfs_readdir(struct fs_node dir, uint64_t *cursor, struct fs_dirent *entry);

/* The working directory, absolute, and the bits that new files do not get. */
int vfs_chdir(int dirfd, const char *path);
const char *vfs_cwd(void);
int vfs_set_cwd(const char *path, size_t len); /* not checked; -ENAMETOOLONG */
/* At start: cwd must stay valid. Not checked. */
void vfs_start(const char *cwd, uint32_t umask);
uint32_t vfs_umask(void);
uint32_t vfs_set_umask(uint32_t umask);

/* open(): makes a description with one reference; its offset, or 0 with *error. flags: O_*. */
session_off vfs_open(int dirfd, const char *path, int flags, uint32_t mode, int *error);

int vfs_stat(int dirfd, const char *path, int flags, struct fs_stat *stat, uint32_t *fs);
int vfs_mkdir(int dirfd, const char *path, uint32_t mode);
int vfs_symlink(const char *target, int dirfd, const char *path);
int vfs_link(int from_fd, const char *from, int dirfd, const char *path, int flags);
int vfs_unlink(int dirfd, const char *path, int directory);
int vfs_rename(int from_fd, const char *from, int dirfd, const char *path);
int64_t vfs_readlink(int dirfd, const char *path, char *to, size_t n);
int vfs_truncate(int dirfd, const char *path, uint64_t size);
int vfs_setattr(int dirfd, const char *path, int flags, const struct fs_attr *attr);
/* want: bits of 4 (read), 2 (write), 1 (execute); 0: does it exist? -EACCES, -EROFS. */
int vfs_access(int dirfd, const char *path, int want);
int vfs_statfs(int dirfd, const char *path, struct fs_statfs *statfs);
/* Absolute, without links. Returns the length. */
int64_t vfs_realpath(const char *path, char *to, size_t n);

#endif
