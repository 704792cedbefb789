/* SPDX-License-Identifier: MIT
 *
 * upcall_signals.c: signals at every hard place: in blocking calls, on the alternate stack, single stepping, in handlers
 * that fault, left by siglongjmp, with changed registers. Layer: tests.
 */
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/ucontext.h>
#include <time.h>

#include "exo/exo.h"
#include "sched/thread.h"
#include "suite.h"
#include "sync/sync.h"

#define TRAP_FLAG 0x100

static volatile int seen, nested;
static int *volatile nowhere = (int *)16;

static void count(int sig)
{
    (void)sig;
    seen++;
}

static void handle(int sig, void (*handler)(int), int flags)
{
    struct sigaction action = {.sa_handler = handler, .sa_flags = flags};
    CHECK(sigaction(sig, &action, NULL) == 0);
}

static void handle_info(int sig, void (*handler)(int, siginfo_t *, void *), int flags)
{
    struct sigaction action = {.sa_sigaction = handler, .sa_flags = flags | SA_SIGINFO};
    CHECK(sigaction(sig, &action, NULL) == 0);
}

/* ---- Blocking calls ---- */

/* The signal is for the other thread. */
static void block_usr1(void)
{
    sigset_t usr1;
    sigemptyset(&usr1);
    sigaddset(&usr1, SIGUSR1);
    pthread_sigmask(SIG_BLOCK, &usr1, NULL);
}

static void *send_later(void *argument)
{
    int *ends = argument;
    block_usr1();
    thread_sleep_until(exo_clock_ns() + 30000000);
    kill(getpid(), SIGUSR1);
    if (ends) {
        thread_sleep_until(exo_clock_ns() + 30000000);
        (void)!write(ends[1], "x", 1);
    }
    return NULL;
}

static struct thread *sender(int *ends)
{
    struct thread *thread = NULL;
    CHECK(thread_create(&thread, "sender", 0, send_later, ends) == 0);
    return thread;
}

static void test_read(void)
{
    int ends[2];
    char byte = 0;
    CHECK(pipe(ends) == 0);
    seen = 0;
    handle(SIGUSR1, count, 0);
    struct thread *thread = sender(NULL);
    errno = 0;
    CHECK(read(ends[0], &byte, 1) == -1 && errno == EINTR);
    EQUAL(seen, 1);
    thread_join(thread, NULL);
    handle(SIGUSR1, count, SA_RESTART);
    thread = sender(ends);
    CHECK(read(ends[0], &byte, 1) == 1 && byte == 'x');
    EQUAL(seen, 2);
    thread_join(thread, NULL);
    close(ends[0]);
    close(ends[1]);
}

static void test_sleep(void)
{
    struct timespec wanted = {.tv_sec = 5}, left = {0};
    handle(SIGUSR1, count, SA_RESTART);
    seen = 0;
    struct thread *thread = sender(NULL);
    CHECK(nanosleep(&wanted, &left) == -1 && errno == EINTR);
    CHECK(left.tv_sec == 4);
    EQUAL(seen, 1);
    thread_join(thread, NULL);
}

/* A mutex is not left by a signal; the handler runs while the thread goes on waiting. */
static struct sync_mutex held;

static void *hold(void *argument)
{
    block_usr1();
    sync_mutex_lock(&held);
    thread_sleep_until(exo_clock_ns() + 20000000);
    kill(getpid(), SIGUSR1);
    thread_sleep_until(exo_clock_ns() + 20000000);
    sync_mutex_unlock(&held);
    return argument;
}

static void test_mutex(void)
{
    struct thread *thread;
    seen = 0;
    handle(SIGUSR1, count, 0);
    CHECK(thread_create(&thread, "holder", 0, hold, NULL) == 0);
    while (sync_mutex_try(&held)) {
        sync_mutex_unlock(&held);
        thread_yield();
    }
    sync_mutex_lock(&held);
    sync_mutex_unlock(&held);
    thread_join(thread, NULL);
    EQUAL(seen, 1);
}

static void test_suspend(void)
{
    sigset_t usr1, before, empty;
    sigemptyset(&empty);
    sigemptyset(&usr1);
    sigaddset(&usr1, SIGUSR1);
    handle(SIGUSR1, count, 0);
    sigprocmask(SIG_BLOCK, &usr1, &before);
    seen = 0;
    for (int i = 0; i < 200; i++) {
        kill(getpid(), SIGUSR1);
        EQUAL(seen, i);
        FAILS(sigsuspend(&before), EINTR);
        EQUAL(seen, i + 1);
    }
    int sig = 0;
    struct thread *thread = sender(NULL);
    CHECK(sigwait(&usr1, &sig) == 0 && sig == SIGUSR1);
    EQUAL(seen, 200);
    thread_join(thread, NULL);
    struct timespec soon = {.tv_nsec = 10000000};
    FAILS(sigtimedwait(&usr1, NULL, &soon), EAGAIN);
    sigprocmask(SIG_SETMASK, &before, NULL);
}

/* ---- The alternate stack ---- */

static char alternate[32768];
static uintptr_t handler_frame;
static sigjmp_buf back;

static void note_frame(int sig)
{
    stack_t stack;
    (void)sig;
    handler_frame = (uintptr_t)__builtin_frame_address(0);
    sigaltstack(NULL, &stack);
    seen += (stack.ss_flags & SS_ONSTACK) != 0;
    if (!nested++)
        raise(SIGUSR1); /* again, on the same stack */
}

static void overflowed(int sig, siginfo_t *info, void *context)
{
    (void)context;
    handler_frame = (uintptr_t)__builtin_frame_address(0);
    if (sig == SIGSEGV && info->si_addr)
        siglongjmp(back, 1);
}

__attribute__((noinline)) static int recurse(int n)
{
    volatile char room[2000];
    room[0] = (char)n;
    return n < 0 ? 0 : recurse(n + 1) + room[0];
}

static int on_alternate(void)
{
    return handler_frame > (uintptr_t)alternate && handler_frame < (uintptr_t)alternate + sizeof alternate;
}

static void *overflow_often(void *argument)
{
    stack_t stack = {.ss_sp = alternate, .ss_size = sizeof alternate};
    sigaltstack(&stack, NULL);
    for (volatile int i = 0; i < 50; i++) {
        handler_frame = 0;
        if (!sigsetjmp(back, 1))
            recurse(0);
        seen += on_alternate();
    }
    return argument;
}

static void test_alternate(void)
{
    stack_t stack = {.ss_sp = alternate, .ss_size = sizeof alternate}, off = {.ss_flags = SS_DISABLE};
    CHECK(sigaltstack(&stack, NULL) == 0);
    handle(SIGUSR1, note_frame, SA_ONSTACK | SA_NODEFER);
    seen = nested = 0;
    raise(SIGUSR1);
    CHECK(on_alternate());
    EQUAL(seen, 2);
    CHECK(sigaltstack(&off, NULL) == 0);
    seen = nested = 0;
    raise(SIGUSR1);
    CHECK(!on_alternate());
    EQUAL(seen, 0);
}

static void test_overflow(void)
{
    struct thread *thread;
    handle_info(SIGSEGV, overflowed, SA_ONSTACK);
    seen = 0;
    CHECK(thread_create(&thread, "deep", 0, overflow_often, NULL) == 0);
    thread_join(thread, NULL);
    EQUAL(seen, 50);
    signal(SIGSEGV, SIG_DFL);
}

/* ---- Single stepping ---- */

static volatile unsigned steps;
static volatile uintptr_t last_step;
extern char step_begin[], step_end[];

__attribute__((noinline)) static uint64_t stepped(uint64_t n)
{
    uint64_t result;
    __asm__ volatile(".globl step_begin\nstep_begin:\n"
                     "mov %1, %%rcx\n"
                     "xor %%eax, %%eax\n"
                     "1: add %%rcx, %%rax\n"
                     "dec %%rcx\n"
                     "jnz 1b\n"
                     ".globl step_end\nstep_end: nop\n"
                     : "=&a"(result) : "r"(n) : "rcx", "cc");
    return result;
}

static void on_step(int sig, siginfo_t *info, void *context)
{
    ucontext_t *user = context;
    (void)sig;
    uintptr_t rip = (uintptr_t)user->uc_mcontext.gregs[REG_RIP];
    steps += rip > (uintptr_t)step_begin && rip <= (uintptr_t)step_end;
    last_step = rip;
    nested += info->si_code == TRAP_TRACE;
}

static void start_steps(int sig, siginfo_t *info, void *context)
{
    (void)sig;
    (void)info;
    ((ucontext_t *)context)->uc_mcontext.gregs[REG_EFL] |= TRAP_FLAG;
}

static void stop_steps(int sig, siginfo_t *info, void *context)
{
    (void)sig;
    (void)info;
    ((ucontext_t *)context)->uc_mcontext.gregs[REG_EFL] &= ~TRAP_FLAG;
}

static void step_prepare(void)
{
    handle_info(SIGTRAP, on_step, 0);
    handle_info(SIGUSR1, start_steps, 0);
    handle_info(SIGUSR2, stop_steps, 0);
    steps = nested = 0;
}

static void test_step(void)
{
    step_prepare();
    raise(SIGUSR1);
    uint64_t sum = stepped(100);
    raise(SIGUSR2);
    EQUAL(sum, 5050);
    EQUAL(steps, 302);
    unsigned all = (unsigned)nested;
    sum = stepped(100);
    EQUAL(nested, all);
    EQUAL(sum, 5050);
}

/* The same with others running, and through system calls, page faults and what the library does disabled. */
static volatile int over;

static void *busy(void *argument)
{
    while (!over)
        stepped(1000);
    return argument;
}

static void test_step_library(void)
{
    struct thread *threads[2];
    over = 0;
    for (int i = 0; i < 2; i++)
        CHECK(thread_create(&threads[i], "busy", 0, busy, NULL) == 0);
    step_prepare();
    volatile char *area = mmap(NULL, 16 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    raise(SIGUSR1);
    for (int i = 0; i < 16; i++)
        area[i * 4096] = 1;
    char text[32];
    void *memory = malloc(100);
    snprintf(text, sizeof text, "%d %.2f", 42, 1.5);
    free(memory);
    thread_yield();
    exo_null();
    uint64_t sum = stepped(1000);
    thread_sleep_until(exo_clock_ns() + 2000000);
    unsigned before = (unsigned)nested;
    sum += stepped(10);
    CHECK((unsigned)nested > before + 30);
    raise(SIGUSR2);
    over = 1;
    EQUAL(sum, 500500 + 55);
    EQUAL(steps, 3002 + 32);
    CHECK(strcmp(text, "42 1.50") == 0);
    for (int i = 0; i < 2; i++)
        thread_join(threads[i], NULL);
    munmap((void *)area, 16 * 4096);
}

/* ---- Faults in handlers ---- */

static void skip_load(int sig, siginfo_t *info, void *context)
{
    (void)sig;
    (void)info;
    seen++;
    ((ucontext_t *)context)->uc_mcontext.gregs[REG_RIP] += 2;
}

static void load_nowhere(void) { __asm__ volatile(".byte 0x8b, 0x07" : : "D"(nowhere) : "eax", "memory"); }

static void faulting(int sig)
{
    (void)sig;
    nested++;
    load_nowhere();
    if (nested < 20)
        raise(SIGUSR1);
}

static void test_nested(void)
{
    handle_info(SIGSEGV, skip_load, 0);
    handle(SIGUSR1, faulting, SA_NODEFER);
    seen = nested = 0;
    raise(SIGUSR1);
    EQUAL(nested, 20);
    EQUAL(seen, 20);
}

/* A handler of SIGSEGV that faults itself, SA_NODEFER, to some depth. */
static void fault_again(int sig, siginfo_t *info, void *context)
{
    if (++nested < 8)
        load_nowhere();
    skip_load(sig, info, context);
}

static void test_fault_in_handler(void)
{
    handle_info(SIGSEGV, fault_again, SA_NODEFER);
    seen = nested = 0;
    load_nowhere();
    EQUAL(nested, 8);
    EQUAL(seen, 8);
}

static void jump_out(int sig)
{
    (void)sig;
    siglongjmp(back, 1);
}

static void test_jumps(void)
{
    static volatile int i, jumps;
    handle(SIGSEGV, jump_out, 0);
    handle(SIGUSR1, jump_out, 0);
    for (i = jumps = 0; i < 20000; i++) {
        if (sigsetjmp(back, 1))
            jumps++;
        else if (i & 1)
            *nowhere = 1;
        else
            raise(SIGUSR1);
    }
    EQUAL(jumps, 20000);
    sigset_t mask;
    sigprocmask(SIG_BLOCK, NULL, &mask);
    CHECK(!sigismember(&mask, SIGSEGV) && !sigismember(&mask, SIGUSR1));
}

/* A timer's handler jumps out of whatever the thread does. */
static void test_jump_from_timer(void)
{
    static volatile int i;
    handle(SIGALRM, jump_out, 0);
    uint64_t x = 0;
    for (i = 0; i < 500; i++)
        if (!sigsetjmp(back, 1)) {
            ualarm(300, 0);
            for (;;)
                x += stepped(10);
        }
    EQUAL(i, 500);
    CHECK(x | 1);
}

static void test_exceptions(void)
{
    static const int wanted[] = {SIGILL, SIGFPE, SIGTRAP, SIGSEGV};
    static volatile int i;
    for (i = 0; i < 4; i++) {
        handle(wanted[i], jump_out, 0);
        if (sigsetjmp(back, 1))
            continue;
        volatile int zero = 0;
        switch (i) {
        case 0: __asm__ volatile("ud2"); break;
        case 1: seen = 7 / zero; break;
        case 2: __asm__ volatile("int3"); break;
        default: __asm__ volatile("cli"); break;
        }
        CHECK(!"an exception came");
    }
    for (i = 0; i < 4; i++)
        signal(wanted[i], SIG_DFL);
}

static const struct suite_test tests[] = {
    {test_read, "a read is interrupted or restarted", 10},
    {test_sleep, "a sleep is interrupted", 10},
    {test_mutex, "a mutex is waited for through a signal", 10},
    {test_suspend, "sigsuspend, sigwait, sigtimedwait", 10},
    {test_alternate, "the alternate stack", 10},
    {test_overflow, "stack overflow is survived on it", 10},
    {test_step, "single steps", 10},
    {test_step_library, "single steps through faults, calls and the library", 60},
    {test_nested, "faults in handlers", 10},
    {test_fault_in_handler, "a fault handler that faults", 10},
    {test_jumps, "siglongjmp out of handlers", 20},
    {test_jump_from_timer, "siglongjmp out of a timer's handler", 0},
    {test_exceptions, "exceptions are signals", 10},
};

int main(void) { return SUITE_RUN(tests); }
