/* SPDX-License-Identifier: MIT
 *
 * cpu.h: what each CPU has for itself. Reached through GS in ring 0; an IST handler finds it at the top of its stack.
 *
 * A CPU alone writes its own struct, with interrupts off, but for the fields marked (shared), which other CPUs change
 * under kernel_lock or atomically. The first fields are known to assembly through offsets.c.
 */
#ifndef X86_CPU_H
#define X86_CPU_H

#include <stdbool.h>
#include <stdint.h>

#include "types.h"

struct activation;
struct exo_activation;
struct env;
struct pt_batch;

/* 64-bit TSS, Intel SDM vol 3 §8.7, followed by the I/O permission bitmap and its byte of ones. */
struct tss {
    uint32_t reserved0;
    uint64_t rsp[3];
    uint64_t reserved1;
    uint64_t ist[7]; /* ist[0] is IST1 */
    uint64_t reserved2;
    uint16_t reserved3;
    uint16_t iomap_base; /* sizeof(struct tss) or more: no port is allowed */
    uint8_t iomap[8192 + 1];
} __attribute__((packed));

enum { TSS_IOMAP_OFFSET = 104, TSS_NO_IOMAP = 0xffff };

struct cpu {
    struct cpu *self;
    uint64_t kernel_stack; /* top of the ordinary kernel stack (also TSS.RSP0) */
    uint64_t user_rsp;     /* scratch of the SYSCALL entry */
    struct exo_activation *page; /* of the current activation, kernel's map; NULL when idle */
    uint32_t resched;      /* the current activation must not simply go on: look before returning to ring 3 */
    uint32_t fsgsbase;     /* WRFSBASE and friends can be used */
    uint64_t page_user;    /* address of page in ring 3 */

    uint32_t index;        /* 0 .. cpus - 1 */
    uint32_t lapic_id;
    struct activation *act; /* current activation, NULL when idle */
    struct env *env;        /* whose page tables are loaded, NULL: the kernel's own */
    struct env *ports_env;  /* whose ports the I/O bitmap allows, or NULL */
    struct pt_batch *pt_batch; /* page-table changes under way */
    struct tss *tss;

    uint16_t running;       /* what is published of an activation that runs here: state, CPU */
    uint8_t bit;            /* 1 << index */
    bool recall;            /* (shared) the slice goes back to whom it is bound */
    uint32_t fast;          /* transfer.inc can be used here: XSAVE and WRFSBASE */
    uint64_t slice_start_ns; /* the slice that runs: since when, */
    uint64_t slice_end_ns;   /* until when, */
    uint64_t limit_ns;       /* and when whoever runs on it loses the CPU: the end, or the end of the grace */
    struct activation *payer; /* to whom it was bound when it began; to be compared alone */
    bool slice_open;         /* it has not been charged yet */
    bool grace;              /* slice_end was entered */
    uint64_t deadline_ns;    /* (shared) the first in this CPU's heap (wait.c) */
    uint64_t timer_ns;       /* what the timer is armed for */

    uint64_t gdt[9];
    uint32_t idle;          /* (shared) halted or about to halt: an IPI is needed to make it look */
    uint32_t flush_wanted;  /* (shared) shootdowns requested of this CPU so far, */
    uint32_t flush_done;    /* and how many of them its TLB flushes have covered */
    bool in_idle_loop;
};

extern struct cpu *cpus[EXO_CPUS_MAX]; /* by index; constant after boot */
extern uint32_t cpu_count;

static inline struct cpu *this_cpu(void)
{
    struct cpu *cpu;
    __asm__("mov %%gs:0, %0" : "=r"(cpu));
    return cpu;
}

#endif
