/* SPDX-License-Identifier: MIT
 *
 * runs.c: runs of pages, and objects in them (runs.h). Layer: libos/mem/heap.
 */
#include "mem/heap/runs.h"

static struct run *first; /* free, by address */

void run_give(struct run *run)
{
    struct run **link = &first, *before = NULL;
    for (; *link && *link < run; link = &(*link)->next)
        before = *link;
    run->next = *link;
    *link = run;
    if (run->next && (char *)run + run->pages * RUN_PAGE == (char *)run->next) {
        run->pages += run->next->pages;
        run->next = run->next->next;
    }
    if (before && (char *)before + before->pages * RUN_PAGE == (char *)run) {
        before->pages += run->pages;
        before->next = run->next;
    }
}

struct run *run_take(size_t pages)
{
    for (;;) {
        for (struct run **link = &first; *link; link = &(*link)->next) {
            struct run *run = *link;
            if (run->pages < pages)
                continue;
            run->pages -= pages;
            if (run->pages == 0)
                *link = run->next;
            run = (struct run *)((char *)run + run->pages * RUN_PAGE);
            *run = (struct run){.whole = run, .pages = pages};
            return run;
        }
        size_t bytes = heap_round(pages * RUN_PAGE, HEAP_MORE);
        struct run *more = heap_more(bytes);
        if (!more)
            return NULL;
        more->pages = bytes / RUN_PAGE;
        run_give(more);
    }
}

void *run_take_large(size_t bytes, size_t align)
{
    size_t slack = align > RUN_HEAD ? align : RUN_HEAD;
    struct run *run = run_take((bytes + slack + RUN_PAGE - 1) / RUN_PAGE);
    if (!run)
        return NULL;
    char *block = heap_align((char *)run + RUN_HEAD, align);
    if (run_of(block) != run)
        *run_of(block) = *run;
    return block;
}

size_t run_room(const void *block)
{
    const struct run *run = run_of(block);
    return run->object ? run->object : (size_t)((char *)run->whole + run->pages * RUN_PAGE - (const char *)block);
}

void *run_carve(struct run *run, size_t object, uint32_t *count)
{
    size_t start = object & (object - 1) ? RUN_HEAD : heap_round(RUN_HEAD, object);
    void *list = NULL;
    *count = (uint32_t)((RUN_PAGE - start) / object);
    run->object = (uint32_t)object;
    for (uint32_t i = *count; i > 0; i--) {
        void **at = (void **)((char *)run + start + (i - 1) * object);
        *at = list;
        list = at;
    }
    return list;
}
