// SPDX-License-Identifier: MIT
//
// primitives.c: what primitives.h lists.

#include "primitives.h"

#include <stdbool.h>

#define PAGES PRIMITIVE_PAGES
#define STEP 37 // without a divisor in common with PAGES: an order that is none
#define WRITABLE EXO_PROT_WRITE
#define HANDLER __attribute__((target("general-regs-only"))) // runs in the fault upcall, where the FPU is another's

static exo_fault_hook_fn *old_hook;
static uint32_t open_page; // appel1: the one page that can be written

static inline void protect(uint64_t va, uint32_t pages, unsigned prot)
{
    primitive_change(va, pages, EXO_PT_PROTECT, prot);
}

static inline void write_to(uint32_t page)
{
    *(volatile char *)primitive_page(page) = 1;
}

// ---- Before and after ----

void primitive_map(void)
{
    struct exo_pt_op ops[2] = {
        { .va = primitive_page(0), .count = PAGES / 2, .op = EXO_PT_FRESH, .prot = WRITABLE },
        { .va = primitive_page(PAGES / 2), .count = PAGES / 2, .op = EXO_PT_FRESH, .prot = WRITABLE },
    };
    primitive_update(&ops[0], 1);
    primitive_update(&ops[1], 1);
    for (uint32_t i = 0; i < PAGES; i++) {
        write_to(i);
    }
}

void primitive_unmap(uint32_t pages)
{
    struct exo_pt_op op = { .va = PRIMITIVE_AREA, .count = pages, .op = EXO_PT_UNMAP };
    primitive_update(&op, 1);
}

static void unmap_all(void)
{
    primitive_unmap(PAGES);
}

static void map_protected(void)
{
    primitive_map();
    protect(PRIMITIVE_AREA, PAGES, 0);
}

// ---- Without a fault ----

static void run_dirty(uint32_t n)
{
    uint64_t all = EXO_PTE_D;
    const volatile uint64_t *entry = (const volatile uint64_t *)EXO_WINDOW_PT + (PRIMITIVE_AREA >> EXO_PAGE_BITS);
    for (uint32_t i = 0; i < n; i++) {
        all &= entry[i];
    }
    if (all == 0) { // a page that was written is not dirty
        __builtin_trap();
    }
}

static void run_prot1(uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        protect(primitive_page(i), 1, 0);
    }
}

static void run_prot100(uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        protect(PRIMITIVE_AREA, PAGES, 0);
    }
}

static void run_unprot100(uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        protect(PRIMITIVE_AREA, PAGES, WRITABLE);
    }
}

// ---- With a fault for each operation ----

static HANDLER uint64_t page_of(const struct exo_fault *fault)
{
    return fault->address & ~(uint64_t)(EXO_PAGE_BYTES - 1);
}

static HANDLER bool on_trap(struct exo_fault *fault)
{
    protect(page_of(fault), 1, WRITABLE);
    return true;
}

static HANDLER bool on_appel1(struct exo_fault *fault)
{
    uint64_t page = page_of(fault);
    protect(primitive_page(open_page), 1, 0);
    protect(page, 1, WRITABLE);
    open_page = (uint32_t)((page - PRIMITIVE_AREA) / EXO_PAGE_BYTES);
    return true;
}

static void before_trap(void)
{
    map_protected();
    old_hook = exo_fault_hook(on_trap);
}

static void before_appel1(void)
{
    map_protected();
    open_page = PAGES - 1;
    protect(primitive_page(open_page), 1, WRITABLE);
    old_hook = exo_fault_hook(on_appel1);
}

static void before_appel2(void)
{
    primitive_map();
    old_hook = exo_fault_hook(on_trap);
}

static void after_faults(void)
{
    exo_fault_hook(old_hook);
    unmap_all();
}

static void run_trap(uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        write_to(i);
    }
}

static void run_random(uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        write_to(i * STEP % PAGES);
    }
}

static void run_appel2(uint32_t n)
{
    protect(PRIMITIVE_AREA, PAGES, 0);
    run_random(n);
}

const struct primitive primitives[PRIMITIVES] = {
    { "dirty", "read the dirty bit of a page", PAGES, primitive_map, run_dirty, unmap_all },
    { "prot1", "protect a page", PAGES, primitive_map, run_prot1, unmap_all },
    { "prot100", "protect 100 pages", 1, primitive_map, run_prot100, unmap_all },
    { "unprot100", "unprotect 100 pages", 1, map_protected, run_unprot100, unmap_all },
    { "trap", "write fault, unprotect in the handler", 50, before_trap, run_trap, after_faults },
    { "appel1", "the same, protecting another page too", 50, before_appel1, run_random, after_faults },
    { "appel2", "a page of: protect 100, then trap each", PAGES, before_appel2, run_appel2, after_faults },
};
