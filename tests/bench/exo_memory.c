/* SPDX-License-Identifier: MIT
 *
 * exo_memory.c: Exon alone: Appel and Li's virtual-memory primitives (ASPLOS 1991; Engler 1995, §6.2) on one's own page
 * tables, and getting frames. Layer: tests.
 *
 * The pages lie where no region of the library is, and faults on them go to a hook of this file.
 */
#include "bench.h"

#include <stdbool.h>
#include <stddef.h>

#include "exo/exo.h"
#include "exo/layout.h"

#define PAGES 100
#define STEP 37 /* without a divisor in common with PAGES: an order that is none */
#define AREA (EXO_TEMP_BASE + 0x100000000ull)
#define FULL EXO_PROT_WRITE

static exo_fault_hook_fn *old_hook;
static uint32_t open_page;

static uint64_t page_at(uint32_t page) { return AREA + (uint64_t)page * EXO_PAGE_BYTES; }

/* One call; what it should do is done, or the program ends. */
static inline void update(const struct exo_pt_op *ops, uint32_t n)
{
    if (exo_pt_update(0, 0, ops, n) != n)
        __builtin_trap();
}

static inline void change(uint64_t va, uint32_t pages, unsigned op, unsigned prot)
{
    if (exo_pt_one(va, 0, pages, EXO_PT_WHAT(op, prot, 0, 0)) != 1)
        __builtin_trap();
}

static inline void protect(uint64_t va, uint32_t pages, unsigned prot)
{
    change(va, pages, EXO_PT_PROTECT, prot);
}

/* ---- Before and after rounds ---- */

static void fill(uint32_t first, uint32_t pages)
{
    struct exo_pt_op op = {.va = page_at(first), .count = pages, .op = EXO_PT_FRESH, .prot = FULL};
    bench_need(exo_pt_update(0, 0, &op, 1) == 1, "no frames");
}

static void map_area(void)
{
    fill(0, PAGES / 2);
    fill(PAGES / 2, PAGES / 2);
    for (uint32_t i = 0; i < PAGES; i++)
        *(volatile char *)page_at(i) = 1;
}

static void unmap_area(void)
{
    struct exo_pt_op op = {.va = AREA, .count = PAGES, .op = EXO_PT_UNMAP};
    bench_need(exo_pt_update(0, 0, &op, 1) == 1, "unmapping fails");
}

static void map_protected(void)
{
    map_area();
    protect(AREA, PAGES, 0);
}

/* ---- Changing protection ---- */

static void run_prot1(uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        protect(page_at(i), 1, 0);
}
BENCH(prot1, PAGES, run_prot1, map_area, unmap_area)

static void run_prot100(uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        protect(AREA, PAGES, 0);
}
BENCH(prot100, 1, run_prot100, map_area, unmap_area)

static void run_unprot100(uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        protect(AREA, PAGES, FULL);
}
BENCH(unprot100, 1, run_unprot100, map_protected, unmap_area)

static void run_dirty(uint32_t n)
{
    uint64_t all = EXO_PTE_D;
    const volatile uint64_t *entry = (const volatile uint64_t *)EXO_WINDOW_PT + (AREA >> EXO_PAGE_BITS);
    for (uint32_t i = 0; i < n; i++)
        all &= entry[i];
    bench_need(all != 0, "a page that was written is not dirty");
}
BENCH(dirty, PAGES, run_dirty, map_area, unmap_area)

/* ---- Faults ---- */

__attribute__((target("general-regs-only"))) static bool on_trap(struct exo_fault *fault)
{
    protect(fault->address & ~(uint64_t)(EXO_PAGE_BYTES - 1), 1, FULL);
    return true;
}

__attribute__((target("general-regs-only"))) static bool on_appel1(struct exo_fault *fault)
{
    uint64_t page = fault->address & ~(uint64_t)(EXO_PAGE_BYTES - 1);
    protect(page_at(open_page), 1, 0);
    protect(page, 1, FULL);
    open_page = (uint32_t)((page - AREA) / EXO_PAGE_BYTES);
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
    protect(page_at(open_page), 1, FULL);
    old_hook = exo_fault_hook(on_appel1);
}

static void before_appel2(void)
{
    map_area();
    old_hook = exo_fault_hook(on_trap);
}

static void after_trap(void)
{
    exo_fault_hook(old_hook);
    unmap_area();
}

static void run_trap(uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        *(volatile char *)page_at(i) = 1;
}
BENCH(trap, 50, run_trap, before_trap, after_trap)

static void run_random(uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        *(volatile char *)page_at(i * STEP % PAGES) = 1;
}
BENCH(appel1, 50, run_random, before_appel1, after_trap)

static void run_appel2(uint32_t n)
{
    protect(AREA, PAGES, 0);
    run_random(n);
}
BENCH(appel2, PAGES, run_appel2, before_appel2, after_trap)

/* ---- Frames ---- */

/* Where this activation's pages are, so that several can do this at once: in tables of their own. */
static uint64_t own_area(void) { return AREA + exo_act()->index * 0x40000000ull; }

/* A fresh, zeroed frame of the kernel's choice, mapped, written to. The table pages are there. */
static void run_frame(uint32_t n)
{
    uint64_t va = own_area();
    for (uint32_t i = 0; i < n; i++, va += EXO_PAGE_BYTES) {
        change(va, 1, EXO_PT_FRESH, FULL);
        *(volatile char *)va = 1;
    }
}

static void unmap_own_area(void)
{
    struct exo_pt_op op = {.va = own_area(), .count = PAGES, .op = EXO_PT_UNMAP};
    bench_need(exo_pt_update(0, 0, &op, 1) == 1, "unmapping fails");
}
BENCH(frame_map, PAGES, run_frame, NULL, unmap_own_area)

/* The same in one call for 50 frames. */
static void run_frames(uint32_t n)
{
    struct exo_pt_op op = {.va = AREA, .count = n, .op = EXO_PT_FRESH, .prot = FULL};
    update(&op, 1);
    for (uint32_t i = 0; i < n; i++)
        *(volatile char *)page_at(i) = 1;
}

static void unmap_half(void)
{
    struct exo_pt_op op = {.va = AREA, .count = PAGES / 2, .op = EXO_PT_UNMAP};
    bench_need(exo_pt_update(0, 0, &op, 1) == 1, "unmapping fails");
}
BENCH(frame_map_50, PAGES / 2, run_frames, NULL, unmap_half)

/* The frame by name: allocated, mapped, written to, in two calls. */
static void run_frame_named(uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        frame_t frame = EXO_FRAME_ANY;
        if (exo_frame_alloc(0, &frame, 1, EXO_FRAME_ZERO | EXO_FRAME_AUTO) < 0)
            __builtin_trap();
        struct exo_pt_op op = {.va = page_at(i), .frame = frame, .count = 1, .op = EXO_PT_MAP, .prot = FULL};
        update(&op, 1);
        *(volatile char *)page_at(i) = 1;
    }
}
BENCH(frame_alloc_map, PAGES, run_frame_named, NULL, unmap_area)
