/* SPDX-License-Identifier: MIT
 *
 * system_files.c: system.c's part that names files: apart, so that a program which opens nothing does not link the name
 * space. Layer: newlib-port, over libos/posix.
 */
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

int _fcntl(int fd, int command, ...);
int _link(const char *old, const char *new);
int _mkdir(const char *path, mode_t mode);
int _open(const char *path, int flags, ...);
int _rename(const char *old, const char *new);
int _stat(const char *path, struct stat *status);
int _unlink(const char *path);

int _fcntl(int fd, int command, ...)
{
    va_list list;
    va_start(list, command);
    long argument = va_arg(list, long);
    va_end(list);
    return fcntl(fd, command, argument);
}

int _link(const char *old, const char *new) { return link(old, new); }
int _mkdir(const char *path, mode_t mode) { return mkdir(path, mode); }

int _open(const char *path, int flags, ...)
{
    va_list list;
    va_start(list, flags);
    mode_t mode = flags & O_CREAT ? va_arg(list, mode_t) : 0;
    va_end(list);
    return open(path, flags, mode);
}

int _rename(const char *old, const char *new) { return rename(old, new); }
int _stat(const char *path, struct stat *status) { return stat(path, status); }
int _unlink(const char *path) { return unlink(path); }
