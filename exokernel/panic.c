/* SPDX-License-Identifier: MIT
 *
 * panic.c: see panic.h. Runs once: a second CPU that panics stops, a panic inside the panic cuts the report short.
 */
#include "panic.h"

#include "env.h"

#include "format.h"
#include "ksyms.h"
#include "log.h"
#include "power.h"
#include "x86/cpu.h"
#include "x86/instr.h"
#include "x86/irqchip.h"
#include "x86/layout.h"
#include "x86/trap.h"

enum { TRACE_DEPTH = 24, STACK_BYTES_BELOW = 32, STACK_BYTES_SHOWN = 160, BYTES_A_LINE = 16, NOBODY = -1 };

static int panicking_cpu = NOBODY;

bool panic_under_way(void)
{
    return __atomic_load_n(&panicking_cpu, __ATOMIC_ACQUIRE) != NOBODY;
}

_Noreturn void panic_halt(void)
{
    for (;;)
        __asm__ volatile("cli; hlt");
}

/* Returns on the first CPU that comes here, once. */
static void begin(void)
{
    int here = (int)this_cpu()->index, nobody = NOBODY;
    interrupts_off();
    if (__atomic_compare_exchange_n(&panicking_cpu, &nobody, here, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) {
        ipi_broadcast_nmi();
        log_panic_begin();
        return;
    }
    if (nobody == here) {
        log_panic("another panic while this one was being reported");
        power_debug_exit(PANIC_EXIT_CODE);
    }
    panic_halt();
}

static bool is_text(uint64_t address)
{
    return address >= (uint64_t)text_start && address < (uint64_t)text_end;
}

static void show_registers(const struct trap_frame *f)
{
    log_panic("rip=%016lx cs=%lx rflags=%lx rsp=%016lx ss=%lx", f->rip, f->cs, f->rflags, f->rsp, f->ss);
    log_panic("rax=%016lx rbx=%016lx rcx=%016lx rdx=%016lx", f->rax, f->rbx, f->rcx, f->rdx);
    log_panic("rsi=%016lx rdi=%016lx rbp=%016lx r8 =%016lx", f->rsi, f->rdi, f->rbp, f->r8);
    log_panic("r9 =%016lx r10=%016lx r11=%016lx r12=%016lx", f->r9, f->r10, f->r11, f->r12);
    log_panic("r13=%016lx r14=%016lx r15=%016lx vector=%lu error=%lx", f->r13, f->r14, f->r15, f->vector, f->error);
}

static void show_control_registers(void)
{
    log_panic("cr0=%lx cr2=%016lx cr3=%lx cr4=%lx efer=%lx", read_cr0(), read_cr2(), read_cr3(), read_cr4(),
              rdmsr(MSR_EFER));
    log_panic("gs=%016lx user_gs=%016lx fs=%016lx", rdmsr(MSR_GS_BASE), rdmsr(MSR_KERNEL_GS_BASE), rdmsr(MSR_FS_BASE));
}

/* Kernel memory that is certainly mapped: this CPU's stacks, and the image's data (the stack of the first instructions). */
static bool is_stack(uint64_t address)
{
    uint64_t base = STACKS_BASE + (uint64_t)this_cpu()->index * CPU_STACKS_STRIDE;
    uint64_t offset = address - base - STACK_GUARD_BYTES;
    if (address % 8 || address < base + STACK_GUARD_BYTES)
        return false;
    if (offset < KERNEL_STACK_BYTES)
        return true;
    offset -= KERNEL_STACK_BYTES;
    return offset < IST_COUNT * (STACK_GUARD_BYTES + IST_STACK_BYTES) &&
           offset % (STACK_GUARD_BYTES + IST_STACK_BYTES) >= STACK_GUARD_BYTES;
}

/* `inside` lies in the function that is named: a return address may be the first byte of the next one. */
static void show_place(uint64_t address, uint64_t inside)
{
    uint64_t offset;
    const char *name = ksyms_name(inside, &offset);
    if (name)
        log_panic("  %016lx %s+0x%lx", address, name, offset + (address - inside));
    else
        log_panic("  %016lx", address);
}

static void show_trace(uint64_t rip, uint64_t rbp)
{
    log_panic("stack trace:");
    show_place(rip, rip);
    for (unsigned i = 0; i < TRACE_DEPTH && is_stack(rbp) && is_stack(rbp + 8); i++) {
        const uint64_t *frame = (const uint64_t *)rbp;
        if (!is_text(frame[1]))
            break;
        show_place(frame[1], frame[1] - 1);
        if (frame[0] <= rbp)
            break;
        rbp = frame[0];
    }
}

/* Around rsp. A stack that has overflowed is shown from its end. */
static void show_stack(uint64_t rsp)
{
    char line[BYTES_A_LINE * 3 + 1];
    uint64_t first = (rsp & ~7ull) - STACK_BYTES_BELOW;
    if (!is_stack(rsp & ~7ull))
        first = (rsp + EXO_PAGE_BYTES - 1) & ~(EXO_PAGE_BYTES - 1ull);
    log_panic("stack around %016lx:", rsp);
    for (uint64_t at = first; at < first + STACK_BYTES_SHOWN; at += BYTES_A_LINE) {
        if (!is_stack(at) || !is_stack(at + 8))
            continue;
        for (unsigned i = 0; i < BYTES_A_LINE; i++)
            kformat(line + i * 3, 4, " %02x", ((const uint8_t *)at)[i]);
        log_panic("  %016lx%s", at, line);
    }
}

/* frame is NULL if there was no trap; rip, rbp and rsp say where the trace begins. */
static _Noreturn void report(const struct trap_frame *frame, uint64_t rip, uint64_t rbp, uint64_t rsp, const char *format,
                             va_list arguments)
{
    char text[EXO_LOG_TEXT];
    begin();
    kformat_list(text, sizeof text, format, arguments);
    log_panic("PANIC: %s", text);
    bool runs = env_describe(text, sizeof text);
    log_panic("cpu=%u environment: %s", this_cpu()->index, runs ? text : "none");
    if (frame)
        show_registers(frame);
    show_control_registers();
    show_trace(rip, rbp);
    show_stack(rsp);
    power_debug_exit(PANIC_EXIT_CODE);
    log_panic("halted");
    panic_halt();
}

_Noreturn void panic(const char *format, ...)
{
    uint64_t rbp = (uint64_t)__builtin_frame_address(0), caller = (uint64_t)__builtin_return_address(0);
    va_list arguments;
    va_start(arguments, format);
    report(NULL, caller - 1, *(const uint64_t *)rbp, rbp, format, arguments);
}

_Noreturn void panic_trap(const struct trap_frame *frame, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    report(frame, frame->rip, frame->rbp, frame->rsp, format, arguments);
}
