// SPDX-License-Identifier: MIT
//
// page_fault: memory that computes itself. A table of a hundred million squares takes 800 MB, but no page of it exists until
// somebody looks at it: then the program's own page-fault handler asks the kernel for a page of zeroes and fills it in. The
// handler is an upcall; going on afterwards needs no system call.
//
//     build/bin/exon-cc -O2 -o page_fault apps/examples/page_fault.c && build/bin/exon-run --memory 32 page_fault

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "exo/exo.h"
#include "exo/layout.h"

#define TABLE ((const volatile uint64_t *)0x300000000000) // between EXO_MMAP_BASE and EXO_MMAP_END, far from what mmap hands out
#define ENTRIES 100000000ull
#define PER_PAGE (EXO_PAGE_BYTES / sizeof(uint64_t))

static unsigned filled;

// Runs disabled, on a stack of its own, while the FPU state is still the faulting code's: hence general registers alone.
__attribute__((target("general-regs-only"))) static bool fill_page(struct exo_fault *fault)
{
    uint64_t page = fault->address & -(uint64_t)EXO_PAGE_BYTES, first = (page - (uintptr_t)TABLE) / sizeof(uint64_t);
    if (fault->vector != 14 || page < (uintptr_t)TABLE || first >= ENTRIES) {
        return false; // not ours: the library handles it, or the program gets SIGSEGV
    }
    struct exo_pt_op fresh = { .va = page, .count = 1, .op = EXO_PT_FRESH, .prot = EXO_PROT_WRITE };
    if (exo_pt_update(0, EXO_CAP_NONE, &fresh, 1) != 1) {
        return false;
    }
    for (uint64_t i = 0; i < PER_PAGE; i++) {
        ((uint64_t *)page)[i] = (first + i) * (first + i);
    }
    filled++;
    return true; // try the access again
}

int main(void)
{
    static const uint64_t looked_at[] = { 3, 5, 12345, 99999999, 12346 };
    exo_fault_hook(fill_page);
    for (unsigned i = 0; i < sizeof looked_at / sizeof looked_at[0]; i++) {
        printf("%llu squared is %llu\n", (unsigned long long)looked_at[i], (unsigned long long)TABLE[looked_at[i]]);
    }
    printf("pages filled: %u of %llu\n", filled, ENTRIES / PER_PAGE);
    return 0;
}
