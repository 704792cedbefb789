// SPDX-License-Identifier: MIT
//
// Tree copy and removal; files.h is the interface.
//
// Layer: apps, plain C on POSIX. A directory's names are read in full before the first is acted on, so that removal
// never disturbs the stream that it reads, and so that a copy into itself cannot see its own output.

#include "files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utime.h>

#include "util.h"

enum { COPY_BYTES = 16384, LINK_BYTES = 1024 };

typedef int (*entry_fn)(const char *path, const char *name, void *data);

// The names in directory PATH without `.` and `..`, as a malloc'd NULL-terminated array; NULL with errno on failure.
static char **directory_names(const char *path)
{
    DIR *directory = opendir(path);
    if (directory == NULL) {
        return NULL;
    }
    size_t count = 0;
    char **names = util_alloc(sizeof *names);
    struct dirent *entry;
    while ((entry = readdir(directory)) != NULL) {
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0) {
            continue;
        }
        names = util_realloc(names, (count + 2) * sizeof *names);
        names[count++] = util_strdup(entry->d_name);
    }
    names[count] = NULL;
    closedir(directory);
    return names;
}

// Calls ENTRY for each name in directory PATH with the joined path. Returns 1 if any failed.
static int each_entry(const char *path, entry_fn entry, void *data)
{
    char **names = directory_names(path);
    if (names == NULL) {
        util_warn_errno(path);
        return 1;
    }
    int status = 0;
    for (size_t i = 0; names[i] != NULL; i++) {
        char *child = util_join(path, names[i]);
        status |= entry(child, names[i], data);
        free(child);
        free(names[i]);
    }
    free(names);
    return status;
}

bool files_is_directory(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0 && S_ISDIR(info.st_mode);
}

char *files_target(const char *source, const char *target)
{
    if (!files_is_directory(target)) {
        return util_strdup(target);
    }
    char *name = util_basename(source);
    char *path = util_join(target, name);
    free(name);
    return path;
}

static int copy_data(int from, int to, const char *source, const char *target)
{
    static char buffer[COPY_BYTES];
    for (;;) {
        ssize_t got = read(from, buffer, sizeof buffer);
        if (got == 0) {
            return 0;
        }
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            util_warn_errno(source);
            return 1;
        }
        if (util_write_all(to, buffer, (size_t)got) != 0) {
            util_warn_errno(target);
            return 1;
        }
    }
}

static int copy_regular(const char *source, const char *target, const struct stat *info, int flags)
{
    int from = open(source, O_RDONLY);
    if (from < 0) {
        util_warn_errno(source);
        return 1;
    }
    int to = open(target, O_WRONLY | O_CREAT | O_TRUNC, info->st_mode & 0777);
    if (to < 0 && (flags & FILES_FORCE) && unlink(target) == 0) {
        to = open(target, O_WRONLY | O_CREAT | O_TRUNC, info->st_mode & 0777);
    }
    if (to < 0) {
        util_warn_errno(target);
        close(from);
        return 1;
    }
    int status = copy_data(from, to, source, target);
    close(from);
    if (close(to) != 0) {
        util_warn_errno(target);
        status = 1;
    }
    return status;
}

static int copy_link(const char *source, const char *target)
{
    char text[LINK_BYTES];
    ssize_t length = readlink(source, text, sizeof text - 1);
    if (length < 0) {
        util_warn_errno(source);
        return 1;
    }
    text[length] = '\0';
    unlink(target);
    if (symlink(text, target) != 0) {
        util_warn_errno(target);
        return 1;
    }
    return 0;
}

struct copy_into {
    const char *target;
    int flags;
};

static int copy_entry(const char *path, const char *name, void *data);

static int copy_directory(const char *source, const char *target, const struct stat *info, int flags)
{
    if (!(flags & FILES_RECURSIVE)) {
        util_warn("%s: is a directory (not copied without -r)", source);
        return 1;
    }
    // A copy below its own source would grow for ever: the names that exist now are the copy, so refuse it at the top.
    size_t length = strlen(source);
    if (strncmp(source, target, length) == 0 && target[length] == '/') {
        util_warn("%s: cannot copy a directory into itself, %s", source, target);
        return 1;
    }
    if (mkdir(target, (info->st_mode & 0777) | S_IRWXU) != 0 && !(errno == EEXIST && files_is_directory(target))) {
        util_warn_errno(target);
        return 1;
    }
    struct copy_into into = { target, flags };
    return each_entry(source, copy_entry, &into);
}

// The result of asking about an existing target: true if the copy may go on.
static bool may_overwrite(const char *source, const char *target, const struct stat *info, int flags, int *status)
{
    struct stat old;
    if (stat(target, &old) != 0) {
        return true;
    }
    if (old.st_dev == info->st_dev && old.st_ino == info->st_ino && old.st_ino != 0) {
        util_warn("%s and %s are the same file", source, target);
        *status = 1;
        return false;
    }
    if (S_ISDIR(old.st_mode) && !S_ISDIR(info->st_mode)) {
        errno = EISDIR;
        util_warn_errno(target);
        *status = 1;
        return false;
    }
    return S_ISDIR(old.st_mode) || !(flags & FILES_ASK) || util_confirm("overwrite %s", target);
}

static int copy_one(const char *source, const char *target, const struct stat *info, int flags)
{
    int status = 0;
    if (!may_overwrite(source, target, info, flags, &status)) {
        return status;
    }
    if (S_ISDIR(info->st_mode)) {
        status = copy_directory(source, target, info, flags);
    } else if (S_ISLNK(info->st_mode)) {
        status = copy_link(source, target);
    } else {
        status = copy_regular(source, target, info, flags);
    }
    if (status == 0 && (flags & FILES_KEEP_TIMES) && !S_ISLNK(info->st_mode)) {
        struct utimbuf times = { .actime = info->st_atime, .modtime = info->st_mtime };
        utime(target, &times);
    }
    if (status == 0 && (flags & FILES_VERBOSE)) {
        printf("%s -> %s\n", source, target);
    }
    return status;
}

static int copy_entry(const char *path, const char *name, void *data)
{
    struct copy_into *into = data;
    struct stat info;
    if (lstat(path, &info) != 0) {
        util_warn_errno(path);
        return 1;
    }
    char *target = util_join(into->target, name);
    int status = copy_one(path, target, &info, into->flags);
    free(target);
    return status;
}

int files_copy(const char *source, const char *target, int flags)
{
    struct stat info;
    int failed = flags & FILES_RECURSIVE ? lstat(source, &info) : stat(source, &info);
    if (failed != 0) {
        util_warn_errno(source);
        return 1;
    }
    return copy_one(source, target, &info, flags);
}

static int remove_entry(const char *path, const char *name, void *data)
{
    (void)name;
    return files_remove(path, *(int *)data);
}

int files_remove(const char *path, int flags)
{
    struct stat info;
    if (lstat(path, &info) != 0) {
        if (errno == ENOENT && (flags & FILES_FORCE)) {
            return 0;
        }
        util_warn_errno(path);
        return 1;
    }
    bool directory = S_ISDIR(info.st_mode);
    if (directory && !(flags & FILES_RECURSIVE)) {
        util_warn("%s: is a directory (not removed without -r)", path);
        return 1;
    }
    if (directory && each_entry(path, remove_entry, &flags) != 0) {
        return 1;
    }
    if ((flags & FILES_ASK) && !util_confirm("remove %s", path)) {
        return 0;
    }
    if ((directory ? rmdir(path) : unlink(path)) != 0) {
        util_warn_errno(path);
        return 1;
    }
    if (flags & FILES_VERBOSE) {
        printf("removed %s\n", path);
    }
    return 0;
}
