/* SPDX-License-Identifier: MIT
 *
 * activation.h: the pages that the kernel and a libOS share for each virtual CPU: upcalls and save areas.
 *
 * At EXO_ACT_BASE + i * EXO_ACT_STRIDE lies activation i: one struct exo_activation, then its context slots, a page each.
 * The pages are pinned, mapped writable in their environment, and charged to it. The kernel reads and writes them through
 * its own map and believes nothing in them: a wrong value hurts its owner alone.
 *
 * The model is the dispatcher of Nemesis and Barrelfish. A libOS is *disabled* while `disabled` is not zero or RIP lies
 * in [resume_lo, resume_hi); else it is enabled.
 *
 *   CPU taken while enabled    the whole state goes to context slot `save_slot`; later `run` (or `event`, if events are
 *                              pending) is entered, disabled, and the libOS's scheduler decides what goes on.
 *   CPU taken while disabled   the state goes to slot EXO_SLOT_DISABLED and is resumed exactly where it was.
 *   exception                  the trapped registers go to fault[fault_depth], fault_depth grows by one, `fault` is
 *                              entered, disabled, with all other registers and the FPU state live. Deeper than
 *                              EXO_FAULT_DEPTH the activation stops and the patron gets EXO_EVENT_CHILD.
 *   end of the slice           enabled, with an entry for slice_end: as "taken while enabled", then `slice_end` is entered
 *                              at once and has exo_info.grace_ns, to save what it likes and yield. If it does not, the CPU
 *                              is taken, by the rules above. All time beyond the slice's end is taken off later slices.
 *   event for a running, enabled activation: as "taken while enabled", then `event` at once.
 *
 * Registers at an upcall: rdi (fault: rax) as below, rsp as below, interrupts on, direction flag clear.
 *   run, event, slice_end:
 *                rdi = address of struct exo_activation, rsi = slot with the saved state (0: none), rdx = pending events;
 *                rsp = stack; FS base = fs_base; FPU state initial; all other registers 0.
 *   pct:         as "disabled" with rdi = address of struct exo_activation, rsi = number of the call (0: it was sent, no reply
 *                is expected), rdx r10 r8 r9 = the words, rax = id of the calling environment; rcx and r11 are lost;
 *                rsp = stack; FS base = fs_base; FPU state initial; all other registers 0.
 *   fault:       rax = address of the struct exo_fault; rsp = fault_stack[depth]; everything else as trapped.
 * GS base is the address of struct exo_activation at every upcall.
 *
 * To resume from a fault, ring 3 decrements fault_depth, restores `disabled` from was_disabled, and loads the registers,
 * all inside the resume range: no system call. The last step can be IRETQ on &fault->rip; or POPFQ, a load of RSP, and a
 * jump through a GS-relative word (user[]), which also works under SMAP on QEMU's TCG up to 8.2, whose IRETQ in ring 3
 * reads its frame as the kernel would. With the trap flag set the call `resume` is the way. A context slot is resumed
 * likewise.
 */
#ifndef EXO_ABI_ACTIVATION_H
#define EXO_ABI_ACTIVATION_H

#include "types.h"

enum { EXO_UPCALL_RUN, EXO_UPCALL_EVENT, EXO_UPCALL_FAULT, EXO_UPCALL_SLICE_END, EXO_UPCALL_PCT, EXO_UPCALLS };

/* Bits of exo_activation.pending. The kernel sets them atomically; the libOS takes them with an exchange. */
enum {
    EXO_EVENT_DOORBELL = 1, /* a watched word was rung */
    EXO_EVENT_IRQ = 2,      /* some irq_count[] grew */
    EXO_EVENT_TIMER = 4,    /* timer_set's deadline passed */
    EXO_EVENT_CHILD = 8,    /* an environment whose patron this is stopped, faulted too deeply, or is gone */
    EXO_EVENT_REVOKE = 16,  /* a resource is asked back, or something was taken (exo_activation.request, taken) */
};

#define EXO_FAULT_DEPTH 4
#define EXO_SLOT_DISABLED 0
#define EXO_SLOTS_MAX 64
#define EXO_SLOTS_MIN 2

/* Selectors of ring 3, as they stand in the save areas (fixed; the kernel ignores what is written over them). */
#define EXO_USER_CS 0x2b
#define EXO_USER_SS 0x23

struct exo_fault {
    uint64_t rax, rcx, rdx;
    uint64_t vector;  /* exception number, Intel SDM vol 3 §6.15 */
    uint64_t error;   /* error code, or 0 */
    uint64_t address; /* CR2 for a page fault, else 0 */
    uint64_t was_disabled;
    uint64_t rip, cs, rflags, rsp, ss; /* ready for IRETQ */
};

/* A context slot: one page. */
#define EXO_XSAVE_BYTES 3840
struct exo_context {
    uint64_t rax, rbx, rcx, rdx, rsi, rdi, rbp, r8, r9, r10, r11, r12, r13, r14, r15;
    uint64_t fs_base;
    uint64_t rip, cs, rflags, rsp, ss; /* ready for IRETQ */
    uint64_t reserved[11];
    uint8_t xsave[EXO_XSAVE_BYTES] __attribute__((aligned(64))); /* XSAVE standard form, or FXSAVE (exo_info.xsave) */
};

/* Visible revocation: what this environment is asked to give back, and until when. amount 0: nothing (any more); what was
 * taken by force is not counted in it any longer. */
struct exo_request {
    uint64_t amount;
    uint64_t deadline_ns;
};

/* The repossession vector: one thing that was taken away from this environment. */
enum {
    EXO_TAKEN_FRAME, /* name: frame number; its mappings follow, each as EXO_TAKEN_PAGE */
    EXO_TAKEN_PAGE,  /* a mapping went: name: frame number, where: its address (large pages: of the first page) */
    EXO_TAKEN_SLICE, /* name: position, where: CPU */
    EXO_TAKEN_LINE,  /* name: interrupt line */
    EXO_TAKEN_PORTS, /* name: first port of a range, where: its last */
    EXO_TAKEN_CAP,   /* name: slot; all of them were emptied whose names were below where (the prefix's bits) */
};
struct exo_taken {
    uint32_t kind; /* EXO_TAKEN_* */
    uint32_t name;
    uint64_t where;
};
/* Room for all records of a revoke_take of as many frames as there can be, each mapped once. */
enum { EXO_TAKEN_MAX = 2 * EXO_FRAMES_MAX };

struct exo_activation {
    /* Written by the libOS. */
    uint32_t disabled;
    uint32_t save_slot; /* 1 .. slots - 1 */
    uint64_t resume_lo, resume_hi;
    uint64_t entry[EXO_UPCALLS];           /* addresses of the upcall handlers; slice_end, pct: 0 if not wanted */
    uint64_t stack;                        /* top of the stack for all upcalls but fault */
    uint64_t fault_stack[EXO_FAULT_DEPTH]; /* tops of the stacks for fault, by depth */
    uint64_t fs_base;                      /* FS base for the same */

    /* Written by the kernel, and by the libOS as said above. */
    uint32_t fault_depth;
    uint32_t pending;

    /* Written by the kernel alone (for information). */
    uint64_t self;  /* address of this structure */
    uint64_t env;   /* id of the environment */
    uint32_t index; /* of the activation */
    uint32_t cpu;   /* it runs on, or ran on last */
    uint32_t slots; /* context slots that follow */
    uint32_t reserved;
    uint64_t upcalls; /* run, event, slice_end and pct upcalls so far */
    uint32_t irq_count[EXO_IRQ_SLOTS];

    struct exo_fault fault[EXO_FAULT_DEPTH] __attribute__((aligned(64)));

    uint64_t user[128]; /* the libOS's own per-virtual-CPU data, at a fixed offset from GS */

    /* Of the environment as a whole, in the page of activation 0 alone. Record number n (from 0) stands at n %
     * EXO_TAKEN_MAX. taken_read is the libOS's: the kernel writes no record over one that is not read yet, but counts it in
     * taken_lost. */
    struct exo_request request[EXO_REVOKE_KINDS];
    uint32_t taken_count, taken_read;
    uint64_t taken_lost;
    struct exo_taken taken[EXO_TAKEN_MAX];
};

/* act_create: what the new activation starts with. */
struct exo_act_spec {
    uint64_t entry[EXO_UPCALLS];
    uint64_t stack;
    uint64_t fault_stack[EXO_FAULT_DEPTH];
    uint64_t resume_lo, resume_hi;
    uint64_t fs_base;
    uint64_t user0; /* goes to user[0]: the one argument of the new virtual CPU */
    uint32_t slots; /* context slots, EXO_SLOTS_MIN .. EXO_SLOTS_MAX */
    uint32_t reserved;
};

_Static_assert(sizeof(struct exo_fault) == 96, "exo_fault");
_Static_assert(sizeof(struct exo_context) == EXO_PAGE_BYTES, "exo_context");
_Static_assert(offsetof(struct exo_context, xsave) == 256, "exo_context.xsave");
_Static_assert(sizeof(struct exo_taken) == 16, "exo_taken");
_Static_assert(sizeof(struct exo_activation) <= EXO_PAGE_BYTES, "exo_activation");

#endif
