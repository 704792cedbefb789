/* SPDX-License-Identifier: MIT
 *
 * session_alloc.c: the allocator of the session segment: small blocks in 14 size classes, larger ones as runs of pages.
 *
 * Layer: libos/proc, over session_map.h. All of it holds alloc_lock. What is in use is said by struct session_page.info
 * alone; the lists of free things are made from it again when a holder of the lock died, so dying between any two stores
 * leaks at most what was just being handed out. Free runs are joined lazily: when nothing fits and enough was freed
 * since the last time. Pages that were cut into small blocks stay so.
 */
#include "proc/session.h"

#include <string.h>

#include "proc/segment.h"
#include "proc/session_map.h"

#define KIND_SHIFT 28
#define VALUE_MASK ((1u << KIND_SHIFT) - 1)
#define GROW_PAGES 16u /* at least so many at a time */
#define JOIN_MIN 32u   /* runs freed before it is worth joining neighbours */

/* Head of a free run, in its first page. */
struct free_run {
    session_off next;
    uint32_t pages;
};

static const uint16_t class_bytes[SESSION_CLASSES] = {16, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1024, 1360, 2048};

void *session_at(session_off off) { return off ? (void *)(EXO_SESSION_BASE + off) : NULL; }

session_off session_offset(const void *address) { return address ? (uint64_t)address - EXO_SESSION_BASE : 0; }

static session_off page_off(uint32_t page) { return (session_off)page * EXO_PAGE_BYTES; }

static uint32_t info_kind(uint32_t info) { return info >> KIND_SHIFT; }

static unsigned run_bin(uint32_t pages)
{
    unsigned bin = 31 - (unsigned)__builtin_clz(pages);
    return bin < SESSION_BINS ? bin : SESSION_BINS - 1;
}

static void run_push(uint32_t page, uint32_t pages)
{
    struct session_header *header = session_header();
    struct free_run *run = session_at(page_off(page));
    session_off *bin = &header->free_runs[run_bin(pages)];
    run->pages = pages;
    run->next = *bin;
    *bin = page_off(page);
    header->free_pages += pages;
}

/* Makes all free runs from the page map: neighbours are joined, and nothing that a dead holder left is lost. */
static void runs_rebuild(void)
{
    struct session_header *header = session_header();
    uint32_t start = 0; /* of the free run that is being measured */
    memset(header->free_runs, 0, sizeof header->free_runs);
    header->free_pages = 0;
    header->freed_runs = 0;
    for (uint32_t page = SESSION_HEAP_PAGE; page < header->pages;) {
        uint32_t info = session_map_page(page)->info;
        if (info == 0) {
            start = start ? start : page;
            page++;
            continue;
        }
        if (start)
            run_push(start, page - start);
        start = 0;
        page += info_kind(info) == SESSION_PAGE_RUN ? info & VALUE_MASK : 1;
    }
    if (start)
        run_push(start, header->pages - start);
}

/* Takes a run of at least `pages` pages from a bin, puts the rest back; first fit. 0: none. */
static uint32_t bin_take(unsigned bin, uint32_t pages)
{
    struct session_header *header = session_header();
    for (session_off *link = &header->free_runs[bin]; *link;) {
        struct free_run *run = session_at(*link);
        if (run->pages < pages) {
            link = &run->next;
            continue;
        }
        uint32_t page = (uint32_t)(*link / EXO_PAGE_BYTES), size = run->pages;
        *link = run->next;
        header->free_pages -= size;
        if (size > pages)
            run_push(page + pages, size - pages);
        return page;
    }
    return 0;
}

static uint32_t runs_take(uint32_t pages)
{
    for (unsigned bin = run_bin(pages); bin < SESSION_BINS; bin++) {
        uint32_t page = bin_take(bin, pages);
        if (page)
            return page;
    }
    return 0;
}

/* A run of pages, from the free ones or by growth. 0: no memory. */
static uint32_t run_find(uint32_t pages)
{
    struct session_header *header = session_header();
    uint32_t page = runs_take(pages);
    if (page)
        return page;
    if (header->freed_runs >= JOIN_MIN && header->free_pages >= pages) {
        runs_rebuild();
        page = runs_take(pages);
        if (page)
            return page;
    }
    uint32_t first = header->pages;
    uint32_t added = session_map_grow(pages > GROW_PAGES ? pages : GROW_PAGES);
    if (added)
        run_push(first, added);
    if (added < pages)
        runs_rebuild(); /* memory is short: what was freed may fit once joined */
    return runs_take(pages);
}

static session_off run_alloc(uint32_t pages)
{
    uint32_t page = run_find(pages);
    if (page == 0)
        return 0;
    session_map_page(page)->info = (uint32_t)SESSION_PAGE_RUN << KIND_SHIFT | pages;
    return page_off(page);
}

/* Cuts a new page into blocks of a class. */
static int class_refill(unsigned class)
{
    struct session_header *header = session_header();
    uint32_t page = run_find(1), bytes = class_bytes[class];
    if (page == 0)
        return 0;
    session_map_page(page)->info = (uint32_t)SESSION_PAGE_SMALL << KIND_SHIFT | class;
    session_off next = header->free_small[class];
    for (uint32_t i = EXO_PAGE_BYTES / bytes; i-- > 0;) {
        session_off block = page_off(page) + i * bytes;
        *(session_off *)session_at(block) = next;
        next = block;
    }
    header->free_small[class] = next;
    return 1;
}

static session_off small_alloc(unsigned class)
{
    session_off *list = &session_header()->free_small[class];
    if (*list == 0 && !class_refill(class))
        return 0;
    session_off block = *list;
    *list = *(session_off *)session_at(block);
    return block;
}

static void alloc_lock(void)
{
    if (session_lock_take(&session_header()->alloc_lock))
        runs_rebuild();
}

session_off session_alloc(size_t bytes)
{
    struct session_header *header = session_header();
    unsigned class = 0;
    if (bytes > (size_t)(SESSION_PAGES - SESSION_HEAP_PAGE) * EXO_PAGE_BYTES)
        return 0;
    while (class < SESSION_CLASSES && class_bytes[class] < bytes)
        class++;
    size_t size = class < SESSION_CLASSES ? class_bytes[class] : (bytes + EXO_PAGE_BYTES - 1) & -(size_t)EXO_PAGE_BYTES;
    alloc_lock();
    session_off off = class < SESSION_CLASSES ? small_alloc(class) : run_alloc((uint32_t)(size / EXO_PAGE_BYTES));
    header->allocations += off != 0;
    session_lock_release(&header->alloc_lock);
    if (off)
        memset(session_at(off), 0, size);
    return off;
}

/* An offset that session_alloc did not return, or returned to it twice: the segment cannot be trusted any longer. */
static void __attribute__((noreturn)) corrupt(void) { __builtin_trap(); }

void session_free(session_off off)
{
    struct session_header *header = session_header();
    uint32_t page = (uint32_t)(off / EXO_PAGE_BYTES);
    if (off == 0)
        return;
    alloc_lock();
    if (page < SESSION_HEAP_PAGE || page >= header->pages)
        corrupt();
    struct session_page *entry = session_map_page(page);
    uint32_t value = entry->info & VALUE_MASK, inside = (uint32_t)(off % EXO_PAGE_BYTES);
    if (info_kind(entry->info) == SESSION_PAGE_RUN && inside == 0) {
        entry->info = 0;
        run_push(page, value);
        header->freed_runs++;
    } else if (info_kind(entry->info) == SESSION_PAGE_SMALL && inside % class_bytes[value] == 0) {
        *(session_off *)session_at(off) = header->free_small[value];
        header->free_small[value] = off;
    } else {
        corrupt();
    }
    header->frees++;
    session_lock_release(&header->alloc_lock);
}
