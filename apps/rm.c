// SPDX-License-Identifier: MIT
//
// rm: removes files. -r (-R) removes directories with what is in them, -f says nothing about files that are not there,
// -i asks first, -v tells. It refuses `/`, `.` and `..`, which nobody means.

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/files.h"
#include "lib/util.h"

static bool refused(const char *path)
{
    char *name = util_basename(path);
    bool bad = strcmp(name, "/") == 0 || strcmp(name, ".") == 0 || strcmp(name, "..") == 0;
    free(name);
    return bad;
}

int main(int argc, char **argv)
{
    util_start(argv[0]);
    int flags = 0;
    int option;
    while ((option = getopt(argc, argv, "rRfiv")) != -1) {
        switch (option) {
        case 'r':
        case 'R': flags |= FILES_RECURSIVE; break;
        case 'f': flags = (flags | FILES_FORCE) & ~FILES_ASK; break;
        case 'i': flags |= FILES_ASK; break;
        case 'v': flags |= FILES_VERBOSE; break;
        default: return util_usage("[-rfiv] file ...");
        }
    }
    if (optind == argc && !(flags & FILES_FORCE)) {
        return util_usage("[-rfiv] file ...");
    }
    int status = 0;
    for (int i = optind; i < argc; i++) {
        if (refused(argv[i])) {
            util_warn("%s: refused: it would remove where you stand or everything", argv[i]);
            status = 1;
        } else {
            status |= files_remove(argv[i], flags);
        }
    }
    return util_finish(status);
}
