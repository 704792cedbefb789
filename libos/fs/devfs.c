// SPDX-License-Identifier: MIT
/*
 * devfs.c: devices as open files, see devfs.h. Layer: libOS. There is no state, so there is no lock.
 */
#include "fs/devfs.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/stat.h>

#include "fs/root.h"

static int is_tty(uint64_t ino) { return ino == DEV_TTY || ino == DEV_CONSOLE; }
static int is_random(uint64_t ino) { return ino == DEV_RANDOM || ino == DEV_URANDOM; }

static int dev_open(uint64_t ino, int flags)
{
    uint8_t probe;
    (void)flags;
    if (ino < DEV_ROOT || ino >= DEV_END)
        return -ENOENT;
    if (is_random(ino))
        return fs_random(&probe, sizeof probe);
    return is_tty(ino) ? devfs_tty.open() : 0;
}

static int dev_stat(uint64_t ino, struct fs_stat *stat)
{
    if (ino < DEV_ROOT || ino >= DEV_END)
        return -ENOENT;
    *stat = (struct fs_stat){.ino = ino, .nlink = 1, .block_bytes = 4096, .rdev = (uint32_t)ino};
    stat->mode = ino == DEV_ROOT ? S_IFDIR | 0555 : S_IFCHR | (is_tty(ino) ? 0620 : 0666);
    return 0;
}

static int64_t dev_read(uint64_t ino, void *to, size_t n, uint64_t at, int flags)
{
    (void)at;
    if (is_tty(ino))
        return devfs_tty.read(to, n, flags);
    if (ino == DEV_ROOT)
        return -EISDIR;
    if (ino == DEV_NULL)
        return 0;
    if (is_random(ino)) {
        int error = fs_random(to, n);
        return error ? error : (int64_t)n;
    }
    memset(to, 0, n);
    return (int64_t)n;
}

static int64_t dev_write(uint64_t ino, const void *from, size_t n, uint64_t *at, int flags)
{
    (void)at;
    if (is_tty(ino))
        return devfs_tty.write(from, n, flags);
    if (ino == DEV_ROOT)
        return -EISDIR;
    if (ino == DEV_FULL)
        return -ENOSPC;
    return is_random(ino) ? -EPERM : (int64_t)n;
}

/* O_TRUNC on a device is fine and does nothing. */
static int dev_truncate(uint64_t ino, uint64_t size)
{
    (void)size;
    return ino == DEV_ROOT ? -EISDIR : -EINVAL;
}

static int dev_ioctl(uint64_t ino, unsigned long request, void *argument)
{
    return is_tty(ino) ? devfs_tty.ioctl(request, argument) : -ENOTTY;
}

static void dev_poll(uint64_t ino, int flags, struct fs_poll *poll)
{
    (void)flags;
    if (is_tty(ino))
        devfs_tty.poll(poll);
    else
        poll->events = POLLIN | POLLOUT;
}

static void dev_unpoll(uint64_t ino, int flags)
{
    (void)flags;
    if (is_tty(ino))
        devfs_tty.unpoll();
}

static int dev_is_stream(uint64_t ino) { return is_tty(ino); }
static int dev_is_terminal(uint64_t ino) { return is_tty(ino) && devfs_tty.is_terminal(); }

static int dev_statfs(struct fs_statfs *statfs)
{
    *statfs = (struct fs_statfs){.block_bytes = 4096, .read_only = 1};
    return 0;
}

const struct fs_file_ops devfs_file_ops = {
    .open = dev_open,
    .stat = dev_stat,
    .read = dev_read,
    .write = dev_write,
    .truncate = dev_truncate,
    .ioctl = dev_ioctl,
    .poll = dev_poll,
    .unpoll = dev_unpoll,
    .statfs = dev_statfs,
    .is_stream = dev_is_stream,
    .is_terminal = dev_is_terminal,
};
