// SPDX-License-Identifier: MIT
//
// The search for commands; search.h is the interface.
//
// Layer: apps, plain C on POSIX.

#include "search.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "util.h"

// 0 if PATH can be run, else the errno that says why not.
static int check_program(const char *path)
{
    struct stat info;
    if (stat(path, &info) != 0) {
        return errno == ENOTDIR ? ENOENT : errno;
    }
    if (S_ISDIR(info.st_mode)) {
        return EISDIR;
    }
    return access(path, X_OK) == 0 ? 0 : errno;
}

char *search_program(const char *name, const char *path)
{
    int why = ENOENT;
    if (strchr(name, '/') != NULL) {
        why = check_program(name);
        if (why == 0) {
            return util_strdup(name);
        }
        errno = why;
        return NULL;
    }
    for (const char *next = path != NULL ? path : SEARCH_DEFAULT_PATH; *name != '\0' && next != NULL;) {
        const char *colon = strchr(next, ':');
        size_t length = colon != NULL ? (size_t)(colon - next) : strlen(next);
        char *folder = length > 0 ? util_strndup(next, length) : util_strdup(".");
        char *candidate = util_join(folder, name);
        free(folder);
        int error = check_program(candidate);
        if (error == 0) {
            return candidate;
        }
        free(candidate);
        why = error == EACCES ? EACCES : why;
        next = colon != NULL ? colon + 1 : NULL;
    }
    errno = why;
    return NULL;
}
