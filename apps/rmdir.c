// SPDX-License-Identifier: MIT
//
// rmdir: removes directories that are empty.

#include <unistd.h>

#include "lib/util.h"

int main(int argc, char **argv)
{
    util_start(argv[0]);
    if (getopt(argc, argv, "") != -1 || optind == argc) {
        return util_usage("directory ...");
    }
    int status = 0;
    for (int i = optind; i < argc; i++) {
        if (rmdir(argv[i]) != 0) {
            util_warn_errno(argv[i]);
            status = 1;
        }
    }
    return status;
}
