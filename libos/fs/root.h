/* SPDX-License-Identifier: MIT
 *
 * root.h: what libos/fs needs from its surroundings: its roots in the session segment, the clock, random numbers.
 *
 * Layer: libOS. root.c takes them from the segment's header and the published pages; host tests have their own.
 */
#ifndef LIBOS_FS_ROOT_H
#define LIBOS_FS_ROOT_H

#include <stddef.h>
#include <stdint.h>

#include "proc/session.h"

struct fs_roots {
    struct session_lock *lock; /* guards making a root */
    session_off *ramfs;        /* 0 until it is made */
};

/* NULL outside of a session. */
const struct fs_roots *fs_roots(void);

/* Time since 1970, and since boot. */
int64_t fs_now_ns(void);
uint64_t fs_monotonic_ns(void);

/* Fills n bytes from the machine's generator of random numbers (dev/random.h). Returns 0, -ENODEV without one, -EIO when it
 * fails; never weak numbers. */
int fs_random(void *to, size_t n);

#endif
