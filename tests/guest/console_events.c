/* SPDX-License-Identifier: MIT
 *
 * console_events.c: prints a line for each key and each movement of the mouse until Escape goes up: getkey() and
 * console_mouse() of exo/console.h. tests/console/test_screen.py presses and moves.
 */
#include <stdio.h>

#include "exo/console.h"

int main(void)
{
    int rows, columns;
    if (console_grab(1) != 0 || console_size(&rows, &columns) != 0)
        return 1;
    printf("grabbed %dx%d\n", rows, columns);
    for (;;) {
        struct console_key key;
        struct console_mouse mouse;
        while (console_mouse(&mouse, 0) == 1)
            printf("mouse %d %d wheel %d buttons %d\n", mouse.dx, mouse.dy, mouse.wheel, mouse.buttons);
        if (getkey(&key, 50) != 1)
            continue;
        printf("key %#x state %d modifiers %d unicode %#x\n", key.code, key.state, key.modifiers, (unsigned)key.unicode);
        if (key.code == CONSOLE_KEY_ESCAPE && key.state == CONSOLE_KEY_UP)
            break;
        fflush(stdout);
    }
    console_grab(0);
    for (const char *text = "caf"; *text; text++)
        console_putchar((unsigned char)*text);
    console_putchar(0xe9);
    console_putchar('\n');
    return 0;
}
