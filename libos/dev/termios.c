/* SPDX-License-Identifier: MIT
 *
 * termios.c: POSIX's functions on terminals, over ioctl. Layer: libos/dev, at the POSIX boundary: results are errno's.
 * Left out: parity, speeds and breaks of real lines; they are remembered or ignored.
 */
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "dev/tty.h"
#include "dev/tty_modes.h"
#include "dev/tty_requests.h"

/* The public numbers are those of the libOS. */
#define SAME(name) _Static_assert(name == TTY_##name, #name)
SAME(IGNBRK); SAME(BRKINT); SAME(IGNPAR); SAME(PARMRK); SAME(INPCK); SAME(ISTRIP); SAME(INLCR); SAME(IGNCR);
SAME(ICRNL); SAME(IXON); SAME(IXANY); SAME(IXOFF); SAME(IUTF8); SAME(OPOST); SAME(ONLCR); SAME(OCRNL);
SAME(ISIG); SAME(ICANON); SAME(ECHO); SAME(ECHOE); SAME(ECHOK); SAME(ECHONL); SAME(NOFLSH); SAME(TOSTOP);
SAME(ECHOCTL); SAME(ECHOKE); SAME(IEXTEN); SAME(CS8); SAME(CREAD); SAME(HUPCL); SAME(CLOCAL); SAME(VINTR);
SAME(VQUIT); SAME(VERASE); SAME(VKILL); SAME(VEOF); SAME(VTIME); SAME(VMIN); SAME(VSTART); SAME(VSTOP);
SAME(VSUSP); SAME(VEOL); SAME(VREPRINT); SAME(VWERASE); SAME(VLNEXT); SAME(VEOL2);
_Static_assert(sizeof(struct termios) == sizeof(struct tty_termios), "struct termios");
_Static_assert(offsetof(struct termios, c_cc) == offsetof(struct tty_termios, cc), "c_cc");
_Static_assert(sizeof(struct winsize) == sizeof(struct tty_window), "struct winsize");
_Static_assert(TCGETS == TTY_REQUEST_GET && TCSETS == TTY_REQUEST_SET && TCSETSW == TTY_REQUEST_SET_DRAIN &&
                   TCSETSF == TTY_REQUEST_SET_FLUSH && TCSBRK == TTY_REQUEST_DRAIN && TCFLSH == TTY_REQUEST_FLUSH &&
                   TIOCGPGRP == TTY_REQUEST_GET_GROUP && TIOCSPGRP == TTY_REQUEST_SET_GROUP &&
                   TIOCOUTQ == TTY_REQUEST_OUTPUT_BYTES && TIOCGWINSZ == TTY_REQUEST_GET_WINDOW &&
                   TIOCSWINSZ == TTY_REQUEST_SET_WINDOW && FIONREAD == TTY_REQUEST_INPUT_BYTES,
               "requests");
_Static_assert(TCSANOW == TTY_NOW && TCSADRAIN == TTY_DRAIN && TCSAFLUSH == TTY_FLUSH, "tcsetattr");
_Static_assert(TCIFLUSH == TTY_FLUSH_INPUT && TCOFLUSH == TTY_FLUSH_OUTPUT && TCIOFLUSH == TTY_FLUSH_BOTH, "tcflush");

int tcgetattr(int fd, struct termios *termios) { return ioctl(fd, TCGETS, termios); }

int tcsetattr(int fd, int action, const struct termios *termios)
{
    static const unsigned requests[] = { [TCSANOW] = TCSETS, [TCSADRAIN] = TCSETSW, [TCSAFLUSH] = TCSETSF };
    if (action < TCSANOW || action > TCSAFLUSH) {
        errno = EINVAL;
        return -1;
    }
    return ioctl(fd, requests[action], termios);
}

int tcflush(int fd, int queue) { return ioctl(fd, TCFLSH, (void *)(intptr_t)queue); }

/* Sending cannot be held up from here, and there is no remote machine to hold up. */
int tcflow(int fd, int action)
{
    if (!isatty(fd))
        return -1;
    if (action >= TCOOFF && action <= TCION)
        return 0;
    errno = EINVAL;
    return -1;
}

int tcsendbreak(int fd, int duration)
{
    (void)duration;
    return isatty(fd) ? 0 : -1;
}

pid_t tcgetpgrp(int fd)
{
    int group;
    return ioctl(fd, TIOCGPGRP, &group) < 0 ? -1 : group;
}

int tcsetpgrp(int fd, pid_t group)
{
    int value = group;
    return ioctl(fd, TIOCSPGRP, &value);
}

speed_t cfgetispeed(const struct termios *termios) { return termios->c_ispeed; }

speed_t cfgetospeed(const struct termios *termios) { return termios->c_ospeed; }

int cfsetispeed(struct termios *termios, speed_t speed)
{
    termios->c_ispeed = speed;
    return 0;
}

int cfsetospeed(struct termios *termios, speed_t speed)
{
    termios->c_ospeed = speed;
    return 0;
}

int cfsetspeed(struct termios *termios, speed_t speed)
{
    termios->c_ispeed = termios->c_ospeed = speed;
    return 0;
}

void cfmakeraw(struct termios *termios)
{
    termios->c_iflag &= ~(tcflag_t)(IGNBRK | BRKINT | PARMRK | ISTRIP | INLCR | IGNCR | ICRNL | IXON);
    termios->c_oflag &= ~(tcflag_t)OPOST;
    termios->c_lflag &= ~(tcflag_t)(ECHO | ECHONL | ICANON | ISIG | IEXTEN);
    termios->c_cflag = (termios->c_cflag & ~(tcflag_t)(CSIZE | PARENB)) | CS8;
    termios->c_cc[VMIN] = 1;
    termios->c_cc[VTIME] = 0;
}

/* There is one terminal. */
int ttyname_r(int fd, char *name, size_t n)
{
    if (!isatty(fd))
        return errno;
    if (n < sizeof "/dev/tty")
        return ERANGE;
    strcpy(name, "/dev/tty");
    return 0;
}

char *ttyname(int fd)
{
    static char name[sizeof "/dev/tty"];
    int error = ttyname_r(fd, name, sizeof name);
    errno = error ? error : errno;
    return error ? NULL : name;
}

char *ctermid(char *name)
{
    static char buffer[L_ctermid];
    return strcpy(name ? name : buffer, "/dev/tty");
}
