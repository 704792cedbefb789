/* SPDX-License-Identifier: MIT
 *
 * tty_modes.h: bits of struct tty_termios, and places in its cc[]. Layer: shared by libos/dev, the console and host tests,
 * which know no <termios.h>. libos/posix sees to it that newlib-port/include/sys/termios.h has the same numbers.
 * What each one does: POSIX.1-2017, chapter 11.
 */
#ifndef LIBOS_DEV_TTY_MODES_H
#define LIBOS_DEV_TTY_MODES_H

enum { /* cc[] */
    TTY_VINTR = 0,
    TTY_VQUIT = 1,
    TTY_VERASE = 2,
    TTY_VKILL = 3,
    TTY_VEOF = 4,
    TTY_VTIME = 5,
    TTY_VMIN = 6,
    TTY_VSTART = 8,
    TTY_VSTOP = 9,
    TTY_VSUSP = 10,
    TTY_VEOL = 11,
    TTY_VREPRINT = 12,
    TTY_VWERASE = 14,
    TTY_VLNEXT = 15,
    TTY_VEOL2 = 16,
};

enum { /* iflag */
    TTY_IGNBRK = 0000001,
    TTY_BRKINT = 0000002,
    TTY_IGNPAR = 0000004,
    TTY_PARMRK = 0000010,
    TTY_INPCK = 0000020,
    TTY_ISTRIP = 0000040,
    TTY_INLCR = 0000100,
    TTY_IGNCR = 0000200,
    TTY_ICRNL = 0000400,
    TTY_IXON = 0002000,
    TTY_IXANY = 0004000,
    TTY_IXOFF = 0010000,
    TTY_IUTF8 = 0040000,
};

enum { /* oflag */
    TTY_OPOST = 0000001,
    TTY_ONLCR = 0000004,
    TTY_OCRNL = 0000010,
};

enum { /* cflag */
    TTY_CS8 = 0000060,
    TTY_CREAD = 0000200,
    TTY_HUPCL = 0002000,
    TTY_CLOCAL = 0004000,
};

enum { /* lflag */
    TTY_ISIG = 0000001,
    TTY_ICANON = 0000002,
    TTY_ECHO = 0000010,
    TTY_ECHOE = 0000020,
    TTY_ECHOK = 0000040,
    TTY_ECHONL = 0000100,
    TTY_NOFLSH = 0000200,
    TTY_TOSTOP = 0000400,
    TTY_ECHOCTL = 0001000,
    TTY_ECHOKE = 0004000,
    TTY_IEXTEN = 0100000,
};

#define TTY_B115200 115200u
#define TTY_DISABLED 0 /* a cc[] entry that is no character (_POSIX_VDISABLE) */

#endif
