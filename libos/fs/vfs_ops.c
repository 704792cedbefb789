// SPDX-License-Identifier: MIT
/*
 * vfs_ops.c: the operations that name files: open, mkdir, rename and their like, see vfs.h. Layer: libOS.
 *
 * A function that a file system lacks means that it cannot be changed: -EROFS.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "fs/file.h"
#include "fs/vfs.h"

static int writes(int flags) { return (flags & O_ACCMODE) != O_RDONLY; }

/* May what exists be opened so? */
static int check_open(const struct vfs_place *place, int flags)
{
    if ((flags & O_CREAT) && (flags & O_EXCL))
        return -EEXIST;
    if (S_ISLNK(place->mode))
        return -ELOOP;
    if (S_ISDIR(place->mode))
        return writes(flags) || (flags & O_CREAT) ? -EISDIR : 0;
    if (flags & O_DIRECTORY)
        return -ENOTDIR;
    return (writes(flags) || (flags & O_TRUNC)) && !fs_file_ops(place->node.fs)->write ? -EROFS : 0;
}

/* Makes a name where none is. mode has type and permission bits. */
static int create(const struct vfs_place *place, uint32_t mode, const char *target, uint64_t *ino)
{
    const struct fs_name_ops *ops = fs_name_ops(place->dir.fs);
    if (place->exists)
        return -EEXIST;
    return ops->create ? ops->create(place->dir.ino, place->name, place->len, mode, target, ino) : -EROFS;
}

/* open() at a place. -EAGAIN: somebody made or removed the file meanwhile. */
static int open_at(struct vfs_place *place, int flags, uint32_t mode, session_off *file)
{
    int error = 0;
    if (place->exists) {
        error = check_open(place, flags);
    } else if (!(flags & O_CREAT)) {
        error = -ENOENT;
    } else if (place->must_be_dir) {
        error = -EISDIR;
    } else {
        error = create(place, S_IFREG | (mode & 07777 & ~vfs_umask()), NULL, &place->node.ino);
        place->node.fs = place->dir.fs;
        if (error == -EEXIST && !(flags & O_EXCL))
            return -EAGAIN;
    }
    if (error)
        return error;
    *file = file_create(place->node.fs, place->node.ino, flags, &error);
    if (error == -ENOENT && place->exists && (flags & O_CREAT))
        return -EAGAIN;
    if (!error && place->exists && (flags & O_TRUNC) && S_ISREG(place->mode)) {
        error = fs_file_ops(place->node.fs)->truncate(place->node.ino, 0);
        if (error)
            file_unref(*file);
    }
    return error;
}

session_off vfs_open(int dirfd, const char *path, int flags, uint32_t mode, int *error)
{
    struct vfs_place place;
    session_off file = 0;
    int follow = (flags & O_NOFOLLOW) || ((flags & O_CREAT) && (flags & O_EXCL)) ? VFS_NOFOLLOW : 0;
    if ((flags & O_ACCMODE) == O_ACCMODE) {
        *error = -EINVAL;
        return 0;
    }
    do {
        *error = vfs_resolve(dirfd, path, follow, &place);
        if (!*error)
            *error = open_at(&place, flags, mode, &file);
    } while (*error == -EAGAIN);
    return *error ? 0 : file;
}

int vfs_stat(int dirfd, const char *path, int flags, struct fs_stat *stat, uint32_t *fs)
{
    struct fs_node node;
    int error = vfs_walk(dirfd, path, flags, &node, NULL);
    if (error)
        return error;
    *fs = node.fs;
    return fs_file_ops(node.fs)->stat(node.ino, stat);
}

int vfs_mkdir(int dirfd, const char *path, uint32_t mode)
{
    struct vfs_place place;
    uint64_t ino;
    int error = vfs_resolve(dirfd, path, VFS_NOFOLLOW, &place);
    return error ? error : create(&place, S_IFDIR | (mode & 01777 & ~vfs_umask()), NULL, &ino);
}

int vfs_symlink(const char *target, int dirfd, const char *path)
{
    struct vfs_place place;
    uint64_t ino;
    size_t len = strnlen(target, FS_PATH_MAX);
    if (len == 0 || len == FS_PATH_MAX)
        return len ? -ENAMETOOLONG : -ENOENT;
    int error = vfs_resolve(dirfd, path, VFS_NOFOLLOW, &place);
    if (!error && !place.exists && place.must_be_dir)
        error = -ENOENT;
    return error ? error : create(&place, S_IFLNK | 0777, target, &ino);
}

int vfs_link(int from_fd, const char *from, int dirfd, const char *path, int flags)
{
    struct fs_node node;
    struct vfs_place place;
    uint32_t mode;
    int error = vfs_walk(from_fd, from, flags, &node, &mode);
    if (!error)
        error = vfs_resolve(dirfd, path, VFS_NOFOLLOW, &place);
    if (error)
        return error;
    if (S_ISDIR(mode))
        return -EPERM;
    if (place.exists)
        return -EEXIST;
    if (place.must_be_dir)
        return -ENOENT;
    if (node.fs != place.dir.fs)
        return -EXDEV;
    const struct fs_name_ops *ops = fs_name_ops(node.fs);
    return ops->link ? ops->link(place.dir.ino, place.name, place.len, node.ino) : -EROFS;
}

/* The last component of a path as it was written: rmdir and rename refuse "." and "..". */
static int ends_in_dot(const char *path)
{
    size_t end = strlen(path);
    while (end && path[end - 1] == '/')
        end--;
    return end && path[end - 1] == '.' && (end == 1 || path[end - 2] == '/');
}

int vfs_unlink(int dirfd, const char *path, int directory)
{
    struct vfs_place place;
    int error = vfs_resolve(dirfd, path, VFS_NOFOLLOW, &place);
    if (error || !place.exists)
        return error ? error : -ENOENT;
    if (!directory && S_ISDIR(place.mode))
        return -EISDIR;
    if (!place.len)
        return !directory ? -EISDIR : ends_in_dot(path) ? -EINVAL : -EBUSY;
    if (vfs_is_mount_point(&place.dir, place.name, place.len))
        return -EBUSY;
    const struct fs_name_ops *ops = fs_name_ops(place.dir.fs);
    return ops->unlink ? ops->unlink(place.dir.ino, place.name, place.len, directory) : -EROFS;
}

int vfs_rename(int from_fd, const char *from, int dirfd, const char *path)
{
    struct vfs_place source, goal;
    int error = vfs_resolve(from_fd, from, VFS_NOFOLLOW, &source);
    if (!error)
        error = vfs_resolve(dirfd, path, VFS_NOFOLLOW, &goal);
    if (error || !source.exists)
        return error ? error : -ENOENT;
    if (!source.len || !goal.len)
        return ends_in_dot(from) || ends_in_dot(path) ? -EINVAL : -EBUSY;
    if (!S_ISDIR(source.mode) && goal.must_be_dir)
        return -ENOTDIR;
    if (vfs_is_mount_point(&source.dir, source.name, source.len) || vfs_is_mount_point(&goal.dir, goal.name, goal.len))
        return -EBUSY;
    if (source.dir.fs != goal.dir.fs)
        return -EXDEV;
    const struct fs_name_ops *ops = fs_name_ops(source.dir.fs);
    if (!ops->rename)
        return -EROFS;
    return ops->rename(source.dir.ino, source.name, source.len, goal.dir.ino, goal.name, goal.len);
}

int64_t vfs_readlink(int dirfd, const char *path, char *to, size_t n)
{
    struct fs_node node;
    uint32_t mode;
    int error = vfs_walk(dirfd, path, VFS_NOFOLLOW, &node, &mode);
    if (error)
        return error;
    return S_ISLNK(mode) ? fs_name_ops(node.fs)->readlink(node.ino, to, n) : -EINVAL;
}

int vfs_truncate(int dirfd, const char *path, uint64_t size)
{
    struct fs_node node;
    uint32_t mode;
    int error = vfs_walk(dirfd, path, 0, &node, &mode);
    if (error)
        return error;
    const struct fs_file_ops *ops = fs_file_ops(node.fs);
    return S_ISDIR(mode) ? -EISDIR : ops->truncate ? ops->truncate(node.ino, size) : -EROFS;
}

int vfs_setattr(int dirfd, const char *path, int flags, const struct fs_attr *attr)
{
    struct fs_node node;
    int error = vfs_walk(dirfd, path, flags, &node, NULL);
    if (error)
        return error;
    const struct fs_file_ops *ops = fs_file_ops(node.fs);
    return ops->setattr ? ops->setattr(node.ino, attr) : -EROFS;
}

int vfs_access(int dirfd, const char *path, int want)
{
    struct fs_node node;
    uint32_t mode;
    int error = vfs_walk(dirfd, path, 0, &node, &mode);
    if (error)
        return error;
    if ((want & 1) && !S_ISDIR(mode) && !(mode & 0111))
        return -EACCES;
    int can_change = S_ISDIR(mode) ? fs_name_ops(node.fs)->create != NULL : fs_file_ops(node.fs)->write != NULL;
    return (want & 2) && !can_change ? -EROFS : 0;
}

int vfs_statfs(int dirfd, const char *path, struct fs_statfs *statfs)
{
    struct fs_node node;
    int error = vfs_walk(dirfd, path, 0, &node, NULL);
    if (error)
        return error;
    return fs_file_ops(node.fs)->statfs(statfs);
}

int vfs_chdir(int dirfd, const char *path)
{
    struct fs_node node;
    uint32_t mode;
    char absolute[FS_PATH_MAX];
    int error = vfs_walk(dirfd, path, 0, &node, &mode);
    if (error || !S_ISDIR(mode))
        return error ? error : -ENOTDIR;
    int64_t n = vfs_path_of(node, absolute, sizeof absolute);
    return n < 0 ? (int)n : vfs_set_cwd(absolute, (size_t)n);
}

int64_t vfs_realpath(const char *path, char *to, size_t n)
{
    struct vfs_place place;
    int error = vfs_resolve(VFS_CWD, path, 0, &place);
    if (error || !place.exists)
        return error ? error : -ENOENT;
    if (S_ISDIR(place.mode))
        return vfs_path_of(place.node, to, n);
    int64_t len = vfs_path_of(place.dir, to, n);
    if (len < 0)
        return len;
    size_t at = (size_t)len == 1 ? 0 : (size_t)len;
    if (at + 1 + place.len >= n)
        return -ENAMETOOLONG;
    to[at] = '/';
    memcpy(to + at + 1, place.name, place.len + 1);
    return (int64_t)(at + 1 + place.len);
}
