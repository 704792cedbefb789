/* SPDX-License-Identifier: MIT
 *
 * system.c: system calls that newlib makes itself, by the names that it uses (_sbrk, _times, ...), and _exit and sbrk.
 * Layer: newlib-port, over libos/posix: each hands on to the POSIX function, which sets errno. Those on files are in
 * files_*.c, those that make processes in system_process.c.
 */
#include <errno.h>
#include <signal.h>
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

int _getpid(void);
int _gettimeofday(struct timeval *time, void *zone);
int _kill(int pid, int signal);
void *_sbrk(ptrdiff_t bytes);
clock_t _times(struct tms *times);

int _getpid(void) { return getpid(); }
int _gettimeofday(struct timeval *time, void *zone) { return gettimeofday(time, zone); }
int _kill(int pid, int signal) { return kill(pid, signal); }
void *_sbrk(ptrdiff_t bytes) { return sbrk(bytes); }
clock_t _times(struct tms *buffer) { return times(buffer); }
