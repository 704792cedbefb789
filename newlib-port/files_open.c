// SPDX-License-Identifier: MIT
/*
 * files_open.c: open and its family: whoever links it has all file systems. Layer: newlib-port, see files.h.
 */
#include <fcntl.h>
#include <stdarg.h>
#include <sys/stat.h>

#include "files.h"
#include "posix/fd.h"

int _open(const char *path, int flags, ...);

/* The mode is there only if a file may be made. */
static mode_t mode_of(int flags, va_list arguments) { return flags & O_CREAT ? (mode_t)va_arg(arguments, int) : 0; }

int open(const char *path, int flags, ...)
{
    va_list arguments;
    va_start(arguments, flags);
    mode_t mode = mode_of(flags, arguments);
    va_end(arguments);
    return (int)FILES_CANCEL_POINT(fd_open(AT_FDCWD, path, flags, mode));
}

/* For stdio, as _read is (files_io.c). */
int _open(const char *path, int flags, ...)
{
    va_list arguments;
    va_start(arguments, flags);
    mode_t mode = mode_of(flags, arguments);
    va_end(arguments);
    return (int)files_result(fd_open(AT_FDCWD, path, flags, mode));
}

int openat(int dirfd, const char *path, int flags, ...)
{
    va_list arguments;
    va_start(arguments, flags);
    mode_t mode = mode_of(flags, arguments);
    va_end(arguments);
    return (int)FILES_CANCEL_POINT(fd_open(dirfd, path, flags, mode));
}

int creat(const char *path, mode_t mode)
{
    return (int)FILES_CANCEL_POINT(fd_open(AT_FDCWD, path, O_WRONLY | O_CREAT | O_TRUNC, mode));
}
