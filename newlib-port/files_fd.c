// SPDX-License-Identifier: MIT
/*
 * files_fd.c: the other functions on descriptors. Layer: newlib-port, see files.h.
 */
#include <fcntl.h>
#include <stdarg.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/uio.h>
#include <termios.h>
#include <unistd.h>

#include "files.h"
#include "files_statvfs.h"
#include "fs/file.h"
#include "posix/fd.h"

ssize_t pread(int fd, void *to, size_t n, off_t at) { return FILES_CANCEL_POINT(fd_pread(fd, to, n, at)); }
ssize_t pwrite(int fd, const void *from, size_t n, off_t at) { return FILES_CANCEL_POINT(fd_pwrite(fd, from, n, at)); }
ssize_t readv(int fd, const struct iovec *parts, int count) { return FILES_CANCEL_POINT(fd_readv(fd, parts, count)); }
ssize_t writev(int fd, const struct iovec *parts, int count) { return FILES_CANCEL_POINT(fd_writev(fd, parts, count)); }
int dup(int fd) { return (int)files_result(fd_dup(fd, 0, 0)); }
int dup2(int fd, int to) { return (int)files_result(fd_dup2(fd, to, 0)); }
int ftruncate(int fd, off_t size) { return (int)files_result(fd_truncate(fd, size)); }
int fsync(int fd) { return (int)FILES_CANCEL_POINT(fd_sync(fd)); }
int fdatasync(int fd) { return (int)FILES_CANCEL_POINT(fd_sync(fd)); }
int fchdir(int fd) { return (int)files_result(fd_chdir(fd)); }
int pipe(int fds[2]) { return (int)files_result(fd_pipe(fds, 0)); }
int pipe2(int fds[2], int flags) { return (int)files_result(fd_pipe(fds, flags)); }

int dup3(int fd, int to, int flags)
{
    if (fd == to || (flags & ~O_CLOEXEC))
        return (int)files_result(-EINVAL);
    return (int)files_result(fd_dup2(fd, to, flags & O_CLOEXEC));
}

int fcntl(int fd, int command, ...)
{
    va_list arguments;
    va_start(arguments, command);
    long argument = va_arg(arguments, long);
    va_end(arguments);
    if (command == F_SETLKW)
        thread_cancel_point();
    return (int)files_result(fd_fcntl(fd, command, argument));
}

int _fcntl(int fd, int command, ...) __attribute__((alias("fcntl")));

int tcdrain(int fd) { return (int)FILES_CANCEL_POINT(fd_ioctl(fd, TCSBRK, NULL)); }

/* Sets or clears O_NONBLOCK. */
static int set_nonblocking(int fd, int on)
{
    int flags = fd_fcntl(fd, F_GETFL, 0);
    return flags < 0 ? flags : fd_fcntl(fd, F_SETFL, on ? flags | O_NONBLOCK : flags & ~O_NONBLOCK);
}

int ioctl(int fd, unsigned long request, ...)
{
    va_list arguments;
    va_start(arguments, request);
    void *argument = va_arg(arguments, void *);
    va_end(arguments);
    switch (request) {
    case FIONBIO:
        return (int)files_result(set_nonblocking(fd, *(const int *)argument));
    case FIOCLEX:
    case FIONCLEX:
        return (int)files_result(fd_set_cloexec(fd, request == FIOCLEX));
    default:
        return (int)files_result(fd_ioctl(fd, request, argument));
    }
}

int fchmod(int fd, mode_t mode)
{
    struct fs_attr attr = {.which = FS_SET_MODE, .mode = mode};
    return (int)files_result(fd_setattr(fd, &attr));
}

int fchown(int fd, uid_t owner, gid_t group)
{
    struct fs_attr attr = {.which = FS_SET_OWNER, .uid = owner, .gid = group};
    return (int)files_result(fd_setattr(fd, &attr));
}

int fstatvfs(int fd, struct statvfs *out)
{
    struct fs_statfs statfs;
    int error = fd_statfs(fd, &statfs);
    if (!error)
        files_statvfs(&statfs, out);
    return (int)files_result(error);
}
