/* SPDX-License-Identifier: MIT
 *
 * pathconf.c: limits of files, and strings of the system (XSH fpathconf, confstr). Layer: newlib-port. No limit differs from
 * one file system to another here; the file must exist all the same.
 */
#include <errno.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fs/fs.h"
#include "fs/pipe.h"

/* -1 without an error: no limit, or not there. */
static long limit(int name)
{
    switch (name) {
    case _PC_LINK_MAX: return 65000;
    case _PC_MAX_CANON:
    case _PC_MAX_INPUT: return MAX_CANON;
    case _PC_NAME_MAX: return FS_NAME_MAX;
    case _PC_PATH_MAX: return FS_PATH_MAX;
    case _PC_SYMLINK_MAX: return FS_PATH_MAX - 1;
    case _PC_PIPE_BUF: return PIPE_BUF;
    case _PC_CHOWN_RESTRICTED:
    case _PC_NO_TRUNC:
    case _PC_2_SYMLINKS:
    case _PC_TIMESTAMP_RESOLUTION: return 1;
    case _PC_VDISABLE: return 0;
    case _PC_FILESIZEBITS: return 64;
    case _PC_ALLOC_SIZE_MIN:
    case _PC_REC_XFER_ALIGN: return 4096;
    case _PC_ASYNC_IO:
    case _PC_PRIO_IO:
    case _PC_SYNC_IO:
    case _PC_REC_INCR_XFER_SIZE:
    case _PC_REC_MAX_XFER_SIZE:
    case _PC_REC_MIN_XFER_SIZE: return -1;
    }
    errno = EINVAL;
    return -1;
}

long pathconf(const char *path, int name)
{
    struct stat status;
    return stat(path, &status) == 0 ? limit(name) : -1;
}

long fpathconf(int fd, int name)
{
    struct stat status;
    return fstat(fd, &status) == 0 ? limit(name) : -1;
}

/* The only programming environment is LP64, and needs no options. */
static const char *string(int name)
{
    switch (name) {
    case _CS_PATH: return "/bin";
    case _CS_POSIX_V7_WIDTH_RESTRICTED_ENVS: return "POSIX_V7_LP64_OFF64";
    case _CS_POSIX_V7_LP64_OFF64_CFLAGS:
    case _CS_POSIX_V7_LP64_OFF64_LDFLAGS:
    case _CS_POSIX_V7_LP64_OFF64_LIBS:
    case _CS_V7_ENV: return "";
    }
    return NULL;
}

size_t confstr(int name, char *buffer, size_t size)
{
    const char *value = string(name);
    if (value == NULL) {
        errno = EINVAL;
        return 0;
    }
    if (buffer != NULL && size > 0) {
        strncpy(buffer, value, size);
        buffer[size - 1] = '\0';
    }
    return strlen(value) + 1;
}
