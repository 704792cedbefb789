/* SPDX-License-Identifier: MIT
 *
 * console_raw.c: leaves the terminal in raw mode and takes the events for itself, then dies: whoever started it has to
 * mend that. tests/console/test_serial.py looks.
 */
#include <signal.h>
#include <stdlib.h>
#include <termios.h>

#include "exo/console.h"

int main(void)
{
    struct termios modes;
    if (tcgetattr(0, &modes) != 0 || console_grab(1) != 0)
        return 1;
    cfmakeraw(&modes);
    if (tcsetattr(0, TCSANOW, &modes) != 0)
        return 1;
    raise(SIGTERM);
    return 1;
}
