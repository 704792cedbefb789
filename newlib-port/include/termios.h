/* SPDX-License-Identifier: MIT
 *
 * termios.h: terminal settings, POSIX.1-2017. Layer: newlib-port, public.
 */
#include <sys/termios.h>
