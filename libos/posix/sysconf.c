/* SPDX-License-Identifier: MIT
 *
 * sysconf.c: limits and options (XSH sysconf), getpagesize. Layer: libos/posix. An option that is not there is -1 without
 * an error; a name that does not exist is EINVAL. Machine numbers are the published ones.
 */
#include <errno.h>
#include <limits.h>
#include <pthread.h>
#include <time.h>
#include <unistd.h>

#include "exo/exo.h"
#include "fs/file.h"

#define ARGUMENT_BYTES 262144

struct limit {
    short name;
    long value;
};

static const struct limit limits[] = {
    {_SC_ARG_MAX, ARGUMENT_BYTES},
    {_SC_OPEN_MAX, FD_MAX},
    {_SC_STREAM_MAX, FD_MAX},
    {_SC_CLK_TCK, CLOCKS_PER_SEC},
    {_SC_NGROUPS_MAX, 0},
    {_SC_SAVED_IDS, 1},
    {_SC_VERSION, 200809},
    {_SC_PAGESIZE, EXO_PAGE_BYTES},
    {_SC_TZNAME_MAX, 6},
    {_SC_MAPPED_FILES, -1},
    {_SC_MEMLOCK, 200809},
    {_SC_MEMLOCK_RANGE, 200809},
    {_SC_MEMORY_PROTECTION, 200809},
    {_SC_FSYNC, 200809},
    {_SC_MONOTONIC_CLOCK, 200809},
    {_SC_CLOCK_SELECTION, 200809},
    {_SC_CPUTIME, 200809},
    {_SC_THREAD_CPUTIME, 200809},
    {_SC_SPAWN, 200809},
    {_SC_THREADS, 200809},
    {_SC_THREAD_SAFE_FUNCTIONS, 200809},
    {_SC_THREAD_ATTR_STACKADDR, 200809},
    {_SC_THREAD_ATTR_STACKSIZE, 200809},
    {_SC_THREAD_PRIORITY_SCHEDULING, 200809},
    {_SC_PRIORITY_SCHEDULING, 200809},
    {_SC_THREAD_PRIO_INHERIT, 200809},
    {_SC_THREAD_PRIO_PROTECT, 200809},
    {_SC_THREAD_ROBUST_PRIO_INHERIT, 200809},
    {_SC_THREAD_ROBUST_PRIO_PROTECT, 200809},
    {_SC_TIMEOUTS, 200809},
    {_SC_BARRIERS, 200809},
    {_SC_SPIN_LOCKS, 200809},
    {_SC_READER_WRITER_LOCKS, 200809},
    {_SC_SEMAPHORES, 200809},
    {_SC_SEM_VALUE_MAX, 0x7fffffff},
    {_SC_THREAD_KEYS_MAX, PTHREAD_KEYS_MAX},
    {_SC_THREAD_DESTRUCTOR_ITERATIONS, PTHREAD_DESTRUCTOR_ITERATIONS},
    {_SC_THREAD_STACK_MIN, PTHREAD_STACK_MIN},
    {_SC_REGEXP, 1},
    {_SC_SHELL, 1},
    {_SC_HOST_NAME_MAX, 255},
    {_SC_LOGIN_NAME_MAX, 256},
    {_SC_TTY_NAME_MAX, 32},
    {_SC_LINE_MAX, 2048},
    {_SC_IOV_MAX, 1024},
    {_SC_ATEXIT_MAX, 32},
    {_SC_SYMLOOP_MAX, 8},
    {_SC_RE_DUP_MAX, 255},
    {_SC_GETPW_R_SIZE_MAX, 1024},
    {_SC_GETGR_R_SIZE_MAX, 1024},
    {_SC_LEVEL1_DCACHE_LINESIZE, 64},
};

long sysconf(int name)
{
    const struct exo_info *info = exo_info();
    switch (name) {
    case _SC_NPROCESSORS_CONF:
    case _SC_NPROCESSORS_ONLN: return info->cpus;
    case _SC_PHYS_PAGES: return info->frames;
    case _SC_AVPHYS_PAGES: return info->free_frames;
    case _SC_CHILD_MAX: return EXO_ENVS_MAX;
    }
    for (unsigned i = 0; i < sizeof limits / sizeof limits[0]; i++)
        if (limits[i].name == name)
            return limits[i].value;
    if (name < 0 || name > _SC_POSIX_26_VERSION)
        errno = EINVAL;
    return -1;
}

int getpagesize(void) { return EXO_PAGE_BYTES; }

int getdtablesize(void) { return FD_MAX; }
