// SPDX-License-Identifier: MIT
//
// shutdown: switches the machine off. -r starts it again instead.

#include <errno.h>
#include <string.h>
#include <sys/reboot.h>
#include <unistd.h>

#include "lib/util.h"

int main(int argc, char **argv)
{
    util_start(argv[0]);
    int command = RB_POWER_OFF;
    int option;
    while ((option = getopt(argc, argv, "hPr")) != -1) {
        switch (option) {
        case 'h':
        case 'P': command = RB_POWER_OFF; break;
        case 'r': command = RB_AUTOBOOT; break;
        default: return util_usage("[-r]");
        }
    }
    if (optind < argc && strcmp(argv[optind], "now") != 0) {
        return util_usage("[-r]");
    }
    reboot(command);
    util_die(1, "the machine stays on: %s", strerror(errno));
}
