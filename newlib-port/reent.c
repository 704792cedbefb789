/* SPDX-License-Identifier: MIT
 *
 * reent.c: newlib's per-thread state (struct _reent: errno, strtok, ...) in each thread's block. Layer: newlib-port, over
 * libos/sched. The main thread has newlib's own, which exit() and atexit() use. Streams are global (newlib is built so).
 */
#include <reent.h>
#include <string.h>

#include "sched/thread.h"

/* Writes out the global streams, if there are any in the program. newlib notes it for exit() in the state of the thread that is the
 * first to use a stream, and looks for it in main's. */
void _cleanup_r(struct _reent *) __attribute__((weak));

size_t thread_extra_bytes(void) { return sizeof(struct _reent); }

void thread_extra_init(struct thread *thread)
{
    static bool main_done;
    if (main_done) {
        struct _reent *reent = thread->extra;
        _REENT_INIT_PTR(reent);
    } else {
        thread->extra = _impure_ptr;
        _impure_ptr->__cleanup = _cleanup_r;
        main_done = true;
    }
}

void thread_extra_free(struct thread *thread) { _reclaim_reent(thread->extra); }

struct _reent *__getreent(void)
{
    struct thread *self = thread_self();
    return self ? self->extra : _impure_ptr;
}
