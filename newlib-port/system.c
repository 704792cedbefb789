/* SPDX-License-Identifier: MIT
 *
 * system.c: the system calls that newlib makes itself, by the names that it uses (_read, _sbrk, ...), and _exit and sbrk.
 * Layer: newlib-port, over libos/posix: each hands on to the POSIX function, which sets errno. What names files is in
 * system_files.c, what makes processes in system_process.c.
 */
#include <errno.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/times.h>
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
int _fstat(int fd, struct stat *status);
int _getpid(void);
int _gettimeofday(struct timeval *time, void *zone);
int _isatty(int fd);
int _kill(int pid, int signal);
off_t _lseek(int fd, off_t offset, int whence);
ssize_t _read(int fd, void *buffer, size_t bytes);
void *_sbrk(ptrdiff_t bytes);
clock_t _times(struct tms *times);
ssize_t _write(int fd, const void *buffer, size_t bytes);

int _close(int fd) { return close(fd); }
int _fstat(int fd, struct stat *status) { return fstat(fd, status); }
int _getpid(void) { return getpid(); }
int _gettimeofday(struct timeval *time, void *zone) { return gettimeofday(time, zone); }
int _isatty(int fd) { return isatty(fd); }
int _kill(int pid, int signal) { return kill(pid, signal); }
off_t _lseek(int fd, off_t offset, int whence) { return lseek(fd, offset, whence); }
ssize_t _read(int fd, void *buffer, size_t bytes) { return read(fd, buffer, bytes); }
void *_sbrk(ptrdiff_t bytes) { return sbrk(bytes); }
clock_t _times(struct tms *buffer) { return times(buffer); }
ssize_t _write(int fd, const void *buffer, size_t bytes) { return write(fd, buffer, bytes); }
