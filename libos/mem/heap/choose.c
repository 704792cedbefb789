/* SPDX-License-Identifier: MIT
 *
 * choose.c: the library's heaps by name, and the one that the environment names. Layer: libos/mem/heap. Linked by -lheap.
 */
#include <stdlib.h>
#include <string.h>

#include "exo/choice.h"
#include "mem/heap/choose.h"

const struct heap *const heaps[] = {&heap_newlib, &heap_bump, &heap_list,    &heap_blocks,
                                    &heap_buddy,  &heap_slab, &heap_classes, NULL};

const struct heap *heap_find(const char *name)
{
    if (strcmp(name, heap_default->name) == 0)
        return heap_default;
    for (const struct heap *const *heap = heaps; *heap; heap++)
        if (strcmp(name, (*heap)->name) == 0)
            return *heap;
    return NULL;
}

static const char *name_at(unsigned i) { return heaps[i] ? heaps[i]->name : NULL; }

const struct heap *heap_by_name(void)
{
    const char *name = getenv("EXON_HEAP");
    const struct heap *heap = name ? heap_find(name) : heap_default;
    if (!heap)
        choice_refuse("heap", name, name_at);
    return heap;
}
