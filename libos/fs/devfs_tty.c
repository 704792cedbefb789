// SPDX-License-Identifier: MIT
/*
 * devfs_tty.c: /dev/tty over the terminal of libos/dev/tty.h, see devfs.h. Layer: libOS.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>

#include "dev/tty.h"
#include "fs/devfs.h"

static unsigned flags_of(int flags) { return flags & O_NONBLOCK ? TTY_NONBLOCK : 0; }

static int open_tty(void) { return tty_pages() ? 0 : -ENXIO; }

static int64_t read_tty(void *to, size_t n, int flags) { return tty_read(to, n, flags_of(flags)); }

static int64_t write_tty(const void *from, size_t n, int flags) { return tty_write(from, n, flags_of(flags)); }

static void poll_tty(struct fs_poll *poll)
{
    struct tty_poll_word words[2] = {{NULL, 0}, {NULL, 0}};
    tty_poll_begin();
    unsigned ready = tty_poll(&words[0], &words[1]);
    poll->events = (ready & TTY_READABLE ? POLLIN : 0) | (ready & TTY_WRITABLE ? POLLOUT : 0);
    for (unsigned i = 0; i < 2; i++)
        if (words[i].word) {
            poll->wait[poll->words].word = words[i].word;
            poll->wait[poll->words].seen = words[i].seen;
            poll->words++;
        }
}

const struct devfs_tty_ops devfs_tty = {
    .open = open_tty,
    .read = read_tty,
    .write = write_tty,
    .ioctl = tty_ioctl,
    .poll = poll_tty,
    .unpoll = tty_poll_end,
    .is_terminal = tty_is_terminal,
};
