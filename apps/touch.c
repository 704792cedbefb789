// SPDX-License-Identifier: MIT
//
// touch: sets the modification time of files to now and makes those that are not there; -c makes none.

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>
#include <utime.h>

#include "lib/util.h"

static int touch(const char *path, bool create)
{
    if (utime(path, NULL) == 0) {
        return 0;
    }
    if (errno == ENOENT && !create) {
        return 0;
    }
    if (errno == ENOENT) {
        int fd = open(path, O_WRONLY | O_CREAT, 0666);
        if (fd >= 0) {
            return close(fd) == 0 ? 0 : 1;
        }
    }
    util_warn_errno(path);
    return 1;
}

int main(int argc, char **argv)
{
    util_start(argv[0]);
    bool create = true;
    int option;
    while ((option = getopt(argc, argv, "c")) != -1) {
        if (option != 'c') {
            return util_usage("[-c] file ...");
        }
        create = false;
    }
    if (optind == argc) {
        return util_usage("[-c] file ...");
    }
    int status = 0;
    for (int i = optind; i < argc; i++) {
        status |= touch(argv[i], create);
    }
    return status;
}
