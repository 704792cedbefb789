/* SPDX-License-Identifier: MIT
 *
 * start.h: what the start code tells libos/fs before main: what the parent left for this process. Layer: libOS.
 */
#ifndef LIBOS_FS_START_H
#define LIBOS_FS_START_H

#include <stddef.h>
#include <stdint.h>

#include "proc/session.h"

struct fs_start {
    session_off table;    /* descriptors; 0: none */
    const char *cwd;      /* absolute; stays valid; NULL: "/" */
    uint32_t umask;
    const void *archive;  /* the boot archive, readable; NULL: an empty root */
    size_t archive_bytes;
};

/* Touches none of what it is told about. Called once, before any other thread runs. */
void fs_start(const struct fs_start *start);

#endif
