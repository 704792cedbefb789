/* SPDX-License-Identifier: MIT
 *
 * pthread_cancel.c: cancellation (XSH 2.9.5). Layer: libos/posix, over thread_cancel. Linking this makes the functions of POSIX
 * that are cancellation points act (thread_cancel_point in sched/thread.h).
 */
#include <errno.h>
#include <pthread.h>

#include "sched/thread.h"

void thread_cancelled(void) { pthread_exit(PTHREAD_CANCELED); }

void pthread_testcancel(void) { thread_cancel_point(); }

int pthread_cancel(pthread_t of)
{
    struct thread *thread = (struct thread *)of;
    thread_cancel(thread);
    if (thread == thread_self() && thread->cancel_async)
        thread_cancel_point();
    return 0;
}

int pthread_setcancelstate(int state, int *old)
{
    struct thread *self = thread_self();
    if (state != PTHREAD_CANCEL_ENABLE && state != PTHREAD_CANCEL_DISABLE)
        return EINVAL;
    if (old)
        *old = self->cancel_disabled ? PTHREAD_CANCEL_DISABLE : PTHREAD_CANCEL_ENABLE;
    thread_cancel_enable(state == PTHREAD_CANCEL_ENABLE);
    if (self->cancel_async)
        thread_cancel_point();
    return 0;
}

int pthread_setcanceltype(int type, int *old)
{
    struct thread *self = thread_self();
    if (type != PTHREAD_CANCEL_DEFERRED && type != PTHREAD_CANCEL_ASYNCHRONOUS)
        return EINVAL;
    if (old)
        *old = self->cancel_async ? PTHREAD_CANCEL_ASYNCHRONOUS : PTHREAD_CANCEL_DEFERRED;
    uint32_t was = sched_lock(); /* thread_cancel sees the type, or this thread that it is cancelled */
    self->cancel_async = type == PTHREAD_CANCEL_ASYNCHRONOUS;
    sched_unlock(was);
    if (self->cancel_async)
        thread_cancel_point();
    return 0;
}
