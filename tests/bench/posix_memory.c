/* SPDX-License-Identifier: MIT
 *
 * posix_memory.c: page faults on demand-zero memory, mmap, munmap, mprotect. Layer: tests.
 *
 * PAGES is small enough that no system puts a large page there. page_fault touches pages in ascending order, which lets a
 * system fill ahead; page_fault_scattered in an order that does not.
 */
#include "bench.h"

#include <stddef.h>
#include <sys/mman.h>

#define PAGES 64
#define PAGE 4096
#define HUNDRED 100

static char *area;

static char *map_pages(uint32_t pages)
{
    void *at = mmap(NULL, (size_t)pages * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    bench_need(at != MAP_FAILED, "mmap fails");
    return at;
}

static void map_area(void) { area = map_pages(PAGES); }
static void unmap_area(void) { munmap(area, PAGES * PAGE); }

static void run_touch(uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        *(volatile char *)(area + (size_t)i * PAGE) = 1;
}
/* row page_fault: page fault, ascending | Virtual memory through POSIX
 * touch 64 pages of fresh anonymous memory in order; a page. Exon's library fills 8 pages ahead. */
BENCH(page_fault, PAGES, run_touch, map_area, unmap_area)

/* Descending, every third: no page has a touched one below it. */
static void run_touch_scattered(uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        *(volatile char *)(area + (size_t)(PAGES - 1 - 3 * i) * PAGE) = 1;
}
/* row page_fault_scattered: page fault, scattered | Virtual memory through POSIX
 * the same in an order in which nothing is filled ahead. */
BENCH(page_fault_scattered, PAGES / 3, run_touch_scattered, map_area, unmap_area)

static void run_mmap(uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        char *page = map_pages(1);
        *(volatile char *)page = 1;
        munmap(page, PAGE);
    }
}
/* row mmap_touch_munmap: mmap, touch, munmap | Virtual memory through POSIX
 * one anonymous page. */
BENCH(mmap_touch_munmap, 30, run_mmap, NULL, NULL)

static void run_mmap_only(uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        munmap(map_pages(1), PAGE);
}
/* row mmap_munmap: mmap and munmap | Virtual memory through POSIX
 * one anonymous page, not touched. */
BENCH(mmap_munmap, 30, run_mmap_only, NULL, NULL)

/* The state of the pages of mprotect rows: all present and writable. */
static void map_hundred(void)
{
    area = map_pages(HUNDRED);
    for (uint32_t i = 0; i < HUNDRED; i++)
        area[(size_t)i * PAGE] = 1;
}
static void unmap_hundred(void) { munmap(area, HUNDRED * PAGE); }

static void run_mprotect_1(uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        bench_need(mprotect(area, PAGE, i & 1 ? PROT_READ | PROT_WRITE : PROT_READ) == 0, "mprotect fails");
}
/* row mprotect_1: mprotect, 1 page | Virtual memory through POSIX
 * one present page, read-only and writable by turns. */
BENCH(mprotect_1, 40, run_mprotect_1, map_hundred, unmap_hundred)

static void run_mprotect_100(uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        bench_need(mprotect(area, HUNDRED * PAGE, i & 1 ? PROT_READ | PROT_WRITE : PROT_READ) == 0, "mprotect fails");
}
/* row mprotect_100: mprotect, 100 pages | Virtual memory through POSIX
 * 100 present pages, read-only and writable by turns. */
BENCH(mprotect_100, 10, run_mprotect_100, map_hundred, unmap_hundred)
