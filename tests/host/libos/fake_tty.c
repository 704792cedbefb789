// SPDX-License-Identifier: MIT
/*
 * fake_tty.c: a terminal for tests of /dev/tty: reads what was put into it, keeps what was written. Layer: tests.
 */
#include "fake_tty.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

char fake_tty_output[256];
const char *fake_tty_input = "";
int fake_tty_absent;
uint32_t fake_tty_word;

static int open_tty(void) { return fake_tty_absent ? -ENXIO : 0; }

static int64_t read_tty(void *to, size_t n, int flags)
{
    (void)flags;
    size_t have = strlen(fake_tty_input), part = n < have ? n : have;
    memcpy(to, fake_tty_input, part);
    fake_tty_input += part;
    return (int64_t)part;
}

static int64_t write_tty(const void *from, size_t n, int flags)
{
    (void)flags;
    strncat(fake_tty_output, from, n);
    return (int64_t)n;
}

static int ioctl_tty(unsigned long request, void *argument)
{
    *(int *)argument = (int)request + 1;
    return 0;
}

static void poll_tty(struct fs_poll *poll)
{
    poll->events = POLLOUT | (*fake_tty_input ? POLLIN : 0);
    poll->words = 1;
    poll->wait[0].word = &fake_tty_word;
    poll->wait[0].seen = fake_tty_word;
}

static void unpoll_tty(void) {}
static int is_terminal(void) { return 1; }

const struct devfs_tty_ops devfs_tty = {open_tty, read_tty, write_tty, ioctl_tty, poll_tty, unpoll_tty, is_terminal};
