// SPDX-License-Identifier: MIT
//
// clear: empties the screen and puts the cursor into its upper left corner (ECMA-48 ED and CUP).

#include <stdio.h>

#include "lib/util.h"

int main(int argc, char **argv)
{
    util_start(argv[0]);
    if (argc > 1) {
        return util_usage("");
    }
    fputs("\033[H\033[2J\033[3J", stdout);
    return fflush(stdout) == 0 ? 0 : 1;
}
