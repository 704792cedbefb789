/* SPDX-License-Identifier: MIT
 *
 * system.c: the system calls that newlib makes itself, by the names that it uses (_read, _sbrk, ...), and _exit and sbrk.
 * Layer: newlib-port, over libos/posix: each hands on to the POSIX function, which sets errno.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/times.h>
#include <sys/wait.h>
#include <unistd.h>

#include "mem/vm.h"
#include "proc/proc.h"

_Noreturn void _exit(int status) { proc_exit(PROC_EXITED(status)); }

void *sbrk(ptrdiff_t bytes)
{
    int error;
    void *old = vm_sbrk(bytes, &error);
    if (error)
        errno = -error;
    return old;
}

int _close(int fd);
int _execve(const char *path, char *const argv[], char *const envp[]);
int _fcntl(int fd, int command, ...);
int _fork(void);
int _fstat(int fd, struct stat *status);
int _getpid(void);
int _gettimeofday(struct timeval *time, void *zone);
int _isatty(int fd);
int _kill(int pid, int signal);
int _link(const char *old, const char *new);
off_t _lseek(int fd, off_t offset, int whence);
int _mkdir(const char *path, mode_t mode);
int _open(const char *path, int flags, ...);
ssize_t _read(int fd, void *buffer, size_t bytes);
int _rename(const char *old, const char *new);
void *_sbrk(ptrdiff_t bytes);
int _stat(const char *path, struct stat *status);
clock_t _times(struct tms *times);
int _unlink(const char *path);
int _wait(int *status);
ssize_t _write(int fd, const void *buffer, size_t bytes);

int _close(int fd) { return close(fd); }
int _execve(const char *path, char *const argv[], char *const envp[]) { return execve(path, argv, envp); }
int _fork(void) { return fork(); }
int _fstat(int fd, struct stat *status) { return fstat(fd, status); }
int _getpid(void) { return getpid(); }
int _gettimeofday(struct timeval *time, void *zone) { return gettimeofday(time, zone); }
int _isatty(int fd) { return isatty(fd); }
int _kill(int pid, int signal) { return kill(pid, signal); }
int _link(const char *old, const char *new) { return link(old, new); }
off_t _lseek(int fd, off_t offset, int whence) { return lseek(fd, offset, whence); }
int _mkdir(const char *path, mode_t mode) { return mkdir(path, mode); }
ssize_t _read(int fd, void *buffer, size_t bytes) { return read(fd, buffer, bytes); }
int _rename(const char *old, const char *new) { return rename(old, new); }
void *_sbrk(ptrdiff_t bytes) { return sbrk(bytes); }
int _stat(const char *path, struct stat *status) { return stat(path, status); }
clock_t _times(struct tms *buffer) { return times(buffer); }
int _unlink(const char *path) { return unlink(path); }
int _wait(int *status) { return wait(status); }
ssize_t _write(int fd, const void *buffer, size_t bytes) { return write(fd, buffer, bytes); }

int _fcntl(int fd, int command, ...)
{
    va_list list;
    va_start(list, command);
    long argument = va_arg(list, long);
    va_end(list);
    return fcntl(fd, command, argument);
}

int _open(const char *path, int flags, ...)
{
    va_list list;
    va_start(list, flags);
    mode_t mode = flags & O_CREAT ? va_arg(list, mode_t) : 0;
    va_end(list);
    return open(path, flags, mode);
}
