/* SPDX-License-Identifier: MIT
 *
 * tty_requests.h: ioctl requests of terminals, by number. Layer: libos/dev; <sys/ttycom.h> gives them their POSIX-like
 * names, and termios.c sees to it that both agree.
 */
#ifndef LIBOS_DEV_TTY_REQUESTS_H
#define LIBOS_DEV_TTY_REQUESTS_H

enum {
    TTY_REQUEST_GET = 0x5401,       /* struct termios * */
    TTY_REQUEST_SET = 0x5402,       /* const struct termios * */
    TTY_REQUEST_SET_DRAIN = 0x5403,
    TTY_REQUEST_SET_FLUSH = 0x5404,
    TTY_REQUEST_DRAIN = 0x5409,
    TTY_REQUEST_FLUSH = 0x540b,     /* TTY_FLUSH_* itself */
    TTY_REQUEST_GET_GROUP = 0x540f, /* int * */
    TTY_REQUEST_SET_GROUP = 0x5410,
    TTY_REQUEST_OUTPUT_BYTES = 0x5411,
    TTY_REQUEST_GET_WINDOW = 0x5413, /* struct winsize * */
    TTY_REQUEST_SET_WINDOW = 0x5414,
    TTY_REQUEST_INPUT_BYTES = 0x541b,
};

#endif
