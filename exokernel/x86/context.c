/* SPDX-License-Identifier: MIT
 *
 * context.c: saving and loading the state of ring 3 (context.h). Intel SDM vol 1 §13 (XSAVE), vol 3 §5.8.8 (SYSCALL).
 */
#include "x86/context.h"

#include "kernel.h"
#include "memory.h"
#include "sched.h"
#include "trace.h"
#include "x86/cpu.h"
#include "x86/entry.h"
#include "x86/instr.h"

#define USER_LIMIT 0x0000800000000000ull
enum { MXCSR_INITIAL = 0x1f80, FCW_INITIAL = 0x37f };
enum { XCR0_X87 = 1, XCR0_SSE = 2, XCR0_TILE = 3 << 17 };

uint64_t context_xsave_mask;

/* Legacy area and header with nothing in use: loading it gives the initial state (Intel SDM vol 1 §13.8). */
struct initial_state {
    uint16_t fcw, fsw, ftw_fop[2];
    uint64_t rip, rdp;
    uint32_t mxcsr, mxcsr_mask;
    uint8_t registers[480];
    uint8_t header[64];
} __attribute__((aligned(64)));
extern struct initial_state context_initial; /* pct.asm */
struct initial_state context_initial = {.fcw = FCW_INITIAL, .mxcsr = MXCSR_INITIAL};
_Static_assert(sizeof context_initial == 576, "XSAVE legacy area and header");

static void write_fs_base(uint64_t base)
{
    if (base >= USER_LIMIT)
        base = 0;
    if (!this_cpu()->fsgsbase)
        wrmsr(MSR_FS_BASE, base);
    else
        __asm__ volatile("wrfsbase %0" : : "r"(base));
}

bool context_set_fs_base(uint64_t address)
{
    if (address >= USER_LIMIT)
        return false;
    write_fs_base(address);
    return true;
}

void context_save_trap(struct exo_context *to, const struct trap_frame *frame)
{
    to->rax = frame->rax;
    to->rbx = frame->rbx;
    to->rcx = frame->rcx;
    to->rdx = frame->rdx;
    to->rsi = frame->rsi;
    to->rdi = frame->rdi;
    to->rbp = frame->rbp;
    to->r8 = frame->r8;
    to->r9 = frame->r9;
    to->r10 = frame->r10;
    to->r11 = frame->r11;
    to->r12 = frame->r12;
    to->r13 = frame->r13;
    to->r14 = frame->r14;
    to->r15 = frame->r15;
    context_save_common(to, frame->rip, frame->rflags, frame->rsp);
}

/* The activation can not go on: its entry or its state is unusable. */
static _Noreturn void stop(struct activation *act)
{
    spin_lock(&kernel_lock);
    act_stop(act, 256);
    sched_leave(NULL);
}

_Noreturn void context_unusable(void)
{
    stop(this_cpu()->act);
}

_Noreturn void context_pct(struct activation *act)
{
    struct exo_activation *page = act->page;
    struct exo_context *state = act->slot; /* free while it is idle */
    state->rcx = state->rbx = state->rbp = state->r11 = state->r12 = state->r13 = state->r14 = state->r15 = 0;
    state->rflags = 0;
    state->rax = act->pct_from;
    state->rdi = act->page_user;
    state->rsi = act->pct_call;
    state->rdx = act->pct_word[0];
    state->r10 = act->pct_word[1];
    state->r8 = act->pct_word[2];
    state->r9 = act->pct_word[3];
    state->rip = __atomic_load_n(&page->entry[EXO_UPCALL_PCT], __ATOMIC_RELAXED);
    state->rsp = __atomic_load_n(&page->stack, __ATOMIC_RELAXED);
    state->fs_base = __atomic_load_n(&page->fs_base, __ATOMIC_RELAXED);
    page->disabled = 1;
    page->upcalls++;
    trace(EXO_TRACE_UPCALL, EXO_UPCALL_PCT, 0, 0, state->rip);
    context_load_extended(&context_initial);
    entry_resume(state, act->page_user);
}

_Noreturn void context_upcall(struct activation *act, uint32_t saved, bool slice_end)
{
    struct exo_activation *page = act->page;
    uint32_t pending = __atomic_load_n(&page->pending, __ATOMIC_ACQUIRE);
    unsigned upcall = slice_end ? EXO_UPCALL_SLICE_END : pending ? EXO_UPCALL_EVENT : EXO_UPCALL_RUN;
    uint64_t rip = __atomic_load_n(&page->entry[upcall], __ATOMIC_RELAXED);
    uint64_t rsp = __atomic_load_n(&page->stack, __ATOMIC_RELAXED);
    if (rip >= USER_LIMIT)
        stop(act);
    page->disabled = 1;
    page->upcalls++;
    trace(EXO_TRACE_UPCALL, upcall, pending, saved, rip);
    write_fs_base(__atomic_load_n(&page->fs_base, __ATOMIC_RELAXED));
    context_load_extended(&context_initial);
    entry_upcall(act->page_user, saved, pending, rip, rsp);
}

static uint64_t usable_xcr0(void)
{
    struct cpuid_result leaf = cpuid(0xd, 0);
    return ((uint64_t)leaf.edx << 32 | leaf.eax) & ~(uint64_t)XCR0_TILE;
}

static void enable_xsave(struct exo_info *info)
{
    uint64_t mask = usable_xcr0();
    write_cr4(read_cr4() | CR4_OSXSAVE);
    xsetbv(0, mask);
    if (cpuid(0xd, 0).ebx > EXO_XSAVE_BYTES) { /* does not fit into a context slot: the parts every C program uses do */
        mask = XCR0_X87 | XCR0_SSE;
        xsetbv(0, mask);
    }
    context_xsave_mask = mask;
    info->xsave = EXO_XSAVE_XSAVE;
    info->xsave_bytes = cpuid(0xd, 0).ebx;
    info->xcr0 = mask;
}

void context_init_cpu(struct exo_info *info)
{
    write_cr0((read_cr0() & ~0xcull) | 0x22); /* no emulation, no lazy switching; MP, NE */
    write_cr4(read_cr4() | CR4_OSFXSR | CR4_OSXMMEXCPT);
    if (cpuid(1, 0).ecx >> 26 & 1) {
        enable_xsave(info);
    } else {
        info->xsave = EXO_XSAVE_FXSAVE;
        info->xsave_bytes = 512;
        info->xcr0 = XCR0_X87 | XCR0_SSE;
    }
    wrmsr(MSR_EFER, rdmsr(MSR_EFER) | 1);
    wrmsr(MSR_STAR, 0x0008ull << 32 | 0x0018ull << 48);
    wrmsr(MSR_LSTAR, (uint64_t)entry_call);
    wrmsr(MSR_FMASK, RFLAGS_IF | RFLAGS_DF | RFLAGS_TF | RFLAGS_AC | RFLAGS_NT | RFLAGS_IOPL | RFLAGS_RF | 0xd5);
}
