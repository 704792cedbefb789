/* SPDX-License-Identifier: MIT
 *
 * signals.c: faults as signals with what SA_SIGINFO tells, alternate stacks, masks, signals between processes, deaths.
 * Layer: tests. Starts itself again with a word for how to die.
 */
#include <setjmp.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <ucontext.h>

#include "proc/proc.h"
#include "suite.h"

static const char *self_path;
static sigjmp_buf back;
static siginfo_t seen;
static void *volatile seen_stack;

/* ---- Helpers ---- */

static void on_fault(int sig, siginfo_t *info, void *context)
{
    (void)context;
    seen = *info;
    seen_stack = __builtin_frame_address(0);
    siglongjmp(back, sig);
}

static void catch(int sig, int flags)
{
    struct sigaction action = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO | flags};
    EQUAL(sigaction(sig, &action, NULL), 0);
}

/* Runs what must fault; what was seen is in `seen`. */
static void expect(void (*function)(void), int sig, int sig_code, void *address)
{
    memset(&seen, 0, sizeof seen);
    catch(sig, 0);
    if (sigsetjmp(back, 1) == 0)
        function();
    EQUAL(seen.si_signo, sig);
    EQUAL(seen.si_code, sig_code);
    if (address)
        CHECK(seen.si_addr == address);
    signal(sig, SIG_DFL);
}

static volatile int zero, result;
static volatile int *volatile nowhere = (int *)16;
static void fault_read(void) { result = *nowhere; }
static void fault_write(void) { *(volatile int *)(uintptr_t)&fault_read = 1; }
static volatile int dividend = 100;
static void fault_divide(void) { result = dividend / zero; }
static void fault_illegal(void) { __asm__ volatile("ud2"); }
static void fault_trap(void) { __asm__ volatile("int3"); }
static void fault_canonical(void) { result = *(volatile int *)0x8000000000000000; }
static void fault_privileged(void) { __asm__ volatile("hlt"); }
static void fault_overflow(void) { __asm__ volatile("int $4"); }

/* Divides one by zero on the x87, and the largest number by a tiny one, with that exception unmasked. */
static void fault_x87_divide(void)
{
    static const uint16_t control = 0x37b;
    __asm__ volatile("fldcw %0\n\tfldz\n\tfld1\n\tfdivp\n\tfwait" : : "m"(control));
}
static void fault_x87_invalid(void)
{
    static const uint16_t control = 0x37e;
    __asm__ volatile("fldcw %0\n\tfldz\n\tfldz\n\tfdivp\n\tfwait" : : "m"(control));
}
static void fault_x87_overflow(void)
{
    static const uint16_t control = 0x377;
    double huge = 1e308, out;
    __asm__ volatile("fldcw %1\n\tfldl %2\n\tfmull %2\n\tfstpl %0\n\tfwait" : "=m"(out) : "m"(control), "m"(huge));
}
static void fault_simd_divide(void)
{
    static const uint32_t control = 0x1d80;
    float one = 1, nothing = 0;
    __asm__ volatile("ldmxcsr %0\n\tmovss %1, %%xmm0\n\tdivss %2, %%xmm0" : : "m"(control), "m"(one), "m"(nothing) : "xmm0");
}
static void fault_alignment(void)
{
    static volatile uint64_t words[2];
    __asm__ volatile("pushfq\n\torq $0x40000, (%%rsp)\n\tpopfq\n\tmovq 1(%0), %%rax\n\t"
                     "pushfq\n\tandq $~0x40000, (%%rsp)\n\tpopfq" : : "r"(words) : "rax", "memory");
}
static void fault_execute(void) { ((void (*)(void))(uintptr_t)&zero)(); }

/* ---- Tests ---- */

static void test_faults(void)
{
    expect(fault_read, SIGSEGV, SEGV_MAPERR, (void *)16);
    expect(fault_write, SIGSEGV, SEGV_ACCERR, (void *)(uintptr_t)&fault_read);
    expect(fault_execute, SIGSEGV, SEGV_ACCERR, (void *)(uintptr_t)&zero);
    expect(fault_divide, SIGFPE, FPE_INTDIV, NULL);
    expect(fault_illegal, SIGILL, ILL_ILLOPN, NULL);
    expect(fault_trap, SIGTRAP, TRAP_BRKPT, NULL);
    expect(fault_overflow, SIGFPE, FPE_INTOVF, NULL);
}

/* A machine whose processor does not raise it (QEMU's emulation: SIMD exceptions, alignment checks) goes on instead. */
static void expect_if_raised(void (*function)(void), int sig, int sig_code)
{
    memset(&seen, 0, sizeof seen);
    catch(sig, 0);
    if (sigsetjmp(back, 1) == 0) {
        function();
    } else {
        EQUAL(seen.si_signo, sig);
        EQUAL(seen.si_code, sig_code);
    }
    signal(sig, SIG_DFL);
}

/* si_code says which exception of the FPU it was; afterwards it computes as before. */
static void test_fpu_faults(void)
{
    static const uint16_t control = 0x37f;
    static const uint32_t simd_control = 0x1f80;
    expect(fault_x87_divide, SIGFPE, FPE_FLTDIV, NULL);
    __asm__ volatile("fnclex\n\tfninit\n\tfldcw %0" : : "m"(control));
    expect(fault_x87_invalid, SIGFPE, FPE_FLTINV, NULL);
    __asm__ volatile("fnclex\n\tfninit\n\tfldcw %0" : : "m"(control));
    expect(fault_x87_overflow, SIGFPE, FPE_FLTOVF, NULL);
    __asm__ volatile("fnclex\n\tfninit\n\tfldcw %0" : : "m"(control));
    expect_if_raised(fault_simd_divide, SIGFPE, FPE_FLTDIV);
    __asm__ volatile("ldmxcsr %0" : : "m"(simd_control));
    expect_if_raised(fault_alignment, SIGBUS, BUS_ADRALN);
    volatile double one = 1, three = 3;
    CHECK(one / three * three == 1.0);
}

/* What has no address of its own: the signal alone is promised. */
static void test_general_protection(void)
{
    int sig;
    static void (*const functions[])(void) = {fault_canonical, fault_privileged};
    for (volatile int i = 0; i < 2; i++) {
        catch(SIGSEGV, 0);
        catch(SIGBUS, 0);
        if ((sig = sigsetjmp(back, 1)) == 0)
            functions[i]();
        CHECK(sig == SIGSEGV || sig == SIGBUS);
    }
    signal(SIGSEGV, SIG_DFL);
    signal(SIGBUS, SIG_DFL);
}

static void skip_instruction(int sig, siginfo_t *info, void *context)
{
    (void)sig;
    (void)info;
    ucontext_t *u = context;
    u->uc_mcontext.gregs[REG_RIP] += 2; /* ud2 */
    u->uc_mcontext.gregs[REG_RAX] = 77;
}

static void test_handler_changes_context(void)
{
    struct sigaction action = {.sa_sigaction = skip_instruction, .sa_flags = SA_SIGINFO};
    long value = 0;
    sigaction(SIGILL, &action, NULL);
    __asm__ volatile("xorl %%eax, %%eax; ud2" : "=a"(value));
    EQUAL(value, 77);
    signal(SIGILL, SIG_DFL);
}

static int __attribute__((noinline)) deep(int levels)
{
    volatile char frame[2000];
    frame[0] = 1;
    return levels ? deep(levels - 1) + frame[0] : 0;
}

static void test_alternate_stack(void)
{
    static char stack[65536];
    stack_t alternate = {.ss_sp = stack, .ss_size = sizeof stack}, old;
    EQUAL(sigaltstack(&alternate, NULL), 0);
    catch(SIGSEGV, SA_ONSTACK);
    if (sigsetjmp(back, 1) == 0)
        result = deep(1 << 24);
    EQUAL(seen.si_signo, SIGSEGV);
    CHECK((char *)seen_stack > stack && (char *)seen_stack < stack + sizeof stack);
    alternate.ss_flags = SS_DISABLE;
    EQUAL(sigaltstack(&alternate, &old), 0);
    CHECK(old.ss_sp == stack);
    signal(SIGSEGV, SIG_DFL);
}

static volatile sig_atomic_t count, last;
static void on_signal(int sig)
{
    count++;
    last = sig;
}

static void test_masks(void)
{
    sigset_t set, old, pending;
    count = 0;
    signal(SIGUSR1, on_signal);
    EQUAL(raise(SIGUSR1), 0);
    EQUAL(count, 1);
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    EQUAL(sigprocmask(SIG_BLOCK, &set, &old), 0);
    EQUAL(raise(SIGUSR1), 0);
    EQUAL(raise(SIGUSR1), 0);
    EQUAL(count, 1);
    EQUAL(sigpending(&pending), 0);
    CHECK(sigismember(&pending, SIGUSR1));
    EQUAL(sigprocmask(SIG_SETMASK, &old, NULL), 0);
    EQUAL(count, 2);
    signal(SIGUSR1, SIG_IGN);
    EQUAL(raise(SIGUSR1), 0);
    EQUAL(count, 2);
    CHECK(signal(SIGKILL, on_signal) == SIG_ERR && errno == EINVAL);
    CHECK(signal(77, on_signal) == SIG_ERR);
    signal(SIGUSR1, SIG_DFL);
}

static void test_interrupts_calls(void)
{
    int ends[2];
    char byte;
    EQUAL(pipe(ends), 0);
    struct sigaction action = {.sa_handler = on_signal}, old;
    sigaction(SIGALRM, &action, &old);
    alarm(1);
    FAILS(read(ends[0], &byte, 1), EINTR);
    EQUAL(last, SIGALRM);
    sigaction(SIGALRM, &old, NULL);
    alarm(5);
    close(ends[0]);
    close(ends[1]);
}

static pid_t start(const char *word, int err)
{
    char *argv[] = {"child", (char *)word, NULL};
    posix_spawn_file_actions_t actions;
    pid_t pid = -1;
    posix_spawn_file_actions_init(&actions);
    if (err >= 0)
        posix_spawn_file_actions_adddup2(&actions, err, 2);
    EQUAL(posix_spawn(&pid, self_path, &actions, NULL, argv, environ), 0);
    posix_spawn_file_actions_destroy(&actions);
    return pid;
}

static void test_between_processes(void)
{
    int status, ends[2];
    char byte;
    EQUAL(pipe(ends), 0);
    pid_t pid = start("answer", ends[1]);
    close(ends[1]);
    EQUAL(read(ends[0], &byte, 1), 1); /* its handler is set */
    for (int i = 0; i < 20; i++) {
        EQUAL(kill(pid, SIGUSR1), 0);
        EQUAL(read(ends[0], &byte, 1), 1);
        EQUAL(byte, SIGUSR1);
    }
    EQUAL(kill(pid, SIGINT), 0);
    EQUAL(waitpid(pid, &status, 0), pid);
    CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGINT);
    close(ends[0]);
}

/* A death by fault: its status, and the report on standard error. */
static void test_reports(void)
{
    static const struct {
        const char *word, *cause;
        int sig;
    } deaths[] = {{"read", "cannot read unmapped memory at 0x10", SIGSEGV},
                  {"divide", "killed by SIGFPE", SIGFPE},
                  {"illegal", "killed by SIGILL", SIGILL},
                  {"trap", "killed by SIGTRAP", SIGTRAP},
                  {"deep", "stack overflow", SIGSEGV},
                  {"abort", "killed by SIGABRT", SIGABRT}};
    for (size_t i = 0; i < sizeof deaths / sizeof deaths[0]; i++) {
        static char text[8192];
        size_t bytes = 0;
        int ends[2], status;
        EQUAL(pipe(ends), 0);
        pid_t pid = start(deaths[i].word, ends[1]);
        close(ends[1]);
        for (ssize_t got; (got = read(ends[0], text + bytes, sizeof text - 1 - bytes)) > 0;)
            bytes += (size_t)got;
        text[bytes] = '\0';
        close(ends[0]);
        EQUAL(waitpid(pid, &status, 0), pid);
        CHECK(WIFSIGNALED(status) && WTERMSIG(status) == deaths[i].sig);
        int good = CHECK(strstr(text, deaths[i].cause)) & CHECK(strstr(text, "rip 00")) & CHECK(strstr(text, "#1 0x")) &
                   CHECK(strstr(text, i == 4 ? " in deep+0x" : " in main"));
        if (!good)
            printf("%s: %s\n", deaths[i].word, text);
    }
}

/* ---- Children ---- */

static void answer(int sig)
{
    char byte = (char)sig;
    (void)!write(2, &byte, 1);
}

static int child(const char *word)
{
    if (!strcmp(word, "answer")) {
        signal(SIGUSR1, answer);
        answer(0);
        for (;;)
            pause();
    }
    if (!strcmp(word, "read"))
        fault_read();
    if (!strcmp(word, "divide"))
        fault_divide();
    if (!strcmp(word, "illegal"))
        fault_illegal();
    if (!strcmp(word, "trap"))
        fault_trap();
    if (!strcmp(word, "deep"))
        return deep(1 << 24);
    if (!strcmp(word, "abort"))
        abort();
    return 99;
}

static const struct suite_test tests[] = {
    {test_faults, "faults", 5},
    {test_fpu_faults, "FPU faults", 5},
    {test_general_protection, "general protection", 5},
    {test_handler_changes_context, "a handler changes the context", 5},
    {test_alternate_stack, "alternate stack", 10},
    {test_masks, "masks", 5},
    {test_interrupts_calls, "signals interrupt calls", 5},
    {test_between_processes, "between processes", 10},
    {test_reports, "reports of deaths", 20},
};

int main(int argc, char **argv)
{
    self_path = (const char *)proc_start()->path;
    if (argc > 1 && !strcmp(argv[0], "child"))
        return child(argv[1]);
    return SUITE_RUN(tests);
}
