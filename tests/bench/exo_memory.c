/* SPDX-License-Identifier: MIT
 *
 * exo_memory.c: Exon alone: Appel and Li's virtual-memory primitives (apps/appel/primitives.h, which apps/appel measures too)
 * and getting frames. Layer: tests.
 */
#include "bench.h"

#include "../../apps/appel/primitives.h"

#define PAGES PRIMITIVE_PAGES
#define FULL EXO_PROT_WRITE

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

/* A fresh, zeroed frame of the kernel's choice, mapped, written to. The table pages are there. */
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
BENCH(frame_alloc_map, PAGES, run_frame_named, NULL, unmap_area)
