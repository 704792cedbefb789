/* SPDX-License-Identifier: MIT
 *
 * pages.c: fills, clears and protects ranges of pages with as few system calls as possible (pages.h). Layer: libos/mem.
 * What is present is read in the window, so that a large empty range costs nothing.
 */
#include "exo/general_regs.h"

#include <errno.h>

#include "mem/pages.h"
#include "mem/region.h"

#define TABLE_BYTES (512ull * EXO_PAGE_BYTES)

static uint8_t pt_prot(unsigned prot)
{
    if (!prot)
        return EXO_PROT_NONE;
    uint8_t flags = 0;
    if (prot & REGION_WRITE)
        flags |= EXO_PROT_WRITE;
    if (prot & REGION_EXEC)
        flags |= EXO_PROT_EXEC;
    if ((prot & REGION_WRITE) && (prot & REGION_EXEC))
        flags |= EXO_PROT_WX;
    return flags;
}

/* Carries out all of ops, however many calls it takes. */
static int update_all(const struct exo_pt_op *ops, uint32_t n)
{
    uint32_t done = 0;
    while (done < n) {
        int64_t result = exo_pt_update(0, 0, ops + done, n - done);
        if (result <= 0)
            return result < 0 ? (int)exo_errno(result) : -EIO;
        done += (uint32_t)result;
    }
    return 0;
}

/* pages_fill with frames that a policy names. */
static int fill_chosen(vaddr_t va, uint32_t count, unsigned prot)
{
    uint32_t frames[EXO_FRAMES_MAX];
    struct exo_pt_op ops[EXO_FRAMES_MAX];
    int result = pages_frames_take(frames, count);
    if (result < 0)
        return result;
    uint32_t n = 0;
    for (uint32_t i = 0; i < count; i++) {
        if (n && frames[i] == ops[n - 1].frame + ops[n - 1].count) {
            ops[n - 1].count++;
            continue;
        }
        ops[n++] = (struct exo_pt_op){
            .va = va + (vaddr_t)i * EXO_PAGE_BYTES, .frame = frames[i], .count = 1, .op = EXO_PT_MAP, .prot = pt_prot(prot)};
    }
    result = update_all(ops, n);
    if (result < 0) {
        /* What was mapped frees itself with the mapping; the rest never was. */
        pages_clear(va, va + (vaddr_t)count * EXO_PAGE_BYTES);
        for (uint32_t i = 0; i < count; i++)
            exo_frame_free(0, &frames[i], 1);
    }
    return result;
}

int pages_fill(vaddr_t va, uint32_t count, unsigned prot)
{
    if (pages_frames_take)
        return fill_chosen(va, count, prot);
    struct exo_pt_op op = {.va = va, .count = count, .op = EXO_PT_FRESH, .prot = pt_prot(prot)};
    return update_all(&op, 1);
}

/* The first address at or above va, below end, that may be present; skips what upper levels show to be empty. */
static vaddr_t skip_empty(vaddr_t va, vaddr_t end)
{
    const volatile uint64_t *pml4 = (const volatile uint64_t *)EXO_WINDOW_PML4;
    const volatile uint64_t *pdpt = (const volatile uint64_t *)EXO_WINDOW_PDPT;
    const volatile uint64_t *pd = (const volatile uint64_t *)EXO_WINDOW_PD;
    while (va < end) {
        unsigned bits;
        if (!(pml4[va >> 39] & EXO_PTE_P))
            bits = 39;
        else if (!(pdpt[va >> 30] & EXO_PTE_P))
            bits = 30;
        else if (!(pd[va >> 21] & EXO_PTE_P))
            bits = 21;
        else
            return va;
        va = ((va >> bits) + 1) << bits;
    }
    return end;
}

/* Finds the present pages in the part of [*va, end) that one table covers: sets *va and returns how many pages, from the
 * first to the last of them. */
static uint32_t table_span(vaddr_t *va, vaddr_t limit)
{
    const volatile uint64_t *pt = (const volatile uint64_t *)EXO_WINDOW_PT;
    vaddr_t first = 0, last = 0;
    for (vaddr_t at = *va; at < limit; at += EXO_PAGE_BYTES) {
        if (!(pt[at >> 12] & EXO_PTE_P))
            continue;
        if (!last)
            first = at;
        last = at + EXO_PAGE_BYTES;
    }
    *va = first;
    return (uint32_t)((last - first) / EXO_PAGE_BYTES);
}

/* One operation a table over every present part of a range. */
static int for_present(vaddr_t start, vaddr_t end, struct exo_pt_op op)
{
    struct exo_pt_op ops[8];
    uint32_t n = 0;
    for (vaddr_t va = skip_empty(start, end); va < end; va = skip_empty(va, end)) {
        vaddr_t limit = (va & ~(TABLE_BYTES - 1)) + TABLE_BYTES;
        if (limit > end)
            limit = end;
        vaddr_t first = va;
        uint32_t count = table_span(&first, limit);
        va = limit;
        if (!count)
            continue;
        op.va = first;
        op.count = count;
        ops[n++] = op;
        if (n == sizeof ops / sizeof ops[0]) {
            int result = update_all(ops, n);
            if (result < 0)
                return result;
            n = 0;
        }
    }
    return update_all(ops, n);
}

/* Frees tables that lie wholly in a range and are empty now. */
static int prune(vaddr_t start, vaddr_t end)
{
    start = (start + TABLE_BYTES - 1) & ~(TABLE_BYTES - 1);
    end &= ~(TABLE_BYTES - 1);
    for (vaddr_t va = skip_empty(start, end); va < end; va = skip_empty(va + TABLE_BYTES, end)) {
        struct exo_pt_op op = {.va = va, .count = 512, .op = EXO_PT_PRUNE};
        int result = update_all(&op, 1);
        if (result < 0)
            return result;
    }
    return 0;
}

int pages_clear(vaddr_t start, vaddr_t end)
{
    int result = for_present(start, end, (struct exo_pt_op){.op = EXO_PT_UNMAP});
    return result < 0 || end - start < TABLE_BYTES ? result : prune(start, end);
}

int pages_protect(vaddr_t start, vaddr_t end, unsigned prot)
{
    return for_present(start, end, (struct exo_pt_op){.op = EXO_PT_PROTECT, .prot = pt_prot(prot)});
}

uint64_t pages_present(vaddr_t start, vaddr_t end)
{
    const volatile uint64_t *pt = (const volatile uint64_t *)EXO_WINDOW_PT;
    uint64_t count = 0;
    for (vaddr_t va = skip_empty(start, end); va < end; va = skip_empty(va, end)) {
        vaddr_t limit = (va & ~(TABLE_BYTES - 1)) + TABLE_BYTES;
        for (; va < limit && va < end; va += EXO_PAGE_BYTES)
            count += pt[va >> 12] & EXO_PTE_P;
    }
    return count;
}

uint32_t pages_absent(vaddr_t va, uint32_t count)
{
    const volatile uint64_t *pt = (const volatile uint64_t *)EXO_WINDOW_PT;
    uint32_t in_table = 512 - (uint32_t)(va >> 12 & 511);
    if (count > in_table)
        count = in_table;
    if (skip_empty(va, va + EXO_PAGE_BYTES) != va)
        return count;
    for (uint32_t i = 0; i < count; i++)
        if (pt[(va >> 12) + i] & EXO_PTE_P)
            return i;
    return count;
}
