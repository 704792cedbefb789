/* SPDX-License-Identifier: MIT
 *
 * gdt.c: each CPU's segments and TSS (desc.h). Flat 64-bit segments; the TSS gives the stacks that traps switch to, and
 * which I/O ports ring 3 may use: none here, bind.c opens those of an environment.
 */
#include "x86/desc.h"

#include "activation.h"
#include "x86/instr.h"
#include "x86/layout.h"

#define CODE 0x00af9b000000ffffull
#define DATA 0x00cf93000000ffffull
#define RING3 0x0000600000000000ull
enum { TSS_AVAILABLE = 0x89 };

struct __attribute__((packed)) table_register {
    uint16_t limit;
    uint64_t base;
};

static void fill_gdt(struct cpu *cpu)
{
    uint64_t tss = (uint64_t)cpu->tss, limit = sizeof *cpu->tss - 1;
    cpu->gdt[SELECTOR_KERNEL_CODE / 8] = CODE;
    cpu->gdt[SELECTOR_KERNEL_DATA / 8] = DATA;
    cpu->gdt[SELECTOR_USER_DATA / 8] = DATA | RING3;
    cpu->gdt[SELECTOR_USER_CODE / 8] = CODE | RING3;
    cpu->gdt[SELECTOR_TSS / 8] = (limit & 0xffff) | (tss & 0xffffff) << 16 | (uint64_t)TSS_AVAILABLE << 40 |
                                 (limit >> 16 & 0xf) << 48 | (tss >> 24 & 0xff) << 56;
    cpu->gdt[SELECTOR_TSS / 8 + 1] = tss >> 32;
}

static void fill_tss(struct cpu *cpu)
{
    struct tss *tss = cpu->tss;
    tss->rsp[0] = cpu->kernel_stack = kernel_stack_top(cpu->index);
    for (uint32_t i = 1; i <= IST_COUNT; i++) {
        vaddr_t top = ist_stack_top(cpu->index, i) - IST_TOP_BYTES;
        *(struct cpu **)top = cpu;
        tss->ist[i - 1] = top;
    }
    tss->iomap_base = TSS_NO_IOMAP;
    for (unsigned i = 0; i < sizeof tss->iomap; i++)
        tss->iomap[i] = 0xff;
}

void gdt_init_cpu(struct cpu *cpu)
{
    struct table_register gdtr = {sizeof cpu->gdt - 1, (uint64_t)cpu->gdt};
    fill_tss(cpu);
    fill_gdt(cpu);
    __asm__ volatile("lgdt %0\n\t"
                     "pushq %1\n\t"
                     "leaq 1f(%%rip), %%rax\n\t"
                     "pushq %%rax\n\t"
                     "lretq\n"
                     "1:\tmovl %2, %%ss\n\t"
                     "movl %3, %%ds\n\tmovl %3, %%es\n\tmovl %3, %%fs\n\tmovl %3, %%gs\n\t"
                     "lldt %w3\n\t"
                     "ltr %w4"
                     :
                     : "m"(gdtr), "i"(SELECTOR_KERNEL_CODE), "r"(SELECTOR_KERNEL_DATA), "r"(0), "r"(SELECTOR_TSS)
                     : "rax", "memory");
    wrmsr(MSR_GS_BASE, (uint64_t)cpu);
    wrmsr(MSR_KERNEL_GS_BASE, 0);
}

_Static_assert(EXO_USER_CS == (SELECTOR_USER_CODE | 3) && EXO_USER_SS == (SELECTOR_USER_DATA | 3), "abi/activation.h");
_Static_assert(SELECTOR_TSS / 8 + 1 < sizeof((struct cpu *)0)->gdt / 8, "the GDT holds the TSS descriptor");
