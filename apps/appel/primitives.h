/* SPDX-License-Identifier: MIT
 *
 * primitives.h: the virtual-memory primitives of Appel and Li (ASPLOS 1991), as Engler 1995, §6.2 reports them, on one's own
 * page tables: dirty, trap, prot1, prot100, unprot100, appel1, appel2. Layer: apps, straight on exo/exo.h.
 *
 * What is measured, for whoever has a clock: main.c prints a table, tests/bench/exo_memory.c makes rows of it. The pages lie
 * where no region of the library is, and faults on them go to a hook of primitives.c. One thread at a time.
 */
#ifndef APPS_APPEL_PRIMITIVES_H
#define APPS_APPEL_PRIMITIVES_H

#include <stdint.h>

#include "exo/exo.h"
#include "exo/layout.h"

#define PRIMITIVE_PAGES 100
#define PRIMITIVE_AREA (EXO_TEMP_BASE + 0x100000000ull)

struct primitive {
    const char *name, *does;
    uint32_t operations;     /* of a round, at most PRIMITIVE_PAGES: */
    void (*before)(void);    /* maps the pages; not to be measured, */
    void (*run)(uint32_t n); /* does n operations, */
    void (*after)(void);     /* unmaps them */
};

enum { PRIMITIVES = 7 };
extern const struct primitive primitives[PRIMITIVES];

static inline uint64_t primitive_page(uint32_t page) { return PRIMITIVE_AREA + (uint64_t)page * EXO_PAGE_BYTES; }

/* One call that changes a range of pages, and the same for a list of ranges. What the kernel refuses is a mistake in here: it
 * ends the program. */
static inline void primitive_change(uint64_t va, uint32_t pages, unsigned op, unsigned prot)
{
    if (exo_pt_one(va, 0, pages, EXO_PT_WHAT(op, prot, 0, 0)) != 1)
        __builtin_trap();
}

static inline void primitive_update(const struct exo_pt_op *ops, uint32_t n)
{
    if (exo_pt_update(0, 0, ops, n) != n)
        __builtin_trap();
}

/* Maps all pages, writable and written to; takes the first `pages` away. */
void primitive_map(void);
void primitive_unmap(uint32_t pages);

#endif
