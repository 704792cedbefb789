/* SPDX-License-Identifier: MIT
 *
 * more.c: memory for heaps: one range of demand-zero pages that grows upwards, above what sbrk can reach. Layer: libos/mem/heap.
 * Never given back: what is taken apart into blocks seldom becomes whole again.
 */
#include <unistd.h>

#include "exo/layout.h"
#include "mem/heap/heap.h"
#include "mem/pages.h"
#include "mem/vm.h"

#define BASE (EXO_HEAP_BASE + (EXO_HEAP_END - EXO_HEAP_BASE) / 2 / HEAP_MORE * HEAP_MORE)

_Static_assert(BASE % HEAP_MORE == 0, "alignment of what heap_more returns first");

static size_t grown;

void *heap_more(size_t bytes)
{
    vaddr_t address = BASE + grown;
    bytes = heap_round(bytes, HEAP_MORE);
    if (bytes > EXO_HEAP_END - address ||
        vm_map(&address, bytes, REGION_READ | REGION_WRITE, REGION_HEAP, VM_FIXED | VM_NO_REPLACE, "heap") < 0)
        return NULL;
    grown += bytes;
    return (void *)address;
}

size_t heap_footprint(void) { return grown + (size_t)((char *)sbrk(0) - (char *)EXO_HEAP_BASE); }

size_t heap_resident(void)
{
    vaddr_t end = heap_round((uintptr_t)sbrk(0), EXO_PAGE_BYTES);
    uint32_t was;
    vm_enter(&was);
    uint64_t pages = pages_present(EXO_HEAP_BASE, end) + pages_present(BASE, BASE + grown);
    vm_leave(was);
    return pages * EXO_PAGE_BYTES;
}
