// SPDX-License-Identifier: MIT
//
// echo: prints its arguments. -n leaves the newline out, -e understands backslash escapes, -E does not (the default).
// The shell has the same as a builtin; both are lib/echo.c.

#include "lib/echo.h"
#include "lib/util.h"

int main(int argc, char **argv)
{
    (void)argc;
    util_start("echo");
    return util_finish(echo_run(argv));
}
