// SPDX-License-Identifier: MIT
//
// reboot: starts the machine again.

#include <errno.h>
#include <string.h>
#include <sys/reboot.h>

#include "lib/util.h"

int main(int argc, char **argv)
{
    util_start(argv[0]);
    if (argc > 1) {
        return util_usage("");
    }
    reboot(RB_AUTOBOOT);
    util_die(1, "the machine goes on: %s", strerror(errno));
}
