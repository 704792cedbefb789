/* SPDX-License-Identifier: MIT
 *
 * files.h: where the file functions of the C library set errno. Layer: newlib-port, over libos/posix and libos/fs, whose
 * functions return a negative errno value.
 *
 * files_io.c has what stdio needs and every program links; files_open.c, files_fd.c, files_path.c, files_time.c,
 * files_dir.c and files_poll.c have the rest by what they pull in.
 */
#ifndef NEWLIB_PORT_FILES_H
#define NEWLIB_PORT_FILES_H

#include <errno.h>
#include <stdint.h>

#include "sched/thread.h"

static inline int64_t files_result(int64_t result)
{
    if (result >= 0)
        return result;
    errno = (int)-result;
    return -1;
}

/* The result of a function that is a cancellation point (XSH 2.9.5.2): before it begins, and when its wait was ended. */
#define FILES_CANCEL_POINT(call)  \
    ({                            \
        thread_cancel_point();    \
        int64_t result_ = (call); \
        if (result_ == -EINTR)    \
            thread_cancel_point(); \
        files_result(result_);    \
    })

#endif
