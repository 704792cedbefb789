/* SPDX-License-Identifier: MIT
 *
 * exo_memory.c: Exon alone: Appel and Li's virtual-memory primitives (apps/appel/primitives.h, which apps/appel measures too)
 * and getting frames. Layer: tests.
 */
#include "bench.h"

#include "../../apps/appel/primitives.h"

#define PAGES PRIMITIVE_PAGES
#define FULL EXO_PROT_WRITE

/* row dirty: read a dirty bit | What an exokernel's program does itself | goal 10 | Exon alone
 * a load from one's own page table; Linux tells no program. */
/* row prot1: prot1: protect a page | What an exokernel's program does itself | goal 250 | Linux mprotect_1
 * Exon: one range call of one page, made read-only. Linux: mprotect of one page, by turns, which splits and joins its mapping. */
/* row prot100: prot100: protect 100 pages | What an exokernel's program does itself | goal 5000 | Linux mprotect_100
 * Exon: one range call. Linux: mprotect, read-only and writable by turns. */
/* row unprot100: unprot100: unprotect 100 pages | What an exokernel's program does itself | goal 5000 | Linux mprotect_100
 * Exon: one range call. Linux: mprotect, read-only and writable by turns. */
/* row trap: write fault, unprotect in the handler, back | What an exokernel's program does itself | goal 350 | Linux posix_trap
 * Exon: fault hook and one call. Linux: SIGSEGV and mprotect; pages in ascending order. */
/* row appel1: appel1 | What an exokernel's program does itself | goal 600 | Linux posix_appel1
 * write to a random protected page; the handler protects another and unprotects it. Exon: one call for both. */
/* row appel2: appel2, a page | What an exokernel's program does itself | Linux posix_appel2
 * protect 100 pages, write to each in random order, unprotect it in the handler. */

__attribute__((constructor)) static void add_primitives(void)
{
    static struct bench_row rows[PRIMITIVES];
    for (unsigned i = 0; i < PRIMITIVES; i++) {
        const struct primitive *from = &primitives[i];
        rows[i] = (struct bench_row){
            .name = from->name, .n = from->operations, .run = from->run, .before = from->before, .after = from->after};
        bench_add(&rows[i]);
    }
}

static void unmap_area(void) { primitive_unmap(PAGES); }

/* ---- Frames ---- */

/* Where this activation's pages are, so that several can do this at once: in tables of their own. */
static uint64_t own_area(void) { return PRIMITIVE_AREA + exo_act()->index * 0x40000000ull; }

/* A fresh, zeroed frame of the kernel's choice, mapped, written to; with the tables, which the round before took away. */
static void run_frame(uint32_t n)
{
    uint64_t va = own_area();
    for (uint32_t i = 0; i < n; i++, va += EXO_PAGE_BYTES) {
        primitive_change(va, 1, EXO_PT_FRESH, FULL);
        *(volatile char *)va = 1;
    }
}

static void unmap_own_area(void)
{
    struct exo_pt_op op = {.va = own_area(), .count = PAGES, .op = EXO_PT_UNMAP};
    bench_need(exo_pt_update(0, 0, &op, 1) == 1, "unmapping fails");
}
/* row frame_map: frame: allocate, map, touch | What an exokernel's program does itself | goal 1000 | Linux page_fault
 * Exon: one call, zeroed. Linux: a page fault on anonymous memory. The tables for the pages are made in the round, on both. */
BENCH(frame_map, PAGES, run_frame, NULL, unmap_own_area)

/* The same in one call for 50 frames. */
static void run_frames(uint32_t n)
{
    struct exo_pt_op op = {.va = PRIMITIVE_AREA, .count = n, .op = EXO_PT_FRESH, .prot = FULL};
    primitive_update(&op, 1);
    for (uint32_t i = 0; i < n; i++)
        *(volatile char *)primitive_page(i) = 1;
}

static void unmap_half(void) { primitive_unmap(PAGES / 2); }
/* row frame_map_50: frame: allocate, map, touch, 50 a call | What an exokernel's program does itself | Linux page_fault
 * the same, 50 frames in one call; a frame. */
BENCH(frame_map_50, PAGES / 2, run_frames, NULL, unmap_half)

/* The frame by name: allocated, mapped, written to, in two calls. */
static void run_frame_named(uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        frame_t frame = EXO_FRAME_ANY;
        if (exo_frame_alloc(0, &frame, 1, EXO_FRAME_ZERO | EXO_FRAME_AUTO) < 0)
            __builtin_trap();
        struct exo_pt_op op = {.va = primitive_page(i), .frame = frame, .count = 1, .op = EXO_PT_MAP, .prot = FULL};
        primitive_update(&op, 1);
        *(volatile char *)primitive_page(i) = 1;
    }
}
/* row frame_alloc_map: frame: allocate by name, map, touch | What an exokernel's program does itself | Exon alone
 * two calls, zeroed. */
BENCH(frame_alloc_map, PAGES, run_frame_named, NULL, unmap_area)
