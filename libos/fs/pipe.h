/* SPDX-License-Identifier: MIT
 *
 * pipe.h: pipes: a ring of bytes in the session segment, blocking and robust. Layer: libOS, behind fs.h.
 *
 * The inode id of a pipe is the offset of its struct pipe; which end a description is, its access mode says. The pipe goes
 * with its last end. It begins with 4 KiB and grows to 64 KiB when a writer would have to wait.
 *
 * Lock: pipe.lock guards everything. data_word changes (and is rung) when bytes come or the last writer goes, space_word
 * when bytes go or the last reader goes; each is rung only if somebody sleeps on it. A sleeper that dies leaves its count,
 * which costs a useless doorbell and nothing else.
 */
#ifndef LIBOS_PIPE_H
#define LIBOS_PIPE_H

#include "proc/session.h"

#define PIPE_BYTES_MIN 4096u
#define PIPE_BYTES_MAX 65536u
#define PIPE_ATOMIC 4096u /* writes of at most this many bytes are not mixed with others */

struct pipe {
    struct session_lock lock;
    uint32_t readers, writers; /* open ends */
    uint32_t capacity;         /* a power of two */
    uint32_t head, tail;       /* bytes ever written and read, modulo 2^32 */
    uint32_t data_word, space_word;
    uint32_t data_sleepers, space_sleepers;
    session_off ring;
};

/* Makes a pipe and opens both ends: files[0] to read, files[1] to write. flags: O_NONBLOCK. 0, -ENFILE. */
int pipe_create(session_off files[2], int flags);

#endif
