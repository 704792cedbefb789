// SPDX-License-Identifier: MIT
//
// replace: an application's own page replacement. PAGES pages of data share FRAMES frames; the rest lies in a store (here
// memory, elsewhere a disk). Which page gives its frame up is a function of this file, chosen by what the program knows of
// its own accesses: for a cyclic scan the least recently used page is the worst choice, and the most recently used the best.
//
// Layer: apps, straight on exo/exo.h. Recency comes from the accessed bits of one's own page tables; a frame moves from
// page to page by name, without being freed. Prints faults and write-backs; the status is 1 if data was lost or theory does
// not hold: with F frames a cyclic scan over P pages faults P times a round under LRU, and at most P - F + 1 times under MRU
// once the frames are full. Source: Engler 1995, §2.2; Stonebraker, CACM 24(7), 1981.

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exo/exo.h"
#include "exo/layout.h"
#include "lib/util.h"

enum { PAGES = 64, FRAMES = 48, ROUNDS = 20, WORDS = EXO_PAGE_BYTES / 8 };
#define AREA (EXO_TEMP_BASE + 0x300000000ull)
#define HANDLER __attribute__((target("general-regs-only"))) // runs in the fault upcall, where the FPU is another's

static uint64_t (*store)[WORDS]; // what is not in memory, touched before the first fault
static uint64_t last_use[PAGES]; // tick of the last use known, or of the fault
static uint64_t came[PAGES];     // tick at which it came into memory; 0: it is in the store
static uint64_t tick, resident, faults, writebacks;
static uint32_t seed;

static uint64_t address_of(unsigned page) { return AREA + (uint64_t)page * EXO_PAGE_BYTES; }

static HANDLER uint64_t entry_of(unsigned page)
{
    return ((const volatile uint64_t *)EXO_WINDOW_PT)[AREA / EXO_PAGE_BYTES + page];
}

static HANDLER unsigned random_below(unsigned n)
{
    seed = seed * 1664525 + 1013904223;
    return (seed >> 8) % n;
}

// ---- Policies: the page in memory that gives its frame to page `wanted` ----

static HANDLER unsigned choose(unsigned wanted, bool (*better)(unsigned page, unsigned than))
{
    unsigned best = PAGES;
    for (unsigned i = 1; i <= PAGES; i++) {
        unsigned page = (wanted + PAGES - i) % PAGES; // from the page before downwards: the first among equals
        if (came[page] != 0 && (best == PAGES || better(page, best))) {
            best = page;
        }
    }
    return best;
}

static HANDLER bool came_before(unsigned page, unsigned than) { return came[page] < came[than]; }
static HANDLER bool used_before(unsigned page, unsigned than) { return last_use[page] < last_use[than]; }
static HANDLER bool used_after(unsigned page, unsigned than) { return last_use[page] > last_use[than]; }

static HANDLER unsigned fifo(unsigned wanted) { return choose(wanted, came_before); }
static HANDLER unsigned lru(unsigned wanted) { return choose(wanted, used_before); }
static HANDLER unsigned mru(unsigned wanted) { return choose(wanted, used_after); }

static HANDLER unsigned at_random(unsigned wanted)
{
    unsigned page = random_below(PAGES);
    (void)wanted;
    while (came[page] == 0) {
        page = (page + 1) % PAGES;
    }
    return page;
}

static const struct policy {
    const char *name;
    unsigned (*victim)(unsigned wanted);
} policies[] = { { "FIFO", fifo }, { "LRU", lru }, { "MRU", mru }, { "random", at_random } };
static const struct policy *policy;

// ---- Faults ----

static HANDLER void update(const struct exo_pt_op *ops, uint32_t n)
{
    if (exo_pt_update(0, EXO_CAP_NONE, ops, n) != n) {
        __builtin_trap();
    }
}

static HANDLER void copy(uint64_t *to, const uint64_t *from)
{
    for (unsigned i = 0; i < WORDS; i++) {
        to[i] = from[i];
    }
}

// Who was used since the last fault? One pass over the accessed bits, and one call that clears them all.
static HANDLER void note_uses(void)
{
    for (unsigned page = 0; page < PAGES; page++) {
        if (came[page] != 0 && (entry_of(page) & EXO_PTE_A)) {
            last_use[page] = tick;
        }
    }
}

// The frame of `victim` becomes the page `wanted`.
static HANDLER void exchange(unsigned victim, unsigned wanted)
{
    uint64_t entry = entry_of(victim);
    if (entry & EXO_PTE_D) {
        copy(store[victim], (const uint64_t *)address_of(victim));
        writebacks++;
    }
    struct exo_pt_op ops[] = {
        { .va = address_of(wanted), .frame = (uint32_t)((entry & EXO_PTE_ADDR) / EXO_PAGE_BYTES), .count = 1,
          .op = EXO_PT_MAP, .prot = EXO_PROT_WRITE },
        { .va = address_of(victim), .count = 1, .op = EXO_PT_UNMAP },
    };
    update(ops, 2);
    came[victim] = 0;
}

static HANDLER bool on_fault(struct exo_fault *fault)
{
    unsigned page = (unsigned)((fault->address - AREA) / EXO_PAGE_BYTES);
    if (fault->vector != 14 || fault->address < AREA || page >= PAGES || (fault->error & 1)) {
        return false;
    }
    tick++;
    faults++;
    note_uses();
    if (resident < FRAMES) {
        struct exo_pt_op fresh = { .va = address_of(page), .count = 1, .op = EXO_PT_FRESH, .prot = EXO_PROT_WRITE };
        update(&fresh, 1);
        resident++;
    } else {
        exchange(policy->victim(page), page);
    }
    copy((uint64_t *)address_of(page), store[page]);
    struct exo_pt_op clean[] = { // what differs from the store is dirty; what is used from here on, accessed
        { .va = address_of(page), .count = 1, .op = EXO_PT_CLEAR, .soft = EXO_CLEAR_DIRTY },
        { .va = address_of(0), .count = PAGES, .op = EXO_PT_CLEAR, .soft = EXO_CLEAR_ACCESSED },
    };
    update(clean, 2);
    came[page] = last_use[page] = tick;
    return true;
}

// ---- Work on the data: each access adds 1 to a word of the page ----

static void scan(uint64_t *counts)
{
    for (unsigned page = 0; page < PAGES; page++) {
        ++*(volatile uint64_t *)address_of(page);
        counts[page]++;
    }
}

// Four of five accesses go to a fifth of the pages.
static void skewed(uint64_t *counts)
{
    for (unsigned i = 0; i < PAGES; i++) {
        unsigned page = random_below(5) != 0 ? random_below(PAGES / 5) : random_below(PAGES);
        ++*(volatile uint64_t *)address_of(page);
        counts[page]++;
    }
}

static const struct work {
    const char *name;
    void (*round)(uint64_t *counts);
} works[] = { { "cyclic scan", scan }, { "80/20", skewed } };

static void reset(void)
{
    struct exo_pt_op unmap = { .va = AREA, .count = PAGES, .op = EXO_PT_UNMAP };
    update(&unmap, 1);
    memset(store, 0, PAGES * sizeof *store);
    memset(last_use, 0, sizeof last_use);
    memset(came, 0, sizeof came);
    tick = resident = faults = writebacks = 0;
    seed = 1;
}

// Runs some work under a policy. Returns how often it faulted.
static uint64_t run(const struct policy *chosen, const struct work *work)
{
    uint64_t counts[PAGES] = { 0 };
    policy = chosen;
    reset();
    for (unsigned i = 0; i < ROUNDS; i++) {
        work->round(counts);
    }
    uint64_t took = faults;
    printf("  %5llu (%4llu)", (unsigned long long)faults, (unsigned long long)writebacks);
    for (unsigned page = 0; page < PAGES; page++) {
        if (*(volatile uint64_t *)address_of(page) != counts[page]) {
            util_die(1, "%s, %s: page %u lost data", chosen->name, work->name, page);
        }
    }
    return took;
}

int main(int argc, char **argv)
{
    enum { POLICIES = sizeof policies / sizeof policies[0], WORKS = sizeof works / sizeof works[0] };
    uint64_t took[WORKS][POLICIES];
    util_start(argv[0]);
    if (argc > 1) {
        return util_usage("");
    }
    store = util_alloc(PAGES * sizeof *store);
    exo_fault_hook_fn *before = exo_fault_hook(on_fault);
    printf("%d pages in %d frames, %d accesses: faults (write-backs)\n%-12s", PAGES, FRAMES, PAGES * ROUNDS, "");
    for (unsigned p = 0; p < POLICIES; p++) {
        printf("%14s", policies[p].name);
    }
    for (unsigned w = 0; w < WORKS; w++) {
        printf("\n%-12s", works[w].name);
        for (unsigned p = 0; p < POLICIES; p++) {
            took[w][p] = run(&policies[p], &works[w]);
        }
    }
    printf("\n");
    exo_fault_hook(before);
    bool theory = took[0][1] == PAGES * ROUNDS && took[0][2] <= PAGES + (PAGES - FRAMES + 1) * (ROUNDS - 1) &&
                  took[1][1] < took[1][2];
    return util_finish(theory ? 0 : 1);
}
