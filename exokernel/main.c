/* SPDX-License-Identifier: MIT
 *
 * main.c: how the machine comes up, in order. CPU 0, interrupts off. entry.asm calls boot_main on the early page tables;
 * kpaging_enter goes on in main on the final ones, on CPU 0's kernel stack.
 */
#include "acpi.h"
#include "bootinfo.h"
#include "kernel.h"
#include "log.h"
#include "memory.h"
#include "panic.h"
#include "phys.h"
#include "platform.h"
#include "power.h"
#include "sched.h"
#include "selftest.h"
#include "tables.h"
#include "x86/clock.h"
#include "x86/context.h"
#include "x86/cpu.h"
#include "x86/desc.h"
#include "x86/features.h"
#include "x86/irqchip.h"
#include "x86/kpaging.h"
#include "x86/smp.h"

struct cpu *cpus[EXO_CPUS_MAX];
uint32_t cpu_count;

static struct boot_info boot;
static uint64_t boot_tsc;
static struct cpu first_cpu;
static struct tss first_tss;

static const void *read_loader_memory(uint64_t address, uint64_t bytes)
{
    return address && address + bytes <= 1ull << 32 && address + bytes > address ? (const void *)address : NULL;
}

void cpu_init(struct cpu *cpu)
{
    gdt_init_cpu(cpu);
    idt_load();
    features_enable();
    cpu->fsgsbase = features.fsgsbase;
    context_init_cpu(published_info);
}

static void publish_info(void)
{
    published_info = publish_area(EXO_PUB_INFO, sizeof *published_info);
    published_info->magic = EXO_INFO_MAGIC;
    published_info->abi_version = EXO_ABI_VERSION;
    published_info->boot_tsc = boot_tsc;
    published_info->log_records = LOG_RECORDS;
    for (unsigned i = 0; boot.protocol[i] && i < sizeof published_info->boot_protocol - 1; i++)
        published_info->boot_protocol[i] = boot.protocol[i];
    char *text = publish_area(EXO_PUB_CMDLINE, BOOT_CMDLINE_BYTES);
    for (unsigned i = 0; i < BOOT_CMDLINE_BYTES; i++)
        text[i] = boot.cmdline[i];
    log_publish(publish_area(EXO_PUB_LOG, LOG_RECORDS * sizeof(struct exo_log)));
    cpu_describe(published_info);
}

static void log_machine(void)
{
    log_notice("boot", "Exon protocol=%s memory_kib=%lu modules=%u", boot.protocol, phys_total_bytes() >> 10,
               boot.module_count);
    log_info("boot", "command line: %s", boot.cmdline);
    if (boot.dropped)
        log_warn("boot", "the loader said things that make no sense or have no room: dropped=%u", boot.dropped);
    for (unsigned i = 0; i < boot.memory_count; i++)
        log_debug("boot", "memory base=%lx bytes=%lx usable=%u", boot.memory[i].base, boot.memory[i].bytes,
                  boot.memory[i].usable);
    features_log();
}

static _Noreturn void main(void)
{
    publish_info();           /* the tables that say what there is, and the log */
    cpu_init(cpus[0]);        /* segments, traps on their own stacks, control registers, SYSCALL */
    idt_use_stacks();
    log_machine();
    acpi_init(&boot);         /* CPUs, interrupt controllers, clocks, power, as the firmware says */
    irqchip_init(&boot);      /* APICs, or the 8259 pair */
    irqchip_init_cpu();
    clock_init(boot_tsc);     /* TSC and timer measured, time of day */
    power_init(&boot);
    smp_make_cpus();          /* memory for the CPUs to come */
    published_info->cpus = cpu_count;
    platform_init(&boot);     /* PCI, virtio-mmio, the platform's own; who drives them */
    core_init(&boot);         /* frames, quotas, slices; from here on memory is accounted for */
    smp_start();              /* the other CPUs begin to schedule; they use memory that is free afterwards */
    selftest_run(&boot);      /* in a DEBUG build, what selftest=NAME asks for */
    first_env_start(&boot);   /* the one program that the kernel loads */
    sched_start();
}

/* From entry.asm: which loader, its structure's address, and the TSC at the first instruction. */
_Noreturn void boot_main(uint32_t magic, uint64_t address, uint64_t tsc);
_Noreturn void boot_main(uint32_t magic, uint64_t address, uint64_t tsc)
{
    boot_tsc = tsc;
    cpus[0] = &first_cpu;
    cpu_count = 1;
    first_cpu.self = &first_cpu;
    first_cpu.tss = &first_tss;
    idt_init();
    idt_load();
    bool known = bootinfo_read(&boot, magic, address, read_loader_memory);
    log_init(boot.cmdline);
    if (!known)
        panic("unknown boot protocol magic=%x: boot with a PVH or Multiboot2 loader", magic);
    features_read();
    trap_patch_smap(features.smap);
    phys_init(&boot, (paddr_t)boot_start, virt_to_phys(image_end));
    kpaging_init(&boot);
    kpaging_enter((void (*)(void))main);
}
