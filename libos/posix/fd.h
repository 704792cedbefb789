/* SPDX-License-Identifier: MIT
 *
 * fd.h: what POSIX does with a descriptor, without errno: functions return 0 or a positive result, or a negative errno
 * value. Layer: libos/posix, above libos/fs; newlib-port/files_*.c puts the standard's names and errno on top.
 *
 * May sleep. A signal ends a sleep with -EINTR.
 */
#ifndef LIBOS_POSIX_FD_H
#define LIBOS_POSIX_FD_H

#include <sys/stat.h>
#include <sys/types.h>

#include "fs/fs.h"

struct iovec;

int64_t fd_read(int fd, void *to, size_t n);
int64_t fd_write(int fd, const void *from, size_t n);
int64_t fd_pread(int fd, void *to, size_t n, int64_t at);
int64_t fd_pwrite(int fd, const void *from, size_t n, int64_t at);
int64_t fd_readv(int fd, const struct iovec *parts, int count);
int64_t fd_writev(int fd, const struct iovec *parts, int count);
int64_t fd_seek(int fd, int64_t offset, int whence);
int fd_stat(int fd, struct stat *out);
int fd_truncate(int fd, int64_t size);
int fd_sync(int fd);
int fd_ioctl(int fd, unsigned long request, void *argument);
int fd_isatty(int fd); /* 1, or -ENOTTY, -EBADF */
int fd_fcntl(int fd, int command, long argument);
int fd_setattr(int fd, const struct fs_attr *attr);
int fd_statfs(int fd, struct fs_statfs *statfs);
int fd_chdir(int fd);
int fd_pipe(int fds[2], int flags); /* O_CLOEXEC, O_NONBLOCK */
/* The next entry of a directory; *cursor (0 at first) is the caller's. 1, or 0 at the end. */
int fd_readdir(int fd, uint64_t *cursor, struct fs_dirent *entry);

/* poll: fills revents; returns how many are not 0, -EINTR, -EINVAL, -ENOMEM. The clock is fs_monotonic_ns; ~0: no
 * deadline. */
struct pollfd;
int fd_poll(struct pollfd *fds, unsigned long count, uint64_t deadline_ns);

/* Sleeps until one of the words differs from what was seen, the deadline, or a signal: 0, -ETIMEDOUT, -EINTR. May return
 * early. A weak default, which looks at the words in turn when there are several, can be replaced by a better one. */
struct fd_word {
    const uint32_t *word;
    uint32_t seen;
};
int fd_wait_any(const struct fd_word *words, unsigned count, uint64_t deadline_ns);

/* open: returns the descriptor. */
int fd_open(int dirfd, const char *path, int flags, unsigned mode);

/* Fills the standard's structure. */
void fd_stat_fill(uint32_t fs, const struct fs_stat *from, struct stat *to);

#endif
