/* SPDX-License-Identifier: MIT
 *
 * phys.c: see phys.h. A sorted array of free ranges, in bytes, page-aligned; allocation cuts from the low end of the first
 * that fits.
 */
#include "phys.h"

#include "panic.h"

enum { PAGE = EXO_PAGE_BYTES };

struct range {
    paddr_t base, end;
};

static struct range free_ranges[PHYS_RANGES_MAX];
static unsigned range_count;
static uint64_t total_bytes;
static bool sealed;

uint64_t phys_window;

static void insert(unsigned at, paddr_t base, paddr_t end)
{
    if (range_count == PHYS_RANGES_MAX)
        return; /* that memory stays unused: it is never given out wrongly */
    for (unsigned i = range_count++; i > at; i--)
        free_ranges[i] = free_ranges[i - 1];
    free_ranges[at] = (struct range){base, end};
}

static void remove(unsigned at)
{
    range_count--;
    for (unsigned i = at; i < range_count; i++)
        free_ranges[i] = free_ranges[i + 1];
}

/* Takes [base, end) out of whatever free range it touches. */
static void take(paddr_t base, paddr_t end)
{
    base &= ~(PAGE - 1ull);
    end = (end + PAGE - 1) & ~(PAGE - 1ull);
    for (unsigned i = 0; i < range_count; i++) {
        struct range r = free_ranges[i];
        if (end <= r.base || base >= r.end)
            continue;
        if (base > r.base && end < r.end) {
            free_ranges[i].end = base;
            insert(i + 1, end, r.end);
        } else if (base > r.base) {
            free_ranges[i].end = base;
        } else if (end < r.end) {
            free_ranges[i].base = end;
        } else {
            remove(i--);
        }
    }
}

void phys_early_free(paddr_t base, paddr_t end)
{
    unsigned at = 0;
    while (at < range_count && free_ranges[at].base < base)
        at++;
    insert(at, base, end);
}

void phys_init(const struct boot_info *boot, paddr_t image, paddr_t image_end)
{
    range_count = 0;
    total_bytes = 0;
    sealed = false;
    for (unsigned i = 0; i < boot->memory_count; i++)
        if (boot->memory[i].usable) {
            insert(range_count, boot->memory[i].base, boot->memory[i].base + boot->memory[i].bytes);
            total_bytes += boot->memory[i].bytes;
        }
    take(0, PAGE);
    take(image, image_end);
    for (unsigned i = 0; i < boot->module_count; i++)
        take(boot->module[i].base, boot->module[i].base + boot->module[i].bytes);
}

static void clear(paddr_t base, uint64_t bytes)
{
    void *to = (void *)(base + phys_window);
    uint64_t count = bytes / 8;
    __asm__ volatile("rep stosq" : "+D"(to), "+c"(count) : "a"(0ull) : "memory");
}

paddr_t phys_early_alloc_aligned(size_t frames, size_t align)
{
    uint64_t bytes = (uint64_t)frames * PAGE, mask = (uint64_t)align * PAGE - 1;
    if (sealed)
        panic("early memory was asked for after the frame table was made");
    for (unsigned i = 0; i < range_count; i++) {
        paddr_t low = free_ranges[i].base < PHYS_LOW_BYTES ? PHYS_LOW_BYTES : free_ranges[i].base;
        paddr_t base = (low + mask) & ~mask;
        if (base >= free_ranges[i].end || free_ranges[i].end - base < bytes)
            continue;
        take(base, base + bytes);
        clear(base, bytes);
        return base;
    }
    panic("too little memory: %lu KiB of RAM in all, and no %lu KiB in one piece are left at boot", total_bytes >> 10,
          bytes >> 10);
}

paddr_t phys_early_alloc(size_t frames)
{
    return phys_early_alloc_aligned(frames, 1);
}

bool phys_is_free(paddr_t page)
{
    for (unsigned i = 0; i < range_count; i++)
        if (page >= free_ranges[i].base && page < free_ranges[i].end)
            return true;
    return false;
}

void phys_early_each_free(paddr_t base, uint64_t bytes, void (*each)(frame_t first, uint32_t count))
{
    sealed = true;
    for (unsigned i = 0; i < range_count; i++) {
        paddr_t from = free_ranges[i].base > base ? free_ranges[i].base : base;
        paddr_t to = free_ranges[i].end < base + bytes ? free_ranges[i].end : base + bytes;
        if (from < to)
            each((frame_t)(from >> EXO_PAGE_BITS), (uint32_t)((to - from) >> EXO_PAGE_BITS));
    }
}

uint64_t phys_total_bytes(void)
{
    return total_bytes;
}
