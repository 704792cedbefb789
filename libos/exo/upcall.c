/* SPDX-License-Identifier: MIT
 *
 * upcall.c: the C half of upcalls: run and event go to the scheduler; a page fault goes to the virtual memory code, and
 * what it cannot mend becomes a signal. Layer: libos/exo. Everything runs disabled, on stacks of the virtual CPU.
 *
 * Stacks of activation i, below EXO_UPCALL_STACKS + (i + 1) MiB: one of 64 KiB stride each for run and for every fault
 * depth; only the top pages are mapped, so that an overflow faults instead of running into the next one.
 */
#include "exo/general_regs.h"

#include <signal.h>

#include "exo/layout.h"
#include "exo/note.h"
#include "exo/upcall.h"
#include "mem/pages.h"
#include "mem/vm.h"
#include "posix/fatal.h"
#include "sched/thread.h"

#define STACK_STRIDE 0x10000
#define STACKS_STRIDE 0x100000
#define STACK_PAGES 4

/* Exceptions (Intel SDM vol 3 §6.15). */
enum { DIVIDE, DEBUG, BREAKPOINT = 3, OVERFLOW, BOUND, OPCODE, NO_DEVICE, SEGMENT = 11, STACK, PROTECTION, PAGE,
       X87 = 16, ALIGNMENT, SIMD = 19 };

uint64_t upcall_xsave_mask;
uint8_t upcall_fsgsbase;
exo_fault_hook_fn *upcall_fault_hook;

exo_fault_hook_fn *exo_fault_hook(exo_fault_hook_fn *hook)
{
    return __atomic_exchange_n(&upcall_fault_hook, hook, __ATOMIC_ACQ_REL);
}

/* Maps stack n of an activation and returns its top. */
static uint64_t stack_map(uint32_t act, uint32_t n, int *error)
{
    vaddr_t top = EXO_UPCALL_STACKS + (vaddr_t)act * STACKS_STRIDE + (vaddr_t)(n + 1) * STACK_STRIDE;
    if (*error == 0)
        *error = pages_fill(top - STACK_PAGES * EXO_PAGE_BYTES, STACK_PAGES, REGION_READ | REGION_WRITE);
    return top;
}

int upcall_spec(uint32_t act, struct exo_act_spec *spec)
{
    int error = 0;
    *spec = (struct exo_act_spec){
        .stack = stack_map(act, 0, &error),
        .resume_lo = (uintptr_t)upcall_resume_lo,
        .resume_hi = (uintptr_t)upcall_resume_hi,
        .slots = LIBOS_NOTE_SLOTS,
    };
    for (uint32_t depth = 0; depth < EXO_FAULT_DEPTH; depth++)
        spec->fault_stack[depth] = stack_map(act, depth + 1, &error);
    spec->entry[EXO_UPCALL_RUN] = (uintptr_t)upcall_run;
    spec->entry[EXO_UPCALL_EVENT] = (uintptr_t)upcall_event;
    spec->entry[EXO_UPCALL_FAULT] = (uintptr_t)upcall_fault;
    return error;
}

int upcall_register(struct exo_activation *act)
{
    const struct exo_info *info = exo_info();
    struct exo_act_spec spec;
    upcall_xsave_mask = info->xsave == EXO_XSAVE_XSAVE ? info->xcr0 : 0;
    upcall_fsgsbase = (info->cpu_features & EXO_CPU_FSGSBASE) != 0;
    int error = upcall_spec(act->index, &spec);
    if (error)
        return error;
    act->stack = spec.stack;
    for (uint32_t depth = 0; depth < EXO_FAULT_DEPTH; depth++)
        act->fault_stack[depth] = spec.fault_stack[depth];
    act->resume_lo = spec.resume_lo;
    act->resume_hi = spec.resume_hi;
    for (uint32_t i = 0; i < EXO_UPCALLS; i++)
        act->entry[i] = spec.entry[i];
    return 0;
}

_Noreturn void upcall_enter(struct exo_activation *act, uint32_t slot, uint32_t pending)
{
    sched_upcall(act, slot, pending);
}

/* A thread that is single-stepped entered a disabled section, where no handler can run: it goes on without the trap flag
 * until sched_enable. */
static void step_suspend(struct exo_fault *fault)
{
    fault->rflags &= ~(uint64_t)SCHED_TRAP_FLAG;
    thread_self()->stepping = true;
    __atomic_fetch_or(&exo_act()->pending, SCHED_EVENT_THREAD, __ATOMIC_RELAXED);
}

/* Returns 0 if the faulting code can go on. The application's hook, tried before, declined. */
int fault_fast(struct exo_fault *fault)
{
    if (fault->vector == PAGE)
        return vm_fault(fault->address, fault->error) != VM_FAULT_DONE;
    if (fault->vector != DEBUG || !fault->was_disabled || !thread_self())
        return 1;
    step_suspend(fault);
    return 0;
}

/* First unmasked exception of the FPU, as si_code. */
static int fpu_code(uint32_t flags)
{
    static const int codes[] = {FPE_FLTINV, FPE_FLTINV, FPE_FLTDIV, FPE_FLTOVF, FPE_FLTUND, FPE_FLTRES};
    for (unsigned i = 0; i < sizeof codes / sizeof codes[0]; i++)
        if (flags & 1u << i)
            return codes[i];
    return FPE_FLTINV;
}

/* Control and status words in the FXSAVE layout (SDM vol 1 §10.5.1). */
static int x87_code(const struct exo_context *context)
{
    const uint16_t *words = (const uint16_t *)context->xsave;
    return fpu_code(words[1] & ~words[0] & 0x3fu);
}

static int simd_code(const struct exo_context *context)
{
    uint32_t mxcsr = ((const uint32_t *)context->xsave)[6];
    return fpu_code(mxcsr & ~(mxcsr >> 7) & 0x3f);
}

static void classify_page_fault(const struct exo_fault *fault, enum vm_fault_result result, struct signal_fault *out)
{
    out->address = fault->address;
    out->signal = SIGSEGV;
    out->code = SEGV_MAPERR;
    if (result == VM_FAULT_PROTECTION)
        out->code = SEGV_ACCERR;
    out->overflow = result == VM_FAULT_OVERFLOW;
    if (result == VM_FAULT_NO_MEMORY || result == VM_FAULT_TAKEN) {
        out->signal = SIGBUS;
        out->code = result == VM_FAULT_TAKEN ? BUS_OBJERR : BUS_ADRERR;
        out->no_memory = result == VM_FAULT_NO_MEMORY;
    }
}

static void classify(const struct exo_fault *fault, const struct exo_context *context, struct signal_fault *out)
{
    out->address = fault->rip;
    switch (fault->vector) {
    case DIVIDE: out->signal = SIGFPE; out->code = FPE_INTDIV; break;
    case OVERFLOW: out->signal = SIGFPE; out->code = FPE_INTOVF; break;
    case X87: out->signal = SIGFPE; out->code = x87_code(context); break;
    case SIMD: out->signal = SIGFPE; out->code = simd_code(context); break;
    case DEBUG: out->signal = SIGTRAP; out->code = TRAP_TRACE; break;
    case BREAKPOINT: out->signal = SIGTRAP; out->code = TRAP_BRKPT; break;
    case OPCODE: case NO_DEVICE: out->signal = SIGILL; out->code = ILL_ILLOPN; break;
    case ALIGNMENT: out->signal = SIGBUS; out->code = BUS_ADRALN; break;
    case SEGMENT: case STACK: out->signal = SIGBUS; out->code = BUS_OBJERR; out->address = 0; break;
    default: out->signal = SIGSEGV; out->code = SI_KERNEL; out->address = 0; break;
    }
}

/* The faulting code cannot go on: context (whole, FPU state included) is changed so that a handler runs, or the report. */
void fault_slow(struct exo_fault *fault, struct exo_context *context)
{
    struct exo_activation *act = exo_act();
    struct thread *self = thread_self();
    struct signal_fault what = {.vector = fault->vector, .error = fault->error};
    if (fault->vector == PAGE) {
        enum vm_fault_result result = vm_fault(fault->address, fault->error);
        context->fs_base = (uintptr_t)self;
        if (result == VM_FAULT_DONE && !fault->was_disabled)
            return;
        classify_page_fault(fault, result, &what);
    } else {
        classify(fault, context, &what);
    }
    context->fs_base = (uintptr_t)self;
    exo_local(act)->faults++;
    if (fault->was_disabled || !self)
        fatal_in_upcall(self, context, &what);
    else
        signal_fault(self, context, &what);
}
