// SPDX-License-Identifier: MIT
/*
 * fd_more.c: the rarer operations on a descriptor, see fd.h. Layer: libos/posix. Apart from fd.c, which every program has.
 */
#include <errno.h>
#include <fcntl.h>

#include "fs/file.h"
#include "fs/pipe.h"
#include "posix/fd.h"

#define FLAGS_SETTABLE (O_APPEND | O_NONBLOCK)

int fd_truncate(int fd, int64_t size)
{
    struct file_use use;
    if (size < 0)
        return -EINVAL;
    int error = fd_get(fd, &use);
    if (error)
        return error;
    if ((use.file->flags & O_ACCMODE) == O_RDONLY || !use.ops->truncate)
        error = -EINVAL;
    else
        error = use.ops->truncate(use.file->ino, (uint64_t)size);
    fd_put(&use);
    return error;
}

/* Nothing here is behind a cache. */
int fd_sync(int fd)
{
    struct file_use use;
    int error = fd_get(fd, &use);
    if (error)
        return error;
    if (use.ops->is_stream && use.ops->is_stream(use.file->ino))
        error = -EINVAL;
    fd_put(&use);
    return error;
}

int fd_setattr(int fd, const struct fs_attr *attr)
{
    struct file_use use;
    int error = fd_get(fd, &use);
    if (error)
        return error;
    error = use.ops->setattr ? use.ops->setattr(use.file->ino, attr) : -EROFS;
    fd_put(&use);
    return error;
}

int fd_statfs(int fd, struct fs_statfs *statfs)
{
    struct file_use use;
    int error = fd_get(fd, &use);
    if (error)
        return error;
    error = use.ops->statfs ? use.ops->statfs(statfs) : -ENOSYS;
    fd_put(&use);
    return error;
}

static int set_flags(int fd, long flags)
{
    struct file_use use;
    int error = fd_get(fd, &use);
    if (error)
        return error;
    uint32_t old = use.file->flags, new;
    do {
        new = (old & ~(uint32_t)FLAGS_SETTABLE) | ((uint32_t)flags & FLAGS_SETTABLE);
    } while (!__atomic_compare_exchange_n(&use.file->flags, &old, new, 0, __ATOMIC_RELAXED, __ATOMIC_RELAXED));
    fd_put(&use);
    return 0;
}

static int get_flags(int fd)
{
    struct file_use use;
    int result = fd_get(fd, &use);
    if (result)
        return result;
    result = (int)use.file->flags;
    fd_put(&use);
    return result;
}

int fd_fcntl(int fd, int command, long argument)
{
    if (fd_cloexec(fd) < 0)
        return -EBADF;
    switch (command) {
    case F_DUPFD:
        return fd_dup(fd, (int)argument, 0);
    case F_DUPFD_CLOEXEC:
        return fd_dup(fd, (int)argument, 1);
    case F_GETFD:
        return fd_cloexec(fd) ? FD_CLOEXEC : 0;
    case F_SETFD:
        return fd_set_cloexec(fd, argument & FD_CLOEXEC);
    case F_GETFL:
        return get_flags(fd);
    case F_SETFL:
        return set_flags(fd, argument);
    default:
        return -EINVAL;
    }
}

int fd_pipe(int fds[2], int flags)
{
    session_off files[2];
    int cloexec = (flags & O_CLOEXEC) != 0;
    if (flags & ~(O_CLOEXEC | O_NONBLOCK))
        return -EINVAL;
    int error = pipe_create(files, flags & O_NONBLOCK);
    if (error)
        return error;
    int first = fd_install(files[0], 0, cloexec);
    if (first < 0) {
        file_unref(files[1]);
        return first;
    }
    int second = fd_install(files[1], 0, cloexec);
    if (second < 0) {
        fd_close(first);
        return second;
    }
    fds[0] = first;
    fds[1] = second;
    return 0;
}
