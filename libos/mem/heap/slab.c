/* SPDX-License-Identifier: MIT
 *
 * slab.c: objects of one size share a page, the slab; those of a size come from slabs that are partly used. Layer: libos/mem/heap.
 *
 * Taking and giving a small object are O(1), without a word of the heap's in or before it; a slab that becomes empty is for any
 * size again, but for one in reserve. Larger than RUN_SMALL: runs of pages, O(n) of n free ones. Source: Bonwick, "The Slab
 * Allocator", USENIX Summer 1994, less constructors and colours, which need to know what the objects are.
 */
#include "mem/heap/runs.h"

static struct run *partial[RUN_CLASSES]; /* slabs with a free object */

static void link_slab(struct run **list, struct run *slab)
{
    slab->prev = NULL;
    slab->next = *list;
    if (slab->next)
        slab->next->prev = slab;
    *list = slab;
}

static void unlink_slab(struct run **list, struct run *slab)
{
    if (slab->prev)
        slab->prev->next = slab->next;
    else
        *list = slab->next;
    if (slab->next)
        slab->next->prev = slab->prev;
}

static void *take(size_t bytes, size_t align)
{
    size_t object_bytes = run_object_bytes(bytes, align);
    if (object_bytes > RUN_SMALL)
        return run_take_large(bytes, align);
    unsigned class = run_class(object_bytes);
    struct run **list = &partial[class], *slab = *list;
    if (!slab) {
        uint32_t count;
        slab = run_take(1);
        if (!slab)
            return NULL;
        slab->free = run_carve(slab, run_class_bytes(class), &count);
        link_slab(list, slab);
    }
    void *object = slab->free;
    slab->free = *(void **)object;
    slab->used++;
    if (!slab->free)
        unlink_slab(list, slab);
    return object;
}

static void give(void *block)
{
    struct run *slab = run_of(block);
    if (!slab->object) {
        run_give(slab->whole);
        return;
    }
    struct run **list = &partial[run_class(slab->object)];
    if (!slab->free)
        link_slab(list, slab);
    *(void **)block = slab->free;
    slab->free = block;
    if (--slab->used == 0 && (slab->next || slab->prev)) {
        unlink_slab(list, slab);
        run_give(slab);
    }
}

const struct heap heap_slab = {.name = "slab", .take = take, .give = give, .room = run_room};
