/* SPDX-License-Identifier: MIT
 *
 * smp.c: starts the other CPUs, one after the other (smp.h): INIT, then a start-up IPI, and a second one if the CPU has
 * not come after a millisecond. Processors of the last twenty years need no 10 ms pause after INIT.
 */
#include "x86/smp.h"

#include "acpi.h"
#include "lapic.h"
#include "log.h"
#include "memory.h"
#include "sched.h"
#include "x86/clock.h"
#include "x86/context.h"
#include "x86/instr.h"
#include "x86/irqchip.h"
#include "x86/kpaging.h"

enum { AFTER_INIT_NS = 200000, SECOND_TRY_NS = 1000000, GIVE_UP_NS = 200000000, EFER_LME = 1 << 8, EFER_NXE = 1 << 11 };

extern char smp_trampoline[], smp_trampoline_end[], smp_trampoline_words[], smp_entry[];
extern char early_pml4[]; /* boot/entry.asm; a physical address */

struct smp_words {
    uint64_t entry, kernel_cr3, stack;
    struct cpu *cpu;
    uint32_t early_cr3, efer;
};

static uint32_t online; /* bit i: CPU i has come */

static struct cpu *make_cpu(uint32_t index, uint32_t lapic_id)
{
    size_t pages = (sizeof(struct cpu) + sizeof(struct tss) + EXO_PAGE_BYTES - 1) / EXO_PAGE_BYTES;
    struct cpu *cpu = phys_to_virt(phys_early_alloc(pages));
    cpu->self = cpu;
    cpu->index = index;
    cpu->lapic_id = lapic_id;
    cpu->tss = (struct tss *)(cpu + 1);
    cpu->kernel_stack = kernel_stack_top(index);
    cpus[index] = cpu;
    return cpu;
}

void smp_make_cpus(void)
{
    uint32_t self = cpus[0]->lapic_id;
    if (acpi.cpus > 1 && !phys_is_free(SMP_TRAMPOLINE)) {
        log_error("smp", "one CPU alone: the page where the others begin is not free address=%x", SMP_TRAMPOLINE);
        return;
    }
    for (unsigned i = 0; irqchip_has_apic() && i < acpi.cpus && cpu_count < EXO_CPUS_MAX; i++)
        if (acpi.cpu_lapic_id[i] != self) {
            make_cpu(cpu_count, acpi.cpu_lapic_id[i]);
            kpaging_map_stacks(cpu_count);
            cpu_count++;
        }
}

static void pause_ns(uint64_t ns)
{
    for (uint64_t end = clock_now_ns() + ns; clock_now_ns() < end;)
        cpu_pause();
}

static bool came(uint32_t index, uint64_t within_ns)
{
    for (uint64_t end = clock_now_ns() + within_ns; clock_now_ns() < end; cpu_pause())
        if (__atomic_load_n(&online, __ATOMIC_ACQUIRE) >> index & 1)
            return true;
    return false;
}

static bool start(struct cpu *cpu)
{
    struct smp_words *words = phys_to_virt(SMP_TRAMPOLINE + (uint64_t)(smp_trampoline_words - smp_trampoline));
    *words = (struct smp_words){
        .entry = (uint64_t)smp_entry,
        .kernel_cr3 = kernel_pml4_paddr(),
        .stack = cpu->kernel_stack,
        .cpu = cpu,
        .early_cr3 = (uint32_t)(uint64_t)early_pml4,
        .efer = EFER_LME | (pte_nx() ? EFER_NXE : 0),
    };
    lapic_send_init(cpu->lapic_id);
    pause_ns(AFTER_INIT_NS);
    lapic_send_startup(cpu->lapic_id, SMP_TRAMPOLINE >> EXO_PAGE_BITS);
    if (came(cpu->index, SECOND_TRY_NS))
        return true;
    lapic_send_startup(cpu->lapic_id, SMP_TRAMPOLINE >> EXO_PAGE_BITS);
    return came(cpu->index, GIVE_UP_NS);
}

void smp_start(void)
{
    log_info("smp", "cpus=%u", cpu_count);
    if (cpu_count == 1)
        return;
    char *to = phys_to_virt(SMP_TRAMPOLINE);
    for (size_t i = 0; i < (size_t)(smp_trampoline_end - smp_trampoline); i++)
        to[i] = smp_trampoline[i];
    for (uint32_t i = 1; i < cpu_count; i++)
        if (!start(cpus[i]))
            log_error("smp", "CPU does not start index=%u lapic_id=%u", i, cpus[i]->lapic_id);
}

/* From smp.asm, on this CPU's kernel stack. */
_Noreturn void smp_cpu_main(struct cpu *cpu);
_Noreturn void smp_cpu_main(struct cpu *cpu)
{
    cpu_init(cpu);
    irqchip_init_cpu();
    __atomic_fetch_or(&online, 1u << cpu->index, __ATOMIC_RELEASE);
    sched_start();
}
