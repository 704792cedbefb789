// SPDX-License-Identifier: MIT
//
// mkdir: makes directories. -p makes missing parents too and takes an existing directory for success; -m sets the
// permissions, in octal.

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lib/files.h"
#include "lib/util.h"

static int make(const char *path, mode_t mode, bool existing_is_fine)
{
    if (mkdir(path, mode) == 0) {
        return 0;
    }
    // A file system may answer for a directory that is there with EROFS or EACCES: look before calling it an error.
    int cause = errno;
    if (existing_is_fine && files_is_directory(path)) {
        return 0;
    }
    errno = cause;
    util_warn_errno(path);
    return 1;
}

static int make_parents(const char *path, mode_t mode)
{
    char *prefix = util_strdup(path);
    int status = 0;
    for (char *slash = prefix + 1; status == 0 && (slash = strchr(slash, '/')) != NULL; slash++) {
        *slash = '\0';
        status = make(prefix, 0777, true);
        *slash = '/';
    }
    free(prefix);
    return status != 0 ? status : make(path, mode, true);
}

int main(int argc, char **argv)
{
    util_start(argv[0]);
    bool parents = false;
    mode_t mode = 0777;
    int option;
    while ((option = getopt(argc, argv, "pm:")) != -1) {
        char *end = NULL;
        switch (option) {
        case 'p':
            parents = true;
            break;
        case 'm':
            mode = (mode_t)strtoul(optarg, &end, 8);
            if (*end != '\0' || mode > 07777) {
                util_die(2, "%s: not an octal mode", optarg);
            }
            break;
        default:
            return util_usage("[-p] [-m mode] directory ...");
        }
    }
    if (optind == argc) {
        return util_usage("[-p] [-m mode] directory ...");
    }
    int status = 0;
    for (int i = optind; i < argc; i++) {
        status |= *argv[i] != '\0' && parents ? make_parents(argv[i], mode) : make(argv[i], mode, false);
    }
    return status;
}
