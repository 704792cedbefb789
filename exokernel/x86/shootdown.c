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

void shootdown_ipi(void)
{
    shootdown_serve();
}

static void flush_here(const struct pt_batch *batch)
{
    if (batch->flush_all) {
        write_cr3(read_cr3());
        return;
    }
    for (uint32_t i = 0; i < batch->flush_ranges; i++)
        for (uint32_t k = 0; k < batch->flush_range[i].n; k++)
            invlpg(batch->flush_range[i].va + k * batch->flush_range[i].bytes);
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

void pt_flush_and_unlock(struct env *env, struct pt_batch *batch)
{
    struct cpu *cpu = this_cpu();
    uint32_t others = env->cpu_mask & ~(1u << cpu->index);
    if (batch->flush && cpu->env == env)
        flush_here(batch);
    if (!batch->flush || !others) {
        if (batch->n)
            pt_settle(batch);
        spin_unlock(&kernel_lock);
        return;
    }
    uint32_t wanted[EXO_CPUS_MAX];
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
