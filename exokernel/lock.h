/* SPDX-License-Identifier: MIT
 *
 * lock.h: spin locks. Interrupts are off whenever one is held. Order: kernel_lock before log_lock.
 *
 * Test and set, not tickets: where CPUs are emulated or shared (QEMU with more CPUs than the host has free), the next ticket
 * as a rule belongs to a CPU that does not run, and every hand-over waits for the host's scheduler; here whoever runs takes
 * it. Sections are short, so nobody waits long. Every spin serves TLB shootdown requests (shootdown_serve), so a CPU that
 * waits for another's acknowledgement never waits for one that spins here.
 */
#ifndef EXOKERNEL_LOCK_H
#define EXOKERNEL_LOCK_H

#include <stdint.h>

struct spinlock {
    uint32_t held;
};

void shootdown_serve(void);

static inline void spin_lock(struct spinlock *lock)
{
    while (__atomic_exchange_n(&lock->held, 1, __ATOMIC_ACQUIRE))
        while (__atomic_load_n(&lock->held, __ATOMIC_RELAXED)) {
            shootdown_serve();
            __builtin_ia32_pause();
        }
}

static inline void spin_unlock(struct spinlock *lock)
{
    __atomic_store_n(&lock->held, 0, __ATOMIC_RELEASE);
}

extern struct spinlock kernel_lock; /* guards every table of the kernel; see docs/architecture.md */

#endif
