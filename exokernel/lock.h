/* SPDX-License-Identifier: MIT
 *
 * lock.h: spin locks. Interrupts are off whenever one is held. Order: kernel_lock before log_lock.
 *
 * Whoever runs gets it: there is no queue on purpose. Paths under a lock are a few hundred instructions, so with a few
 * CPUs nobody waits long; but where CPUs are threads of a busy host, a queue (tickets, MCS) becomes a convoy in which each
 * step waits for the host to run just the next one: 150 acquisitions a second were measured with four on two cores. Every
 * spin serves TLB shootdown requests (shootdown_serve), so a CPU that waits for another's acknowledgement never waits for
 * one that spins here.
 */
#ifndef EXOKERNEL_LOCK_H
#define EXOKERNEL_LOCK_H

#include <stdint.h>

struct spinlock {
    uint32_t held;
};

void shootdown_serve(void);

/* Takes a lock that was seen held (x86/shootdown.c). Called without a change of any register, so that the
 * short way below need not keep one. */
void spin_wait(struct spinlock *lock);

static inline void spin_lock(struct spinlock *lock)
{
    if (__atomic_exchange_n(&lock->held, 1, __ATOMIC_ACQUIRE))
        __asm__ volatile("call spin_wait" : : "D"(lock) : "memory", "cc");
}

static inline void spin_unlock(struct spinlock *lock)
{
    __atomic_store_n(&lock->held, 0, __ATOMIC_RELEASE);
}

extern struct spinlock kernel_lock; /* guards every table of the kernel; see docs/architecture.md */

#endif
