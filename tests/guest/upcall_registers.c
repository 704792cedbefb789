/* SPDX-License-Identifier: MIT
 *
 * upcall_registers.c: no register is lost when the CPU is taken, a page faults or a signal comes. Layer: tests.
 *
 * Each thread fills all registers (integer, vector, direction flag) with a pattern of its own, runs a loop in assembly that
 * touches fresh pages, and compares afterwards. Beside them run a timer storm, mprotect with a SIGSEGV handler, malloc,
 * voluntary switches, and more preempted threads than there are context slots.
 */
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/ucontext.h>
#include <time.h>

#include "exo/exo.h"
#include "sched/thread.h"
#include "suite.h"

#define SPINNERS 10 /* more than LIBOS_NOTE_SLOTS */
#define PAGES 24
#define PAGE 4096u

struct registers {
    uint64_t rax, rbx, rcx, rdx, rsi, rdi, rbp, r8, r9, r10, r11, r12, r13, r14, r15;
    uint64_t flags;
    uint8_t vector[16][32];
    uint64_t wide; /* use the upper halves of the vector registers */
    uint64_t mxcsr;
};

/* Loads *in, touches `pages` pages from in->rdi on, each after `spin` turns of a loop, and stores all in *out. The loop uses
 * the stack alone. 0(%rsp) turns, 8 pages left, 16 spin, 24 out, 32 in, 40 old mxcsr */
void pattern_run(const struct registers *in, struct registers *out, uint64_t pages, uint64_t spin);
__asm__(".text\n"
        ".globl pattern_run\n"
        "pattern_run:\n"
        "push %rbp; push %rbx; push %r12; push %r13; push %r14; push %r15\n"
        "sub $56, %rsp\n"
        "mov %rdx, 8(%rsp); mov %rcx, 16(%rsp); mov %rsi, 24(%rsp); mov %rdi, 32(%rsp)\n"
        "stmxcsr 40(%rsp)\n"
        "ldmxcsr 648(%rdi)\n"
        "cmpq $0, 640(%rdi)\n"
        "je 1f\n"
        ".irp n,0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15\n vmovdqu 128+\\n*32(%rdi), %ymm\\n\n.endr\n"
        "jmp 2f\n"
        "1:\n"
        ".irp n,0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15\n movdqu 128+\\n*32(%rdi), %xmm\\n\n.endr\n"
        "2:\n"
        "mov (%rdi), %rax; mov 8(%rdi), %rbx; mov 16(%rdi), %rcx; mov 24(%rdi), %rdx; mov 32(%rdi), %rsi\n"
        "mov 48(%rdi), %rbp; mov 56(%rdi), %r8; mov 64(%rdi), %r9; mov 72(%rdi), %r10; mov 80(%rdi), %r11\n"
        "mov 88(%rdi), %r12; mov 96(%rdi), %r13; mov 104(%rdi), %r14; mov 112(%rdi), %r15\n"
        "mov 40(%rdi), %rdi\n"
        "std\n"
        "3: push 16(%rsp); pop (%rsp)\n"
        "mov %rdi, -8(%rsp)\n" /* the red zone is a thread's own too */
        "4: decq (%rsp)\n"
        "jnz 4b\n"
        "incb (%rdi)\n"
        "cmp %rdi, -8(%rsp)\n"
        "jne 6f\n"
        "add $4096, %rdi\n"
        "decq 8(%rsp)\n"
        "jnz 3b\n"
        "6: pushf; cld\n"
        "push %rdi\n"
        "mov 40(%rsp), %rdi\n" /* out */
        "mov %rax, (%rdi); mov %rbx, 8(%rdi); mov %rcx, 16(%rdi); mov %rdx, 24(%rdi); mov %rsi, 32(%rdi)\n"
        "pop 40(%rdi)\n"
        "pop 120(%rdi)\n"
        "mov %rbp, 48(%rdi); mov %r8, 56(%rdi); mov %r9, 64(%rdi); mov %r10, 72(%rdi); mov %r11, 80(%rdi)\n"
        "mov %r12, 88(%rdi); mov %r13, 96(%rdi); mov %r14, 104(%rdi); mov %r15, 112(%rdi)\n"
        "movq $0, 648(%rdi)\n"
        "stmxcsr 648(%rdi)\n"
        "mov 32(%rsp), %rsi\n"
        "cmpq $0, 640(%rsi)\n"
        "je 7f\n"
        ".irp n,0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15\n vmovdqu %ymm\\n, 128+\\n*32(%rdi)\n.endr\n"
        "vzeroupper\n"
        "jmp 8f\n"
        "7:\n"
        ".irp n,0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15\n movdqu %xmm\\n, 128+\\n*32(%rdi)\n.endr\n"
        "8: ldmxcsr 40(%rsp)\n"
        "add $56, %rsp\n"
        "pop %r15; pop %r14; pop %r13; pop %r12; pop %rbx; pop %rbp\n"
        "ret\n");

_Static_assert(offsetof(struct registers, vector) == 128, "the assembly's offsets");
_Static_assert(offsetof(struct registers, wide) == 640 && offsetof(struct registers, mxcsr) == 648, "the assembly's offsets");

static volatile unsigned signals_seen, faults_mended, stop;
static unsigned bad_runs, good_runs;

static int have_wide(void) { return exo_info()->xsave == EXO_XSAVE_XSAVE && (exo_info()->xcr0 & 4); }

static void registers_fill(struct registers *r, uint64_t seed)
{
    uint64_t *words = (uint64_t *)r;
    for (size_t i = 0; i < sizeof *r / 8; i++)
        words[i] = (seed << 32 | (i + 1)) * 0x9e3779b97f4a7c15u;
    r->wide = (uint64_t)have_wide();
    r->mxcsr = 0x1f80u | (seed & 3) << 13; /* rounding mode */
}

/* Whether out is what in must have become. */
static int registers_same(const struct registers *in, const struct registers *out)
{
    struct registers wanted = *in;
    wanted.rdi += PAGES * PAGE;
    wanted.wide = out->wide;
    wanted.flags = out->flags;
    size_t bytes = in->wide ? 32 : 16;
    for (unsigned i = 0; i < 16; i++)
        if (memcmp(in->vector[i], out->vector[i], bytes))
            return 0;
    return memcmp(&wanted, out, offsetof(struct registers, vector)) == 0 && out->flags & 0x400 && in->mxcsr == out->mxcsr;
}

static void pattern_once(uint64_t seed, uint64_t spin)
{
    char *area = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    struct registers in, out;
    registers_fill(&in, seed);
    memset(&out, 0, sizeof out);
    in.rdi = (uintptr_t)area;
    pattern_run(&in, &out, PAGES, spin);
    int same = registers_same(&in, &out);
    for (unsigned i = 0; i < PAGES && same; i++)
        same = area[i * PAGE] == 1;
    __atomic_add_fetch(same ? &good_runs : &bad_runs, 1, __ATOMIC_RELAXED);
    munmap(area, PAGES * PAGE);
}

static void *spinner(void *argument)
{
    for (uint64_t seed = (uintptr_t)argument; !stop; seed += 100)
        pattern_once(seed, 500);
    return NULL;
}

static void *yielder(void *argument)
{
    while (!stop)
        thread_yield();
    return argument;
}

static void *allocator(void *argument)
{
    char *kept[32] = {NULL};
    for (unsigned i = 0; !stop; i++) {
        unsigned at = i % 32, bytes = i * 7919 % 9000 + 1;
        if (kept[at] && (unsigned char)kept[at][0] != at)
            bad_runs++;
        free(kept[at]);
        kept[at] = malloc(bytes);
        memset(kept[at], (int)at, bytes);
    }
    for (unsigned i = 0; i < 32; i++)
        free(kept[i]);
    return argument;
}

/* Pages that change their protection under a writer; the handler gives it back. */
static char *guarded;

static void on_fault(int sig, siginfo_t *info, void *context)
{
    (void)context;
    char *address = info->si_addr;
    if (sig != SIGSEGV || address < guarded || address >= guarded + 4 * PAGE)
        _exit(99);
    volatile double x = 1.5;
    x = x * x + (double)faults_mended;
    mprotect((char *)((uintptr_t)address & ~(uintptr_t)(PAGE - 1)), PAGE, PROT_READ | PROT_WRITE);
    faults_mended++;
}

static void *protector(void *argument)
{
    for (unsigned i = 0; !stop; i++) {
        mprotect(guarded, 4 * PAGE, i & 1 ? PROT_READ : PROT_NONE);
        struct registers in, out;
        registers_fill(&in, i);
        in.rdi = (uintptr_t)guarded;
        pattern_run(&in, &out, 4, 50);
        in.rdi -= (PAGES - 4) * PAGE;
        if (!registers_same(&in, &out))
            bad_runs++;
    }
    return argument;
}

static void on_timer(int sig)
{
    (void)sig;
    volatile float x = (float)signals_seen;
    x = x / 3.0f;
    signals_seen++;
}

static void storm_start(useconds_t period)
{
    stop = bad_runs = good_runs = signals_seen = faults_mended = 0;
    struct sigaction action = {.sa_handler = on_timer, .sa_flags = SA_RESTART};
    sigaction(SIGALRM, &action, NULL);
    ualarm(period, period);
}

static void run_for(uint64_t ns)
{
    uint64_t end = exo_clock_ns() + ns;
    while (exo_clock_ns() < end)
        pattern_once(end, 200);
}

static void test_alone(void)
{
    storm_start(300);
    run_for(2000000000);
    ualarm(0, 0);
    EQUAL(bad_runs, 0);
    CHECK(good_runs > 10);
    CHECK(signals_seen > 50);
}

static void test_spinners(void)
{
    struct thread *threads[SPINNERS];
    storm_start(500);
    for (uintptr_t i = 0; i < SPINNERS; i++)
        CHECK(thread_create(&threads[i], "spinner", 0, spinner, (void *)(i + 1)) == 0);
    uint64_t end = exo_clock_ns() + 3000000000;
    while (exo_clock_ns() < end)
        thread_sleep_until(exo_clock_ns() + 5000000);
    stop = 1;
    for (unsigned i = 0; i < SPINNERS; i++)
        thread_join(threads[i], NULL);
    ualarm(0, 0);
    EQUAL(bad_runs, 0);
    CHECK(good_runs > 10);
}

static void test_storm(void)
{
    static void *(*const functions[])(void *) = {spinner, spinner, spinner, spinner, spinner, yielder, yielder, allocator,
                                                 allocator, protector};
    enum { COUNT = sizeof functions / sizeof functions[0] };
    struct thread *threads[COUNT];
    struct sigaction action = {.sa_sigaction = on_fault, .sa_flags = SA_SIGINFO | SA_NODEFER};
    sigaction(SIGSEGV, &action, NULL);
    guarded = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    storm_start(400);
    for (uintptr_t i = 0; i < COUNT; i++)
        CHECK(thread_create(&threads[i], "storm", 0, functions[i], (void *)(i + 1)) == 0);
    run_for(4000000000);
    stop = 1;
    for (unsigned i = 0; i < COUNT; i++)
        thread_join(threads[i], NULL);
    ualarm(0, 0);
    signal(SIGSEGV, SIG_DFL);
    EQUAL(bad_runs, 0);
    CHECK(good_runs > 10);
    CHECK(faults_mended > 5);
    munmap(guarded, 4 * PAGE);
}

/* Threads come and go while others spin: stacks and slots are used again. */
static void test_turnover(void)
{
    struct thread *spinners[3];
    storm_start(400);
    for (uintptr_t i = 0; i < 3; i++)
        CHECK(thread_create(&spinners[i], "spinner", 0, spinner, (void *)(i + 1)) == 0);
    for (uintptr_t i = 0; i < 100; i++) {
        struct thread *thread;
        void *result = NULL;
        stop = i == 99;
        CHECK(thread_create(&thread, "short", 0, i & 1 ? allocator : yielder, (void *)i) == 0);
        stop = 1;
        CHECK(thread_join(thread, &result) == 0 && result == (void *)i);
        stop = i == 99;
    }
    for (unsigned i = 0; i < 3; i++)
        thread_join(spinners[i], NULL);
    ualarm(0, 0);
    EQUAL(bad_runs, 0);
}

static const struct suite_test tests[] = {
    {test_alone, "one thread under a timer storm", 0},
    {test_spinners, "more preempted threads than context slots", 0},
    {test_storm, "faults, protection, malloc, switches and signals at once", 0},
    {test_turnover, "threads come and go", 0},
};

int main(void) { return SUITE_RUN(tests); }
