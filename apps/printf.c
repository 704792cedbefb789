// SPDX-License-Identifier: MIT
//
// printf: prints its arguments by a format. The shell has the same as a builtin; both are lib/echo.c.

#include "lib/echo.h"
#include "lib/util.h"

int main(int argc, char **argv)
{
    (void)argc;
    util_start(argv[0]);
    return util_finish(printf_run(argv));
}
