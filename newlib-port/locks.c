/* SPDX-License-Identifier: MIT
 *
 * locks.c: newlib's locks (sys/lock.h, retargetable) as recursive mutexes of libos/sync. Layer: newlib-port.
 *
 * Signals wait while a thread holds one of newlib's own locks (malloc, environ, ...), so that a handler may use them; not
 * while it holds a stream's lock, as reading from a terminal must be interruptible.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/lock.h>

#include "sched/thread.h"
#include "sync/sync.h"

struct __lock {
    struct sync_recursive mutex;
    bool stream; /* made at run time: of a FILE */
};

struct __lock __lock___sinit_recursive_mutex;
struct __lock __lock___sfp_recursive_mutex;
struct __lock __lock___atexit_recursive_mutex;
struct __lock __lock___at_quick_exit_mutex;
struct __lock __lock___malloc_recursive_mutex;
struct __lock __lock___env_recursive_mutex;
struct __lock __lock___tz_mutex;
struct __lock __lock___dd_hash_mutex;
struct __lock __lock___arc4random_mutex;

static struct __lock spare = {.stream = true};

/* newlib cannot be told that there is no memory; then all such locks are one. */
void __retarget_lock_init_recursive(_LOCK_T *lock)
{
    *lock = calloc(1, sizeof **lock);
    if (*lock)
        (*lock)->stream = true;
    else
        *lock = &spare;
}

void __retarget_lock_init(_LOCK_T *lock) { __retarget_lock_init_recursive(lock); }

void __retarget_lock_close_recursive(_LOCK_T lock)
{
    if (lock != &spare)
        free(lock);
}

void __retarget_lock_close(_LOCK_T lock) { __retarget_lock_close_recursive(lock); }

void __retarget_lock_acquire_recursive(_LOCK_T lock)
{
    if (!lock->stream)
        thread_critical_enter();
    sync_recursive_lock(&lock->mutex);
}

void __retarget_lock_acquire(_LOCK_T lock) { __retarget_lock_acquire_recursive(lock); }

int __retarget_lock_try_acquire_recursive(_LOCK_T lock)
{
    if (!lock->stream)
        thread_critical_enter();
    bool held = sync_recursive_try(&lock->mutex);
    if (!held && !lock->stream)
        thread_critical_exit();
    return held;
}

int __retarget_lock_try_acquire(_LOCK_T lock) { return __retarget_lock_try_acquire_recursive(lock); }

void __retarget_lock_release_recursive(_LOCK_T lock)
{
    sync_recursive_unlock(&lock->mutex);
    if (!lock->stream)
        thread_critical_exit();
}

void __retarget_lock_release(_LOCK_T lock) { __retarget_lock_release_recursive(lock); }

/* The locks of streams as POSIX shows them. Standard streams have none before newlib's first use of any. */
void __sinit(struct _reent *reent);

static _LOCK_T stream_lock(FILE *stream)
{
    if (!stream->_lock)
        __sinit(_REENT);
    return stream->_lock;
}

void flockfile(FILE *stream) { __retarget_lock_acquire_recursive(stream_lock(stream)); }

int ftrylockfile(FILE *stream) { return __retarget_lock_try_acquire_recursive(stream_lock(stream)) ? 0 : -1; }

void funlockfile(FILE *stream) { __retarget_lock_release_recursive(stream->_lock); }
