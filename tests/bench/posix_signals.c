/* SPDX-License-Identifier: MIT
 *
 * posix_signals.c: signals, and Appel and Li's primitives (ASPLOS 1991) with what POSIX offers: mprotect and SIGSEGV.
 * Layer: tests.
 *
 * fault_signal's handler does nothing but step over the instruction that faulted, of two bytes (uc_mcontext, which both
 * systems have).
 */
#include "bench.h"

#include <signal.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>

#define PAGES 100
#define PAGE 4096
#define STEP 37 /* without a divisor in common with PAGES: an order that is none */

static char *area;
static volatile int count;
static struct sigaction old;

static void handle(int number, void (*handler)(int, siginfo_t *, void *))
{
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_sigaction = handler;
    action.sa_flags = SA_SIGINFO;
    bench_need(sigaction(number, &action, &old) == 0, "sigaction fails");
}

static void protect(char *page, uint32_t pages, int prot)
{
    bench_need(mprotect(page, (size_t)pages * PAGE, prot) == 0, "mprotect fails");
}

static void map_area(void)
{
    area = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    bench_need(area != MAP_FAILED, "mmap fails");
    memset(area, 1, PAGES * PAGE);
}

static void restore(int number)
{
    sigaction(number, &old, NULL);
    if (area)
        munmap(area, PAGES * PAGE);
    area = NULL;
}
static void restore_segv(void) { restore(SIGSEGV); }
static void restore_usr1(void) { restore(SIGUSR1); }

static char *page_of(siginfo_t *info)
{
    return (char *)((uintptr_t)info->si_addr & ~(uintptr_t)(PAGE - 1));
}

/* ---- A signal to oneself ---- */

static void on_count(int number, siginfo_t *info, void *context)
{
    (void)number, (void)info, (void)context;
    count++;
}
static void before_raise(void) { handle(SIGUSR1, on_count); }

static void run_raise(uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        raise(SIGUSR1);
}
/* row raise: signal to oneself | Signals
 * raise(SIGUSR1) with a handler that counts; musl's raise blocks signals for its time, as it must for its threads. */
BENCH(raise, 50, run_raise, before_raise, restore_usr1)

/* ---- A fault, handled by nothing ---- */

static void on_skip(int number, siginfo_t *info, void *context)
{
    (void)number, (void)info;
    ((ucontext_t *)context)->uc_mcontext.gregs[REG_RIP] += 2;
}

static void before_fault(void)
{
    map_area();
    protect(area, PAGES, PROT_NONE);
    handle(SIGSEGV, on_skip);
}

static void run_fault(uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        __asm__ volatile("movl (%0), %%eax" : : "D"(area) : "eax", "memory"); /* 8b 07 */
}
/* row fault_signal: SIGSEGV and back | Signals
 * a handler that steps over the load. */
BENCH(fault_signal, 30, run_fault, before_fault, restore_segv)

/* ---- Appel and Li ---- */

/* trap: write to a protected page, unprotect it in the handler, go on. In ascending order, which splits no mapping. */
static void on_unprotect(int number, siginfo_t *info, void *context)
{
    (void)number, (void)context;
    protect(page_of(info), 1, PROT_READ | PROT_WRITE);
}

static void before_trap(void)
{
    map_area();
    for (uint32_t i = 0; i < PAGES; i++)
        protect(area + (size_t)i * PAGE, 1, PROT_READ);
    handle(SIGSEGV, on_unprotect);
}

static void run_trap(uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        *(volatile char *)(area + (size_t)i * PAGE) = 1;
}
/* row posix_trap: SIGSEGV, mprotect, back | Signals
 * write fault; the handler makes the page writable. */
BENCH(posix_trap, 30, run_trap, before_trap, restore_segv)

/* appel1: write to a random protected page; the handler protects another one and unprotects that one. */
static uint32_t open_page;

static void on_appel1(int number, siginfo_t *info, void *context)
{
    (void)number, (void)context;
    protect(area + (size_t)open_page * PAGE, 1, PROT_READ);
    open_page = (uint32_t)((size_t)(page_of(info) - area) / PAGE);
    protect(page_of(info), 1, PROT_READ | PROT_WRITE);
}

static void before_appel1(void)
{
    map_area();
    protect(area, PAGES, PROT_READ);
    open_page = PAGES - 1;
    protect(area + (size_t)open_page * PAGE, 1, PROT_READ | PROT_WRITE);
    handle(SIGSEGV, on_appel1);
}

static void run_random(uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        *(volatile char *)(area + (size_t)(i * STEP % PAGES) * PAGE) = 1;
}
/* row posix_appel1: appel1 with mprotect | Signals
 * the handler protects one page and unprotects another: two calls. */
BENCH(posix_appel1, 30, run_random, before_appel1, restore_segv)

/* appel2: protect a hundred pages, write to each in random order, the handler unprotects it. A page. */
static void before_appel2(void)
{
    map_area();
    handle(SIGSEGV, on_unprotect);
}

static void run_appel2(uint32_t n)
{
    protect(area, PAGES, PROT_READ);
    run_random(n);
}
/* row posix_appel2: appel2 with mprotect, a page | Signals
 * protect 100 pages by one call, write to each in random order, unprotect it in the handler by a call. */
BENCH(posix_appel2, PAGES, run_appel2, before_appel2, restore_segv)
