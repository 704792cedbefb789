// SPDX-License-Identifier: MIT
/*
 * files_path.c: functions that name files. Layer: newlib-port, see files.h.
 *
 * Everybody is user 0 here, so the real and the effective user of access and faccessat are one.
 */
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "files.h"
#include "files_statvfs.h"
#include "fs/vfs.h"
#include "posix/fd.h"

_Static_assert(AT_FDCWD == VFS_CWD, "AT_FDCWD");

static int nofollow(int flags) { return flags & AT_SYMLINK_NOFOLLOW ? VFS_NOFOLLOW : 0; }

int fstatat(int dirfd, const char *restrict path, struct stat *restrict out, int flags)
{
    struct fs_stat stat;
    uint32_t fs;
    int error = vfs_stat(dirfd, path, nofollow(flags), &stat, &fs);
    if (!error)
        fd_stat_fill(fs, &stat, out);
    return (int)files_result(error);
}

int stat(const char *restrict path, struct stat *restrict out) { return fstatat(AT_FDCWD, path, out, 0); }
int _stat(const char *restrict path, struct stat *restrict out) __attribute__((alias("stat")));
int lstat(const char *restrict path, struct stat *restrict out)
{
    return fstatat(AT_FDCWD, path, out, AT_SYMLINK_NOFOLLOW);
}

int mkdirat(int dirfd, const char *path, mode_t mode) { return (int)files_result(vfs_mkdir(dirfd, path, mode)); }
int mkdir(const char *path, mode_t mode) { return mkdirat(AT_FDCWD, path, mode); }
int _mkdir(const char *path, mode_t mode) __attribute__((alias("mkdir")));

int unlinkat(int dirfd, const char *path, int flags)
{
    return (int)files_result(vfs_unlink(dirfd, path, (flags & AT_REMOVEDIR) != 0));
}
int unlink(const char *path) { return unlinkat(AT_FDCWD, path, 0); }
int _unlink(const char *path) __attribute__((alias("unlink")));
int rmdir(const char *path) { return unlinkat(AT_FDCWD, path, AT_REMOVEDIR); }

int linkat(int from_fd, const char *from, int dirfd, const char *path, int flags)
{
    return (int)files_result(vfs_link(from_fd, from, dirfd, path, flags & AT_SYMLINK_FOLLOW ? 0 : VFS_NOFOLLOW));
}
int link(const char *from, const char *path) { return linkat(AT_FDCWD, from, AT_FDCWD, path, 0); }
int _link(const char *from, const char *path) __attribute__((alias("link")));

int symlinkat(const char *target, int dirfd, const char *path)
{
    return (int)files_result(vfs_symlink(target, dirfd, path));
}
int symlink(const char *target, const char *path) { return symlinkat(target, AT_FDCWD, path); }

ssize_t readlinkat(int dirfd, const char *restrict path, char *restrict to, size_t n)
{
    return files_result(n ? vfs_readlink(dirfd, path, to, n) : -EINVAL);
}
ssize_t readlink(const char *restrict path, char *restrict to, size_t n) { return readlinkat(AT_FDCWD, path, to, n); }

int renameat(int from_fd, const char *from, int dirfd, const char *path)
{
    return (int)files_result(vfs_rename(from_fd, from, dirfd, path));
}
int _rename(const char *from, const char *path); /* for newlib's rename */
int _rename(const char *from, const char *path) { return renameat(AT_FDCWD, from, AT_FDCWD, path); }

int truncate(const char *path, off_t size)
{
    return (int)files_result(size < 0 ? -EINVAL : vfs_truncate(AT_FDCWD, path, (uint64_t)size));
}

int faccessat(int dirfd, const char *path, int mode, int flags)
{
    (void)flags;
    return (int)files_result(mode & ~(R_OK | W_OK | X_OK) ? -EINVAL : vfs_access(dirfd, path, mode));
}
int access(const char *path, int mode) { return faccessat(AT_FDCWD, path, mode, 0); }
int eaccess(const char *path, int mode) { return access(path, mode); }
int euidaccess(const char *path, int mode) { return access(path, mode); }

int chdir(const char *path) { return (int)files_result(vfs_chdir(AT_FDCWD, path)); }

/* With no buffer it makes one (as glibc and the BSDs do). */
char *getcwd(char *to, size_t n)
{
    const char *cwd = vfs_cwd();
    size_t need = strlen(cwd) + 1;
    if (!to) {
        to = malloc(n > need ? n : need);
        n = n ? n : need;
    } else if (n == 0) {
        errno = EINVAL;
        return NULL;
    }
    if (!to || n < need) {
        errno = to ? ERANGE : ENOMEM;
        return NULL;
    }
    return memcpy(to, cwd, need);
}

char *realpath(const char *restrict path, char *restrict resolved)
{
    char text[FS_PATH_MAX];
    int64_t n = path ? vfs_realpath(path, text, sizeof text) : -EINVAL;
    if (files_result(n) < 0)
        return NULL;
    if (!resolved)
        resolved = malloc((size_t)n + 1);
    return resolved ? memcpy(resolved, text, (size_t)n + 1) : NULL;
}

mode_t umask(mode_t mask) { return (mode_t)vfs_set_umask(mask); }

int fchmodat(int dirfd, const char *path, mode_t mode, int flags)
{
    struct fs_attr attr = {.which = FS_SET_MODE, .mode = mode};
    return (int)files_result(vfs_setattr(dirfd, path, nofollow(flags), &attr));
}
int chmod(const char *path, mode_t mode) { return fchmodat(AT_FDCWD, path, mode, 0); }

int fchownat(int dirfd, const char *path, uid_t owner, gid_t group, int flags)
{
    struct fs_attr attr = {.which = FS_SET_OWNER, .uid = owner, .gid = group};
    return (int)files_result(vfs_setattr(dirfd, path, nofollow(flags), &attr));
}
int chown(const char *path, uid_t owner, gid_t group) { return fchownat(AT_FDCWD, path, owner, group, 0); }
int lchown(const char *path, uid_t owner, gid_t group)
{
    return fchownat(AT_FDCWD, path, owner, group, AT_SYMLINK_NOFOLLOW);
}

int statvfs(const char *restrict path, struct statvfs *restrict out)
{
    struct fs_statfs statfs;
    int error = vfs_statfs(AT_FDCWD, path, &statfs);
    if (!error)
        files_statvfs(&statfs, out);
    return (int)files_result(error);
}

void sync(void) {}
