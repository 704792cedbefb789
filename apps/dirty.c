// SPDX-License-Identifier: MIT
//
// dirty: which pages were written since the last look? Three answers with the time each takes: reading the dirty bits in
// one's own page tables, which needs no call and no fault; protecting the pages and noting faults in an upcall; the same
// with mprotect and SIGSEGV, which is all that POSIX has. A garbage collector, a checkpoint or a debugger asks this.
//
// Layer: apps, straight on exo/exo.h. A round cleans (or protects) all pages, writes some of them and finds out which. The
// status is 1 if an answer is wrong. Source: Appel and Li, ASPLOS 1991; Engler 1995, §6.2.

#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "exo/exo.h"
#include "exo/layout.h"
#include "lib/util.h"

enum { PAGES = 512, ROUNDS = 5, STEP = 37 }; // STEP has no divisor in common with PAGES: an order that is none
#define AREA (EXO_TEMP_BASE + 0x200000000ull)

static char *area; // where the pages of this method are
static uint8_t noted[PAGES];

static unsigned page_of(uint64_t address)
{
    return (unsigned)((address - (uintptr_t)area) / EXO_PAGE_BYTES);
}

// One change of all pages.
static void change(uint8_t op, uint8_t prot, uint8_t soft)
{
    struct exo_pt_op what = { .va = AREA, .count = PAGES, .op = op, .prot = prot, .soft = soft };
    if (exo_pt_update(0, EXO_CAP_NONE, &what, 1) != 1) {
        util_die(1, "the kernel refuses a change of page tables");
    }
}

static void map_raw(void)
{
    area = (char *)AREA;
    for (unsigned page = 0; page < PAGES; page += EXO_FRAMES_MAX) {
        struct exo_pt_op fresh = {
            .va = AREA + page * EXO_PAGE_BYTES, .count = EXO_FRAMES_MAX, .op = EXO_PT_FRESH, .prot = EXO_PROT_WRITE };
        if (exo_pt_update(0, EXO_CAP_NONE, &fresh, 1) != 1) {
            util_die(1, "no memory");
        }
    }
}

static void unmap_raw(void)
{
    change(EXO_PT_UNMAP, 0, 0);
}

// ---- Reading the page tables ----

static void clean_bits(void)
{
    change(EXO_PT_CLEAR, 0, EXO_CLEAR_DIRTY);
}

static void read_bits(void)
{
    const volatile uint64_t *entry = (const volatile uint64_t *)EXO_WINDOW_PT + AREA / EXO_PAGE_BYTES;
    for (unsigned page = 0; page < PAGES; page++) {
        noted[page] = (entry[page] & EXO_PTE_D) != 0;
    }
}

// ---- Protecting, and an upcall for each first write ----

static exo_fault_hook_fn *hook_before;

__attribute__((target("general-regs-only"))) static bool on_fault(struct exo_fault *fault)
{
    if (fault->vector != 14 || fault->address - AREA >= PAGES * EXO_PAGE_BYTES) {
        return false;
    }
    noted[page_of(fault->address)] = 1;
    struct exo_pt_op open = {
        .va = fault->address & -(uint64_t)EXO_PAGE_BYTES, .count = 1, .op = EXO_PT_PROTECT, .prot = EXO_PROT_WRITE };
    return exo_pt_update(0, EXO_CAP_NONE, &open, 1) == 1;
}

static void map_hooked(void)
{
    map_raw();
    hook_before = exo_fault_hook(on_fault);
}

static void unmap_hooked(void)
{
    exo_fault_hook(hook_before);
    unmap_raw();
}

static void close_all(void)
{
    change(EXO_PT_PROTECT, 0, 0);
}

// ---- The same with POSIX ----

static void on_signal(int number, siginfo_t *info, void *context)
{
    (void)number;
    (void)context;
    noted[page_of((uintptr_t)info->si_addr)] = 1;
    mprotect((void *)((uintptr_t)info->si_addr & -(uintptr_t)EXO_PAGE_BYTES), EXO_PAGE_BYTES, PROT_READ | PROT_WRITE);
}

static void map_posix(void)
{
    struct sigaction action = { .sa_sigaction = on_signal, .sa_flags = SA_SIGINFO };
    area = mmap(NULL, PAGES * EXO_PAGE_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (area == MAP_FAILED || sigaction(SIGSEGV, &action, NULL) != 0) {
        util_die(1, "no memory");
    }
    memset(area, 1, PAGES * EXO_PAGE_BYTES);
}

static void unmap_posix(void)
{
    munmap(area, PAGES * EXO_PAGE_BYTES);
    signal(SIGSEGV, SIG_DFL);
}

static void mprotect_all(void)
{
    mprotect(area, PAGES * EXO_PAGE_BYTES, PROT_READ);
}

// ---- Comparing ----

static const struct method {
    const char *name;
    void (*map)(void), (*unmap)(void);
    void (*begin)(void), (*find)(void); // find NULL: noted as it happened
} methods[] = {
    { "read the tables", map_raw, unmap_raw, clean_bits, read_bits },
    { "protect, upcall", map_hooked, unmap_hooked, close_all, NULL },
    { "mprotect, SIGSEGV", map_posix, unmap_posix, mprotect_all, NULL },
};

// One round with `writes` pages written. Returns nanoseconds, the writes themselves not taken off.
static uint64_t round_of(const struct method *method, unsigned writes)
{
    memset(noted, 0, sizeof noted);
    uint64_t start = exo_clock_ns();
    method->begin();
    for (unsigned i = 0; i < writes; i++) {
        *(volatile char *)(area + i * STEP % PAGES * EXO_PAGE_BYTES) = 1;
    }
    if (method->find != NULL) {
        method->find();
    }
    uint64_t took = exo_clock_ns() - start;
    uint8_t wanted[PAGES] = { 0 };
    for (unsigned i = 0; i < writes; i++) {
        wanted[i * STEP % PAGES] = 1;
    }
    if (memcmp(noted, wanted, sizeof wanted) != 0) {
        util_die(1, "%s: the wrong pages were found", method->name);
    }
    return took;
}

int main(int argc, char **argv)
{
    static const unsigned writes[] = { 0, 16, 128, 512 };
    util_start(argv[0]);
    if (argc > 1) {
        return util_usage("");
    }
    printf("%d pages; ns to find those written (guest instructions under exon-run --icount)\n%-18s", PAGES, "pages written");
    for (unsigned i = 0; i < sizeof writes / sizeof writes[0]; i++) {
        printf("%10u", writes[i]);
    }
    for (const struct method *m = methods; m < methods + sizeof methods / sizeof methods[0]; m++) {
        printf("\n%-18s", m->name);
        m->map();
        for (unsigned i = 0; i < sizeof writes / sizeof writes[0]; i++) {
            uint64_t best = UINT64_MAX;
            for (unsigned n = 0; n < ROUNDS; n++) {
                uint64_t took = round_of(m, writes[i]);
                best = took < best ? took : best;
            }
            printf("%10llu", (unsigned long long)best);
        }
        m->unmap();
    }
    printf("\n");
    return util_finish(0);
}
