/* SPDX-License-Identifier: MIT
 *
 * shootdown.c: makes CPUs forget page-table entries. A request is a counter; a CPU flushes its whole TLB and then states
 * up to which request that was good. Whoever waits, for a lock or for an acknowledgement, serves requests too.
 *
 *   CPU 0                                   CPU 1
 *   entry cleared, lock released
 *   flush_wanted of CPU 1 goes to n, IPI -> (user mode, or spinning for a lock)
 *   spins; serves its own requests          reads flush_wanted = n, reloads CR3, flush_done = n
 *   sees flush_done >= n, takes the lock, frees the frame
 */
#include "lock.h"
#include "pt.h"
#include "x86/cpu.h"
#include "x86/instr.h"
#include "x86/irqchip.h"

struct spinlock kernel_lock;

void shootdown_serve(void)
{
    struct cpu *cpu = this_cpu();
    uint32_t wanted = __atomic_load_n(&cpu->flush_wanted, __ATOMIC_ACQUIRE);
    if (wanted == cpu->flush_done)
        return;
    write_cr3(read_cr3());
    __atomic_store_n(&cpu->flush_done, wanted, __ATOMIC_RELEASE);
}

__attribute__((no_caller_saved_registers)) void spin_wait(struct spinlock *lock)
{
    do
        while (__atomic_load_n(&lock->held, __ATOMIC_RELAXED)) {
            shootdown_serve();
            cpu_pause();
        }
    while (__atomic_exchange_n(&lock->held, 1, __ATOMIC_ACQUIRE));
}

void shootdown_ipi(void)
{
    shootdown_serve();
}

static void wait_for(uint32_t mask, const uint32_t wanted[EXO_CPUS_MAX])
{
    for (uint32_t i = 0; i < cpu_count; i++)
        while ((mask >> i & 1) &&
               (int32_t)(__atomic_load_n(&cpus[i]->flush_done, __ATOMIC_ACQUIRE) - wanted[i]) < 0) {
            shootdown_serve();
            cpu_pause();
        }
}

static void flush_others_and_unlock(struct pt_batch *batch)
{
    uint32_t wanted[EXO_CPUS_MAX], others = batch->others;
    for (uint32_t i = 0; i < cpu_count; i++)
        if (others >> i & 1) {
            wanted[i] = __atomic_add_fetch(&cpus[i]->flush_wanted, 1, __ATOMIC_ACQ_REL);
            ipi_send(i, VECTOR_SHOOTDOWN);
        }
    spin_unlock(&kernel_lock);
    wait_for(others, wanted);
    spin_lock(&kernel_lock);
    pt_settle(batch);
    spin_unlock(&kernel_lock);
}

void pt_flush_whole_and_unlock(struct pt_batch *batch)
{
    if ((batch->flush & PT_FLUSH_HERE) && batch->here)
        write_cr3(read_cr3());
    if ((batch->flush & PT_FLUSH_OTHERS) && batch->others)
        flush_others_and_unlock(batch);
    else
        spin_unlock(&kernel_lock);
}
