// SPDX-License-Identifier: MIT
//
// mv: renames a file, or moves any number of files into a directory. Between file systems it copies and then removes.
// -f never asks, -i asks before it overwrites, -v tells.

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/files.h"
#include "lib/util.h"

static int move(const char *source, const char *target, int flags)
{
    struct stat from;
    struct stat to;
    if (lstat(source, &from) != 0) {
        util_warn_errno(source);
        return 1;
    }
    bool exists = lstat(target, &to) == 0;
    if (exists && from.st_dev == to.st_dev && from.st_ino == to.st_ino && from.st_ino != 0) {
        util_warn("%s and %s are the same file", source, target);
        return 1;
    }
    if (exists && (flags & FILES_ASK) && !util_confirm("overwrite %s", target)) {
        return 0;
    }
    if (rename(source, target) == 0) {
        if (flags & FILES_VERBOSE) {
            printf("%s -> %s\n", source, target);
        }
        return 0;
    }
    if (errno != EXDEV) {
        util_warn("%s to %s: %s", source, target, strerror(errno));
        return 1;
    }
    int copy = FILES_RECURSIVE | FILES_FORCE | FILES_KEEP_TIMES | (flags & FILES_VERBOSE);
    if (files_copy(source, target, copy) != 0) {
        return 1;
    }
    return files_remove(source, FILES_RECURSIVE | FILES_FORCE);
}

int main(int argc, char **argv)
{
    util_start(argv[0]);
    int flags = 0;
    int option;
    while ((option = getopt(argc, argv, "fiv")) != -1) {
        switch (option) {
        case 'f': flags &= ~FILES_ASK; break;
        case 'i': flags |= FILES_ASK; break;
        case 'v': flags |= FILES_VERBOSE; break;
        default: return util_usage("[-fiv] source target | source ... directory");
        }
    }
    int count = argc - optind;
    if (count < 2) {
        return util_usage("[-fiv] source target | source ... directory");
    }
    const char *target = argv[argc - 1];
    if (count > 2 && !files_is_directory(target)) {
        util_die(1, "%s: not a directory", target);
    }
    int status = 0;
    for (int i = optind; i < argc - 1; i++) {
        char *path = files_target(argv[i], target);
        status |= move(argv[i], path, flags);
        free(path);
    }
    return util_finish(status);
}
