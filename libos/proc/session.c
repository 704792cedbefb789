/* SPDX-License-Identifier: MIT
 *
 * session.c: locks of the session segment, and sleeping on its words.
 *
 * Layer: libos/proc, over libos/sync (a thread sleeps, not its virtual CPU) and doorbells (other environments wake).
 *
 * A lock is one 64-bit word: state and holder change in one step, so there is no moment in which a lock is held by nobody
 * known. A sleeper looks every OWNER_POLL_NS whether the holder still runs, since the dead ring no doorbell.
 *
 *     free {0, 0}  --acquire-->  {1, me}  --somebody sleeps-->  {2, me}  --release, ring-->  {0, 0}
 *                                   \-- holder's environment is gone: --> {2, me}, taken over
 *
 * While a thread holds one, signals wait (thread_critical_enter): a handler that wanted the same lock would hang.
 */
#include "proc/session.h"

#include "proc/proc.h"
#include "proc/session_sys.h"
#include "sched/thread.h"
#include "sync/sync.h"

#define SPINS 100
#define OWNER_POLL_NS 20000000ull

enum { LOCK_FREE, LOCK_HELD, LOCK_SLEEPERS };

static uint64_t lock_value(uint32_t word, uint32_t owner) { return (uint64_t)owner << 32 | word; }

static uint64_t lock_read(struct session_lock *lock) { return __atomic_load_n((uint64_t *)lock, __ATOMIC_RELAXED); }

static int lock_change(struct session_lock *lock, uint64_t from, uint64_t to)
{
    return __atomic_compare_exchange_n((uint64_t *)lock, &from, to, 0, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED);
}

/* Does the process that `owner` names still run? The entry may have been freed, and used again, since. */
static int owner_runs(uint32_t owner)
{
    struct process *process = proc_at((owner & 0xffff) - 1);
    if (process == NULL || (process->generation & 0xffff) != owner >> 16)
        return 0;
    env_id_t env = __atomic_load_n(&process->env, __ATOMIC_RELAXED);
    return env != 0 && session_sys_runs(env);
}

static int lock_try(struct session_lock *lock, uint32_t me, uint32_t held)
{
    return lock_change(lock, lock_value(LOCK_FREE, 0), lock_value(held, me));
}

/* Sleeps until the lock may be free, or it is time to look at the holder again. */
static void lock_sleep(struct session_lock *lock)
{
    uint64_t now = lock_read(lock);
    if ((uint32_t)now == LOCK_HELD && !lock_change(lock, now, lock_value(LOCK_SLEEPERS, (uint32_t)(now >> 32))))
        return;
    if ((uint32_t)now != LOCK_FREE)
        (void)sync_wait(&lock->word, LOCK_SLEEPERS, session_sys_now_ns() + OWNER_POLL_NS, SYNC_WHY(WAIT_SESSION));
}

/* Waits for the lock, as `me`. 1 if it was taken from a dead holder. */
static int lock_wait(struct session_lock *lock, uint32_t me)
{
    for (;;) {
        lock_sleep(lock);
        if (lock_try(lock, me, LOCK_SLEEPERS))
            return 0;
        uint64_t now = lock_read(lock);
        if ((uint32_t)now != LOCK_FREE && !owner_runs((uint32_t)(now >> 32)) &&
            lock_change(lock, now, lock_value(LOCK_SLEEPERS, me)))
            return 1;
    }
}

int session_lock_take(struct session_lock *lock)
{
    uint32_t me = proc_lock_owner();
    thread_critical_enter();
    for (int i = 0; i < SPINS; i++) {
        if (lock_try(lock, me, LOCK_HELD))
            return 0;
        __builtin_ia32_pause();
    }
    return lock_wait(lock, me);
}

void session_lock_acquire(struct session_lock *lock) { (void)session_lock_take(lock); }

void session_lock_release(struct session_lock *lock)
{
    uint64_t before = __atomic_exchange_n((uint64_t *)lock, 0, __ATOMIC_RELEASE);
    if ((uint32_t)before == LOCK_SLEEPERS)
        session_wake(&lock->word);
    thread_critical_exit();
}

int session_wait(const uint32_t *word, uint32_t seen, uint64_t deadline_ns, enum thread_wait why)
{
    return sync_wait(word, seen, deadline_ns, SYNC_INTERRUPTIBLE | SYNC_WHY(why));
}

void session_wake(const uint32_t *word) { sync_wake(word, SYNC_ALL); }
