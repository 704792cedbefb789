// SPDX-License-Identifier: MIT
/*
 * files_time.c: setting the times of files. Layer: newlib-port, see files.h.
 */
#include <fcntl.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <utime.h>

#include "files.h"
#include "fs/root.h"
#include "fs/vfs.h"
#include "posix/fd.h"

#define NS 1000000000ll

/* One of the two times. Returns the bit to set, 0 (leave it alone) or -EINVAL. */
static int take(const struct timespec *time, int bit, int64_t *ns)
{
    if (time && time->tv_nsec == UTIME_OMIT)
        return 0;
    if (!time || time->tv_nsec == UTIME_NOW) {
        *ns = fs_now_ns();
        return bit;
    }
    if (time->tv_nsec < 0 || time->tv_nsec >= NS)
        return -EINVAL;
    *ns = time->tv_sec * NS + time->tv_nsec;
    return bit;
}

static int attr_of(const struct timespec *times, struct fs_attr *attr)
{
    int atime = take(times ? &times[0] : NULL, FS_SET_ATIME, &attr->atime_ns);
    int mtime = take(times ? &times[1] : NULL, FS_SET_MTIME, &attr->mtime_ns);
    if (atime < 0 || mtime < 0)
        return -EINVAL;
    attr->which = (uint32_t)(atime | mtime);
    return 0;
}

int utimensat(int dirfd, const char *path, const struct timespec *times, int flags)
{
    struct fs_attr attr;
    int error = attr_of(times, &attr);
    if (!error)
        error = vfs_setattr(dirfd, path, flags & AT_SYMLINK_NOFOLLOW ? VFS_NOFOLLOW : 0, &attr);
    return (int)files_result(error);
}

int futimens(int fd, const struct timespec *times)
{
    struct fs_attr attr;
    int error = attr_of(times, &attr);
    return (int)files_result(error ? error : fd_setattr(fd, &attr));
}

static const struct timespec *from_timeval(const struct timeval *from, struct timespec to[2])
{
    for (int i = 0; from && i < 2; i++)
        to[i] = (struct timespec){from[i].tv_sec, (long)from[i].tv_usec * 1000};
    return from ? to : NULL;
}

int utimes(const char *path, const struct timeval *times)
{
    struct timespec precise[2];
    return utimensat(AT_FDCWD, path, from_timeval(times, precise), 0);
}

int lutimes(const char *path, const struct timeval *times)
{
    struct timespec precise[2];
    return utimensat(AT_FDCWD, path, from_timeval(times, precise), AT_SYMLINK_NOFOLLOW);
}

int futimes(int fd, const struct timeval *times)
{
    struct timespec precise[2];
    return futimens(fd, from_timeval(times, precise));
}

int utime(const char *path, const struct utimbuf *times)
{
    struct timespec precise[2];
    if (times) {
        precise[0] = (struct timespec){times->actime, 0};
        precise[1] = (struct timespec){times->modtime, 0};
    }
    return utimensat(AT_FDCWD, path, times ? precise : NULL, 0);
}
