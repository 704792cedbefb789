/* SPDX-License-Identifier: MIT
 *
 * devfs.h: /dev: null, zero, full, random, urandom, tty, console. Layer: libOS, behind fs.h.
 *
 * Ids are the numbers below. The terminal is reached through devfs_tty alone (devfs_tty.c ties it to libos/dev/tty.h; host
 * tests have their own). random and urandom are one: the machine's generator, or -ENODEV at open.
 */
#ifndef LIBOS_DEVFS_H
#define LIBOS_DEVFS_H

#include "fs/fs.h"

enum { DEV_ROOT = 1, DEV_NULL, DEV_ZERO, DEV_FULL, DEV_RANDOM, DEV_URANDOM, DEV_TTY, DEV_CONSOLE, DEV_END };

struct devfs_tty_ops {
    int (*open)(void); /* 0, or -ENXIO if this process has no terminal */
    int64_t (*read)(void *to, size_t n, int flags);
    int64_t (*write)(const void *from, size_t n, int flags);
    int (*ioctl)(unsigned long request, void *argument);
    void (*poll)(struct fs_poll *poll);
    void (*unpoll)(void);
    int (*is_terminal)(void);
};
extern const struct devfs_tty_ops devfs_tty;

struct devfs_name {
    const char *name;
    uint32_t len;
    uint32_t ino;
};

#endif
