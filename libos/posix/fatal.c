/* SPDX-License-Identifier: MIT
 *
 * fatal.c: the death of a process by signal: the report (cause, address, registers, stack trace with function names) on
 * standard error, then proc_exit. Layer: libos/posix.
 *
 * The dying thread goes on at fatal_run on the start code's stack, enabled, so that it can use files. What it meets may be
 * broken: a second death on the way leaves the rest of the report out, a third ends the environment at once, and a wait
 * that takes longer than REPORT_NS counts as one. Other threads that die meanwhile wait for the end.
 *
 * Names come from .symtab of the program's own file, read when they are needed: found in the boot archive, or opened by
 * path if the program links open(). The first environment's own file is the start of the boot image.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "exo/layout.h"
#include "exo/start.h"
#include "fs/initrd.h"
#include "mem/vm.h"
#include "posix/fatal.h"
#include "posix/text.h"
#include "proc/elf.h"
#include "proc/proc.h"
#include "sched/thread.h"
#include "sync/sync.h"

#define REPORT_NS 2000000000ull
#define TRACE_DEPTH 32
#define IMAGE_BYTES_MAX (64u << 20)
#define CALL_NEAR 0xe8 /* with a 32-bit distance; Intel SDM vol 2, CALL */

extern char start_stack_top[];
_Noreturn void fatal_run(int signal);
void fatal_wait_check(struct thread *self, uint64_t *deadline_ns);

/* Optional parts of the library. */
extern __typeof__(open) open __attribute__((weak));
extern __typeof__(fstat) fstat __attribute__((weak));
extern __typeof__(write) write __attribute__((weak));
extern __typeof__(read) read __attribute__((weak));

static struct thread *dying;
static uint32_t stage; /* how often it has died */
static struct exo_context trapped;
static struct signal_fault cause;
static bool caused;
static uint64_t give_up_ns;
static uint32_t end_word;

const char *signal_name(int signal)
{
    static const char names[][8] = {
        [SIGHUP] = "HUP",     [SIGINT] = "INT",   [SIGQUIT] = "QUIT", [SIGILL] = "ILL",   [SIGTRAP] = "TRAP",
        [SIGABRT] = "ABRT",   [SIGEMT] = "EMT",   [SIGFPE] = "FPE",   [SIGKILL] = "KILL", [SIGBUS] = "BUS",
        [SIGSEGV] = "SEGV",   [SIGSYS] = "SYS",   [SIGPIPE] = "PIPE", [SIGALRM] = "ALRM", [SIGTERM] = "TERM",
        [SIGURG] = "URG",     [SIGSTOP] = "STOP", [SIGTSTP] = "TSTP", [SIGCONT] = "CONT", [SIGCHLD] = "CHLD",
        [SIGTTIN] = "TTIN",   [SIGTTOU] = "TTOU", [SIGIO] = "IO",     [SIGXCPU] = "XCPU", [SIGXFSZ] = "XFSZ",
        [SIGVTALRM] = "VTALRM", [SIGPROF] = "PROF", [SIGWINCH] = "WINCH", [SIGLOST] = "LOST", [SIGUSR1] = "USR1",
        [SIGUSR2] = "USR2"};
    return signal > 0 && signal < NSIG ? names[signal] : "?";
}

/* ---- Output ---- */

void exo_message(const char *text, size_t bytes)
{
    struct thread *self = thread_self();
    uint32_t disabled;
    __asm__ volatile("movl %%gs:%c1, %0" : "=r"(disabled) : "i"(offsetof(struct exo_activation, disabled)));
    if (self && !disabled && write && write(2, text, bytes) >= 0)
        return;
    while (bytes) {
        size_t part = bytes < EXO_LOG_TEXT - 1 ? bytes : EXO_LOG_TEXT - 1;
        exo_log_write(0, EXO_LOG_ERROR, text, (uint32_t)part);
        text += part;
        bytes -= part;
    }
}

static void say(struct text *text, char *buffer)
{
    text_char(text, '\n');
    exo_message(buffer, (size_t)(text->at - buffer));
}

/* ---- The report ---- */

static const char *program_name(void)
{
    const struct start_block *start = libos_start_block();
    return start && start->argc ? ((char **)start->argv)[0] : "init";
}

static void say_cause(int signal)
{
    char buffer[256];
    struct text text = text_begin(buffer, sizeof buffer);
    text_string(&text, program_name());
    text_string(&text, ": killed by SIG");
    text_string(&text, signal_name(signal));
    if (caused && cause.overflow) {
        text_string(&text, ": stack overflow of thread ");
        text_string(&text, dying->name);
    } else if (caused && cause.no_memory) {
        text_string(&text, ": no memory left for the page");
    } else if (caused && cause.vector == 14 && cause.code == BUS_OBJERR && signal == SIGBUS) {
        text_string(&text, ": the page was taken by force");
    } else if (caused && cause.vector == 14) {
        text_string(&text, cause.error & 16 ? ": cannot execute" : cause.error & 2 ? ": cannot write" : ": cannot read");
        text_string(&text, cause.code == SEGV_ACCERR ? " protected memory" : " unmapped memory");
    } else if (caused) {
        text_string(&text, ": exception ");
        text_decimal(&text, cause.vector);
    }
    if (caused) {
        text_string(&text, " at 0x");
        text_hex(&text, cause.vector == 14 ? cause.address : trapped.rip, 1);
    }
    say(&text, buffer);
}

static void say_registers(void)
{
    static const char names[][4] = {"rip", "rsp", "rbp", "rax", "rbx", "rcx", "rdx", "rsi", "rdi",
                                    "r8",  "r9",  "r10", "r11", "r12", "r13", "r14", "r15", "efl"};
    const struct exo_context *c = &trapped;
    const uint64_t values[] = {c->rip, c->rsp, c->rbp, c->rax, c->rbx, c->rcx, c->rdx, c->rsi, c->rdi,
                               c->r8,  c->r9,  c->r10, c->r11, c->r12, c->r13, c->r14, c->r15, c->rflags};
    char buffer[160];
    for (unsigned i = 0; i < sizeof values / sizeof values[0];) {
        struct text text = text_begin(buffer, sizeof buffer);
        for (unsigned column = 0; column < 3; column++, i++) {
            text_string(&text, "  ");
            text_string(&text, names[i]);
            text_string(&text, names[i][2] ? " " : "  ");
            text_hex(&text, values[i], 16);
        }
        say(&text, buffer);
    }
}

struct program_file {
    const void *image;
    size_t bytes;
};

/* Reads a file into memory of its own. */
static struct program_file file_read(const char *path)
{
    struct program_file none = {NULL, 0};
    struct stat status;
    if (!open || !read || !fstat)
        return none;
    int fd = open(path, O_RDONLY);
    if (fd < 0 || fstat(fd, &status) != 0 || status.st_size <= 0 || status.st_size > (off_t)IMAGE_BYTES_MAX)
        return none;
    size_t bytes = ((size_t)status.st_size + EXO_PAGE_BYTES - 1) & ~(size_t)(EXO_PAGE_BYTES - 1), got = 0;
    vaddr_t at = 0;
    if (vm_map(&at, bytes, REGION_READ | REGION_WRITE, REGION_ANON, 0, NULL) < 0)
        return none;
    for (ssize_t n = 1; n > 0 && got < bytes; got += n > 0 ? (size_t)n : 0)
        n = read(fd, (char *)at + got, bytes - got);
    return (struct program_file){(const void *)at, got};
}

static struct program_file program_find(void)
{
    const struct start_block *start = libos_start_block();
    if (!start)
        return (struct program_file){(const void *)EXO_BOOT_IMAGE_BASE, exo_info()->module_bytes};
    struct program_file file = {NULL, 0};
    const char *path = (const char *)start->path;
    file.image = initrd_file(path, &file.bytes);
    return file.image ? file : file_read(path);
}

/* A function that has no frame of its own is known by the call that led to it: right after a wild jump, or in a leaf or
 * the first instructions of a function, the word at rsp is the return address, and the call before it names rip's function.
 * Returns that address or 0. */
static uint64_t frameless_return(const struct program_file *file)
{
    const char *name;
    uint64_t offset, at;
    if (!vm_accessible(trapped.rsp, 8, false))
        return 0;
    memcpy(&at, (const void *)trapped.rsp, sizeof at);
    if (at < EXO_IMAGE_BASE + 5 || at >= EXO_IMAGE_END || !vm_accessible(at - 5, 5, false))
        return 0;
    if (!vm_accessible(trapped.rip, 1, false))
        return at;
    int32_t distance;
    memcpy(&distance, (const void *)(at - 4), sizeof distance);
    if (*(const uint8_t *)(at - 5) != CALL_NEAR || !file->image ||
        elf_symbol(file->image, file->bytes, trapped.rip, &name, &offset) != 0)
        return 0;
    return at + (uint64_t)(int64_t)distance == trapped.rip - offset ? at : 0;
}

static void say_frame(const struct program_file *file, unsigned n, uint64_t address, bool is_return)
{
    char buffer[160];
    struct text text = text_begin(buffer, sizeof buffer);
    const char *name;
    uint64_t offset;
    text_string(&text, n < 10 ? "   #" : "  #");
    text_decimal(&text, n);
    text_string(&text, " 0x");
    text_hex(&text, address, 1);
    /* A return address may stand behind the last instruction of its function. */
    if (file->image && elf_symbol(file->image, file->bytes, address - is_return, &name, &offset) == 0) {
        text_string(&text, " in ");
        text_string(&text, name);
        text_string(&text, "+0x");
        text_hex(&text, offset + is_return, 1);
    }
    say(&text, buffer);
}

/* Follows frame pointers while they lead upwards through memory that is there. */
static void say_trace(const struct program_file *file)
{
    uint64_t frame = trapped.rbp, before = frameless_return(file);
    unsigned n = 0;
    say_frame(file, n++, trapped.rip, false);
    /* What the frames will say is not said twice. */
    if (before && !(vm_accessible(frame, 16, false) && ((const uint64_t *)frame)[1] == before))
        say_frame(file, n++, before, true);
    for (; n < TRACE_DEPTH; n++) {
        if (frame & 7 || !frame || !vm_accessible(frame, 16, false))
            return;
        const uint64_t *words = (const uint64_t *)frame;
        if (!words[1])
            return;
        say_frame(file, n, words[1], true);
        if (words[0] <= frame)
            return;
        frame = words[0];
    }
}

/* Only what a program does to itself is worth a report. */
static bool worth_reporting(int signal)
{
    return caused || signal == SIGABRT || signal == SIGSYS;
}

/* Entered from fatal_trampoline, once for each time the process dies. */
_Noreturn void fatal_run(int signal)
{
    if (thread_self() != dying)
        for (;;)
            sync_wait(&end_word, 0, EXO_FOREVER, 0);
    static volatile int first;
    if (stage == 1) {
        first = signal;
        dying->critical = 1;
        if (worth_reporting(signal)) {
            say_cause(signal);
            say_registers();
            struct program_file file = program_find();
            say_trace(&file);
        }
        stage = 2;
        give_up_ns = exo_clock_ns() + REPORT_NS;
    }
    proc_exit(PROC_KILLED(first));
}

/* A wait of the dying thread: not beyond its time. */
static void give_up(struct exo_context *context, void *argument)
{
    (void)argument;
    fatal_interpose(dying, context, SIGKILL, NULL);
}

void fatal_wait_check(struct thread *self, uint64_t *deadline_ns)
{
    (void)self;
    if (exo_clock_ns() >= give_up_ns)
        context_interrupt(give_up, NULL);
    else if (*deadline_ns > give_up_ns)
        *deadline_ns = give_up_ns;
}

void fatal_interpose(struct thread *thread, struct exo_context *context, int signal, const struct signal_fault *fault)
{
    struct thread *none = NULL;
    bool mine = __atomic_compare_exchange_n(&dying, &none, thread, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE) ||
                none == thread;
    if (mine) {
        if (++stage == 1) {
            memcpy(&trapped, context, sizeof trapped);
            caused = fault != NULL;
            if (fault)
                cause = *fault;
            give_up_ns = exo_clock_ns() + REPORT_NS;
        } else if (stage == 2) {
            give_up_ns = exo_clock_ns() + REPORT_NS;
        } else {
            for (;;)
                exo_env_destroy(0, 0);
        }
    }
    thread->dying = 1;
    thread->signal.mask = ~0ull;
    context->rip = (uintptr_t)fatal_trampoline;
    context->rsp = mine ? (uintptr_t)start_stack_top : thread->stack_top - 64;
    context->rdi = (uint64_t)signal;
    context->rflags = 0x202;
}

void fatal_in_upcall(struct thread *thread, struct exo_context *context, const struct signal_fault *fault)
{
    static const char text[] = "libOS: fault in an upcall or a disabled section\n";
    exo_message(text, sizeof text - 1);
    if (!thread)
        for (;;)
            exo_env_destroy(0, 0);
    sched_lock_break();
    vm_lock_break();
    exo_act()->fault_depth = 1; /* the return path takes one off */
    fatal_interpose(thread, context, fault->signal, fault);
}
