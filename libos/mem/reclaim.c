/* SPDX-License-Identifier: MIT
 *
 * reclaim.c: see reclaim.h. Layer: libos/mem. The vector has two readers, in this order: vm_settle, under vm_lock, which
 * brings the region table up to date (`settled`), and the thread, which tells the program and lets the kernel have the
 * records' room again (taken_read). The kernel writes over no record before that.
 */
#include "exo/general_regs.h"

#include "mem/reclaim.h"

#include <errno.h>

#include "exo/layout.h"
#include "mem/budget.h"
#include "mem/pages.h"
#include "mem/vm.h"
#include "posix/text.h"
#include "sched/thread.h"
#include "sync/sync.h"

static uint32_t news;    /* grows with EXO_EVENT_REVOKE; the thread waits on it */
static uint32_t settled; /* records that vm_settle has seen; vm_lock */

static struct exo_activation *page0(void) { return (struct exo_activation *)EXO_ACT_BASE; }

void exo_revoke_event(struct exo_activation *act)
{
    (void)act;
    __atomic_fetch_add(&news, 1, __ATOMIC_RELEASE);
    sync_wake(&news, SYNC_ALL);
}

/* ---- The region table ---- */

static bool is_promised(const struct region *region)
{
    return (region->kind == REGION_ANON || region->kind == REGION_HEAP) && region->prot & REGION_WRITE;
}

/* The mapping of a page went. Fails if the table has no room: then the record is seen again. Whatever a fault put there
 * between the sweep and its record goes too. vm_lock held. */
static int page_lost(struct region_table *table, vaddr_t page)
{
    struct region *region = region_find(table, page);
    if (!region)
        return 0;
    if (region->worth) {
        if (is_promised(region) && !pages_present(page, page + EXO_PAGE_BYTES))
            budget_change(1);
        return 0;
    }
    int result = region_cut(table, page, page + EXO_PAGE_BYTES);
    if (result < 0)
        return result;
    region = region_find(table, page);
    region->kind = REGION_TAKEN;
    region->prot = 0;
    region_mend(table, page, page + EXO_PAGE_BYTES);
    return pages_clear(page, page + EXO_PAGE_BYTES);
}

void vm_settle(struct region_table *table)
{
    struct exo_activation *page = page0();
    while (settled != __atomic_load_n(&page->taken_count, __ATOMIC_ACQUIRE)) {
        const struct exo_taken *taken = &page->taken[settled % EXO_TAKEN_MAX];
        if (taken->kind == EXO_TAKEN_PAGE && page_lost(table, taken->where) < 0)
            return;
        __atomic_store_n(&settled, settled + 1, __ATOMIC_RELEASE);
    }
}

/* ---- Giving back ---- */

static int set_worth(struct region_table *table, vaddr_t start, vaddr_t end, uint8_t worth)
{
    if (!region_covered(table, start, end))
        return -ENOMEM;
    for (uint32_t i = region_index(table, start); i < table->count && table->entry[i].start < end; i++)
        if (table->entry[i].kind != REGION_ANON && table->entry[i].kind != REGION_HEAP)
            return -EINVAL;
    int result = region_cut(table, start, end);
    if (result < 0)
        return result;
    for (uint32_t i = region_index(table, start); i < table->count && table->entry[i].start < end; i++)
        table->entry[i].worth = worth;
    region_mend(table, start, end);
    return 0;
}

int reclaim_droppable(vaddr_t address, size_t bytes, uint8_t worth)
{
    if (!bytes || (address | bytes) % EXO_PAGE_BYTES || address + bytes < address)
        return -EINVAL;
    int result = reclaim_start();
    if (result < 0)
        return result;
    uint32_t was;
    struct region_table *table = vm_enter(&was);
    result = set_worth(table, address, address + bytes, worth);
    vm_leave(was);
    return result;
}

/* Drops up to `wanted` pages of a region from its start on. Returns how many. vm_lock held. */
static uint64_t drop_from(const struct region *region, uint64_t wanted)
{
    uint64_t dropped = pages_present(region->start, region->end);
    vaddr_t end = region->end;
    if (dropped > wanted) {
        dropped = 0;
        for (end = region->start; dropped < wanted; end += EXO_PAGE_BYTES)
            dropped += exo_pte(end) & EXO_PTE_P;
    }
    if (pages_clear(region->start, end) < 0)
        return 0;
    if (is_promised(region))
        budget_change((int64_t)dropped);
    return dropped;
}

/* The least worth above `worth` that some region has, 0: there is none. */
static unsigned next_worth(const struct region_table *table, unsigned worth)
{
    unsigned next = 0;
    for (uint32_t i = 0; i < table->count; i++) {
        unsigned its = table->entry[i].worth;
        if (its > worth && (!next || its < next))
            next = its;
    }
    return next;
}

uint64_t reclaim_drop(uint64_t pages)
{
    uint32_t was;
    uint64_t dropped = 0;
    const struct region_table *table = vm_enter(&was);
    for (unsigned worth = 0; dropped < pages && (worth = next_worth(table, worth)) != 0;)
        for (uint32_t i = 0; i < table->count && dropped < pages; i++)
            if (table->entry[i].worth == worth)
                dropped += drop_from(&table->entry[i], pages - dropped);
    vm_leave(was);
    return dropped;
}

__attribute__((weak)) uint64_t reclaim_give_back(uint64_t frames, uint64_t deadline_ns)
{
    (void)deadline_ns;
    return reclaim_drop(frames);
}

/* ---- Telling ---- */

void reclaim_say(const struct exo_taken *taken, uint32_t n, uint64_t lost)
{
    static const char *const kinds[] = {" frame ", " page 0x", " slice ", " line ", " capability "};
    char buffer[EXO_TAKEN_MAX * 32];
    struct text text = text_begin(buffer, sizeof buffer);
    struct exo_env_info self;
    exo_env_read((uint32_t)(exo_act()->env % EXO_ENVS_MAX), &self);
    text_string(&text, self.name);
    text_string(&text, ": taken by force:");
    for (uint32_t i = 0; i < n; i++) {
        text_string(&text, taken[i].kind < sizeof kinds / sizeof kinds[0] ? kinds[taken[i].kind] : " thing ");
        if (taken[i].kind == EXO_TAKEN_PAGE)
            text_hex(&text, taken[i].where, 1);
        else
            text_decimal(&text, taken[i].name);
    }
    if (lost) {
        text_string(&text, " and what was not recorded: ");
        text_decimal(&text, lost);
    }
    text_char(&text, '\n');
    exo_message(buffer, (size_t)(text.at - buffer));
}

__attribute__((weak)) void reclaim_taken(const struct exo_taken *taken, uint32_t n, uint64_t lost)
{
    reclaim_say(taken, n, lost);
}

/* ---- The thread ---- */

/* Takes the records out of the vector that the region table has seen. Slices come and go as the first environment divides CPU
 * time: of them nobody is told. */
static uint32_t take_out(struct exo_taken *out)
{
    struct exo_activation *page = page0();
    uint32_t was, n = 0;
    vm_enter(&was);
    while (page->taken_read != settled && n < EXO_TAKEN_MAX) {
        const struct exo_taken *taken = &page->taken[page->taken_read % EXO_TAKEN_MAX];
        if (taken->kind != EXO_TAKEN_SLICE)
            out[n++] = *taken;
        __atomic_store_n(&page->taken_read, page->taken_read + 1, __ATOMIC_RELEASE);
    }
    vm_leave(was);
    return n;
}

static void tell_taken(void)
{
    static uint64_t lost_told; /* the thread's own */
    struct exo_taken taken[EXO_TAKEN_MAX];
    uint64_t lost = __atomic_load_n(&page0()->taken_lost, __ATOMIC_RELAXED);
    uint32_t n = take_out(taken);
    if (n || lost != lost_told)
        reclaim_taken(taken, n, lost - lost_told);
    lost_told = lost;
}

/* A request counts as another one when its deadline differs or its amount grew: it shrinks with what is taken. */
static void answer(void)
{
    static struct exo_request answered; /* the thread's own */
    const struct exo_request *request = &page0()->request[EXO_REVOKE_FRAMES];
    uint64_t amount = __atomic_load_n(&request->amount, __ATOMIC_ACQUIRE);
    uint64_t deadline_ns = __atomic_load_n(&request->deadline_ns, __ATOMIC_RELAXED);
    bool again = deadline_ns == answered.deadline_ns && amount <= answered.amount;
    answered = (struct exo_request){amount, deadline_ns};
    if (amount && !again)
        reclaim_give_back(amount, deadline_ns);
}

static void *reclaim(void *unused)
{
    (void)unused;
    for (;;) {
        uint32_t seen = __atomic_load_n(&news, __ATOMIC_ACQUIRE);
        answer();
        tell_taken();
        sync_wait(&news, seen, EXO_FOREVER, 0);
    }
    return NULL;
}

int reclaim_start(void)
{
    static struct sync_mutex mutex;
    static struct thread *thread;
    sync_mutex_lock(&mutex);
    int result = thread ? 0 : thread_create(&thread, "reclaim", 0, reclaim, NULL);
    sync_mutex_unlock(&mutex);
    return result;
}
