// SPDX-License-Identifier: MIT
//
// cp: copies a file to a file, or any number of files into a directory. -r (-R) copies directories with what is in
// them, -f replaces a target that cannot be opened, -i asks first, -p keeps modification times, -v tells.

#include <stdlib.h>
#include <unistd.h>

#include "lib/files.h"
#include "lib/util.h"

static int parse_flags(int argc, char **argv)
{
    int flags = 0;
    int option;
    while ((option = getopt(argc, argv, "rRafipv")) != -1) {
        switch (option) {
        case 'r':
        case 'R': flags |= FILES_RECURSIVE; break;
        case 'a': flags |= FILES_RECURSIVE | FILES_KEEP_TIMES; break;
        case 'f': flags |= FILES_FORCE; break;
        case 'i': flags |= FILES_ASK; break;
        case 'p': flags |= FILES_KEEP_TIMES; break;
        case 'v': flags |= FILES_VERBOSE; break;
        default: return -1;
        }
    }
    return flags;
}

int main(int argc, char **argv)
{
    util_start(argv[0]);
    int flags = parse_flags(argc, argv);
    int count = argc - optind;
    if (flags < 0 || count < 2) {
        return util_usage("[-rfipv] source target | source ... directory");
    }
    const char *target = argv[argc - 1];
    if (count > 2 && !files_is_directory(target)) {
        util_die(1, "%s: not a directory", target);
    }
    int status = 0;
    for (int i = optind; i < argc - 1; i++) {
        char *path = files_target(argv[i], target);
        status |= files_copy(argv[i], path, flags);
        free(path);
    }
    return util_finish(status);
}
