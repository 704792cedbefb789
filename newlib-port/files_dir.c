// SPDX-License-Identifier: MIT
/*
 * files_dir.c: reading directories. Layer: newlib-port, see files.h.
 *
 * "." and "..", which file systems do not have as entries, come first: positions 0 and 1; those of the file system follow.
 * A DIR belongs to one thread at a time.
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "files.h"
#include "fs/file.h"
#include "fs/fs.h"
#include "posix/fd.h"

#define DOTS 2

struct __exon_dir {
    int fd;
    uint64_t position;
    struct dirent entry;
};

DIR *fdopendir(int fd)
{
    struct stat stat;
    int error = fd_stat(fd, &stat);
    if (!error && !S_ISDIR(stat.st_mode))
        error = -ENOTDIR;
    if (files_result(error))
        return NULL;
    DIR *dir = calloc(1, sizeof *dir);
    if (dir)
        dir->fd = fd;
    return dir;
}

DIR *opendir(const char *path)
{
    int fd = fd_open(AT_FDCWD, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
    if (files_result(fd) < 0)
        return NULL;
    DIR *dir = fdopendir(fd);
    if (!dir)
        fd_close(fd);
    return dir;
}

/* The entry for "." or "..". */
static struct dirent *dots(DIR *dir)
{
    struct stat stat = {0};
    fd_stat(dir->fd, &stat);
    dir->entry.d_ino = stat.st_ino;
    dir->entry.d_type = DT_DIR;
    strcpy(dir->entry.d_name, dir->position++ ? ".." : ".");
    return &dir->entry;
}

struct dirent *readdir(DIR *dir)
{
    struct fs_dirent entry;
    if (dir->position < DOTS)
        return dots(dir);
    uint64_t cursor = dir->position - DOTS;
    int found = fd_readdir(dir->fd, &cursor, &entry);
    if (files_result(found) <= 0)
        return NULL;
    dir->position = cursor + DOTS;
    dir->entry.d_ino = (ino_t)entry.ino;
    dir->entry.d_type = (unsigned char)IFTODT(entry.mode);
    memcpy(dir->entry.d_name, entry.name, entry.len + 1);
    return &dir->entry;
}

int readdir_r(DIR *restrict dir, struct dirent *restrict entry, struct dirent **restrict result)
{
    int before = errno, error;
    errno = 0;
    struct dirent *found = readdir(dir);
    error = found ? 0 : errno;
    errno = before;
    if (found)
        *entry = *found;
    *result = found ? entry : NULL;
    return error;
}

int closedir(DIR *dir)
{
    int fd = dir->fd;
    free(dir);
    return (int)files_result(fd_close(fd));
}

int fdclosedir(DIR *dir)
{
    int fd = dir->fd;
    free(dir);
    return fd;
}

void rewinddir(DIR *dir) { dir->position = 0; }
void seekdir(DIR *dir, long position) { dir->position = (uint64_t)position; }
long telldir(DIR *dir) { return (long)dir->position; }
int dirfd(DIR *dir) { return dir->fd; }
