/* SPDX-License-Identifier: MIT
 *
 * sys/ttycom.h: ioctl requests of terminals and what they point to. Layer: newlib-port, public; <sys/ioctl.h> and
 * <termios.h> include it. Numbers: libos/dev/tty_requests.h (libos/dev/termios.c checks it).
 */
#ifndef _SYS_TTYCOM_H
#define _SYS_TTYCOM_H

struct winsize {
    unsigned short ws_row, ws_col;
    unsigned short ws_xpixel, ws_ypixel;
};

#define TCGETS 0x5401
#define TCSETS 0x5402
#define TCSETSW 0x5403
#define TCSETSF 0x5404
#define TCSBRK 0x5409
#define TCFLSH 0x540b
#define TIOCGPGRP 0x540f
#define TIOCSPGRP 0x5410
#define TIOCOUTQ 0x5411
#define TIOCGWINSZ 0x5413
#define TIOCSWINSZ 0x5414
#ifndef FIONREAD
#define FIONREAD 0x541b
#endif
#define TIOCINQ 0x541b

#endif
