// SPDX-License-Identifier: MIT
/*
 * files_io.c: the file functions that newlib's stdio calls, and their POSIX names. Layer: newlib-port, see files.h.
 *
 * newlib says what read and write return (_READ_WRITE_RETURN_TYPE, an int unless it is told otherwise); fd_read and fd_write
 * never give more than fits.
 */
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "files.h"
#include "fs/file.h"
#include "posix/fd.h"

_READ_WRITE_RETURN_TYPE read(int fd, void *to, size_t n)
{
    return (_READ_WRITE_RETURN_TYPE)FILES_CANCEL_POINT(fd_read(fd, to, n));
}

_READ_WRITE_RETURN_TYPE write(int fd, const void *from, size_t n)
{
    return (_READ_WRITE_RETURN_TYPE)FILES_CANCEL_POINT(fd_write(fd, from, n));
}

_READ_WRITE_RETURN_TYPE _read(int fd, void *to, size_t n);
_READ_WRITE_RETURN_TYPE _write(int fd, const void *from, size_t n);
int _close(int fd);

/* stdio calls these while it holds the lock of a stream: no thread may end there. */
_READ_WRITE_RETURN_TYPE _read(int fd, void *to, size_t n)
{
    return (_READ_WRITE_RETURN_TYPE)files_result(fd_read(fd, to, n));
}

_READ_WRITE_RETURN_TYPE _write(int fd, const void *from, size_t n)
{
    return (_READ_WRITE_RETURN_TYPE)files_result(fd_write(fd, from, n));
}

int _close(int fd) { return (int)files_result(fd_close(fd)); }

int close(int fd) { return (int)FILES_CANCEL_POINT(fd_close(fd)); }
off_t lseek(int fd, off_t offset, int whence) { return files_result(fd_seek(fd, offset, whence)); }
int fstat(int fd, struct stat *out) { return (int)files_result(fd_stat(fd, out)); }

/* 1 or 0, and errno says why not. */
int isatty(int fd) { return files_result(fd_isatty(fd)) == 1; }

off_t _lseek(int fd, off_t offset, int whence) __attribute__((alias("lseek")));
int _fstat(int fd, struct stat *out) __attribute__((alias("fstat")));
int _isatty(int fd) __attribute__((alias("isatty")));
