/* SPDX-License-Identifier: MIT
 *
 * lock.h: spin locks. Interrupts are off whenever one is held. Order: kernel_lock before log_lock.
 *
 * Tickets make the order of arrival the order of service, so no CPU starves. Every spin serves TLB shootdown requests
 * (shootdown_serve), so a CPU that waits for another's acknowledgement never waits for one that spins here.
 */
#ifndef EXOKERNEL_LOCK_H
#define EXOKERNEL_LOCK_H

#include <stdint.h>

struct spinlock {
    uint32_t next;    /* ticket for the next to come */
    uint32_t serving; /* ticket that holds the lock */
};

void shootdown_serve(void);

static inline void spin_lock(struct spinlock *lock)
{
    uint32_t ticket = __atomic_fetch_add(&lock->next, 1, __ATOMIC_RELAXED);
    while (__atomic_load_n(&lock->serving, __ATOMIC_ACQUIRE) != ticket) {
        shootdown_serve();
        __builtin_ia32_pause();
    }
}

static inline void spin_unlock(struct spinlock *lock)
{
    __atomic_store_n(&lock->serving, lock->serving + 1, __ATOMIC_RELEASE);
}

extern struct spinlock kernel_lock; /* guards every table of the kernel; see docs/architecture.md */

#endif
