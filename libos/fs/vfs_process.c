// SPDX-License-Identifier: MIT
/*
 * vfs_process.c: what a process keeps about paths: working directory and umask. Layer: libOS.
 *
 * Apart from vfs.c, so that the start code can set them in a program that never walks a path. The working directory is a
 * path; threads that change it at once must agree among themselves, as POSIX says of chdir.
 */
#include "fs/vfs.h"

#include <errno.h>
#include <string.h>

static const char *cwd = "/";
static char changed[2][FS_PATH_MAX]; /* two, so that a reader of the old one is not disturbed */
static unsigned next;
static uint32_t mask = 022;

void vfs_start(const char *start_cwd, uint32_t umask)
{
    if (start_cwd && start_cwd[0] == '/')
        cwd = start_cwd;
    mask = umask & 0777;
}

const char *vfs_cwd(void) { return cwd; }

int vfs_set_cwd(const char *path, size_t len)
{
    char *to = changed[next];
    if (len >= FS_PATH_MAX)
        return -ENAMETOOLONG;
    memcpy(to, path, len);
    to[len] = 0;
    next ^= 1;
    cwd = to;
    return 0;
}

uint32_t vfs_umask(void) { return mask; }

uint32_t vfs_set_umask(uint32_t umask)
{
    uint32_t before = mask;
    mask = umask & 0777;
    return before;
}
