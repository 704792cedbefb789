/* SPDX-License-Identifier: MIT
 *
 * vm.c: regions and page faults (vm.h). Layer: libos/mem.
 *
 * The region table lies in pages of its own that are mapped before they are used: the fault handler never faults. vm_lock
 * is held over the system calls that follow a change of the table, so table and pages always agree for who takes it next.
 * Who takes it on a thread's stack makes sure first that the stack it will need is there: a fault on it would wait for the
 * lock for ever.
 */
#include "exo/general_regs.h"

#include <errno.h>

#include "exo/image.h"
#include "exo/layout.h"
#include "mem/budget.h"
#include "mem/pages.h"
#include "mem/vm.h"
#include "sched/thread.h"

#define TABLE_BASE (EXO_UPCALL_STACKS + 0x40000000)
#define TABLE_PAGES_MAX 8192
#define PAGE_MASK ((uint64_t)EXO_PAGE_BYTES - 1)
#define FAULT_PRESENT 1 /* page-fault error code, Intel SDM vol 3 §4.7 */
#define FAULT_WRITE 2
#define FAULT_FETCH 16
#define LOCKED_STACK_BYTES 4096 /* more than anything here and below needs, a policy of frames included */

static struct region_table table;
static uint32_t table_pages;
static struct sched_spin spin;
static vaddr_t heap_end = EXO_HEAP_BASE; /* as sbrk says, in bytes */
static vaddr_t map_hint = EXO_MMAP_BASE;

int session_fault(uint64_t address, int write) __attribute__((weak));
int upcall_with_fpu(int (*function)(uint64_t, int), uint64_t a, int b);

/* Takes the lock on a stack that is all there: that of an upcall. */
static uint32_t lock_in_upcall(void)
{
    uint32_t was = sched_disable();
    sched_spin_lock(&spin);
    if (vm_settle)
        vm_settle(&table);
    return was;
}

/* Reads ahead down the stack, which fills it; only then takes the lock. */
static uint32_t lock(void)
{
    const volatile char *frame = __builtin_frame_address(0);
    for (unsigned below = 0; below <= LOCKED_STACK_BYTES; below += EXO_PAGE_BYTES)
        (void)*(frame - below);
    return lock_in_upcall();
}

static void unlock(uint32_t was)
{
    sched_spin_unlock(&spin);
    sched_enable(was);
}

struct region_table *vm_enter(uint32_t *was)
{
    *was = lock();
    return &table;
}

void vm_leave(uint32_t was) { unlock(was); }

void vm_lock_break(void) { sched_spin_break(&spin); }

static int table_grow(struct region_table *grown)
{
    if (table_pages == TABLE_PAGES_MAX)
        return -ENOMEM;
    int result = pages_fill(TABLE_BASE + (vaddr_t)table_pages * EXO_PAGE_BYTES, 1, REGION_READ | REGION_WRITE);
    if (result < 0)
        return result;
    table_pages++;
    grown->capacity = (uint32_t)((size_t)table_pages * EXO_PAGE_BYTES / sizeof(struct region));
    return 0;
}

static int add(vaddr_t start, vaddr_t end, unsigned prot, unsigned kind, const char *name)
{
    return region_insert(&table, (struct region){.start = start, .end = end, .prot = (uint8_t)prot, .kind = (uint8_t)kind,
                                                 .name = name});
}

int vm_init(void)
{
    table.entry = (struct region *)TABLE_BASE;
    table.grow = table_grow;
    struct image_segment segment;
    for (unsigned n = 0; image_find(IMAGE_LOAD, n, &segment) == 0; n++) {
        vaddr_t start = segment.start & ~PAGE_MASK;
        vaddr_t end = (segment.start + segment.memory_bytes + PAGE_MASK) & ~PAGE_MASK;
        unsigned prot = (segment.flags & IMAGE_READ ? REGION_READ : 0) | (segment.flags & IMAGE_WRITE ? REGION_WRITE : 0) |
                        (segment.flags & IMAGE_EXEC ? REGION_EXEC : 0);
        int result = add(start, end, prot, REGION_IMAGE, NULL);
        if (result < 0)
            return result;
    }
    return 0;
}

/* ---- Promises ---- */

/* Demand-zero pages of a range that can be written and are not there yet; lock held. */
static int64_t promise(vaddr_t start, vaddr_t end)
{
    int64_t pages = 0;
    for (uint32_t i = region_index(&table, start); i < table.count && table.entry[i].start < end; i++) {
        const struct region *region = &table.entry[i];
        if ((region->kind != REGION_ANON && region->kind != REGION_HEAP) || !(region->prot & REGION_WRITE))
            continue;
        vaddr_t low = region->start > start ? region->start : start, high = region->end < end ? region->end : end;
        pages += (int64_t)((high - low) / EXO_PAGE_BYTES - pages_present(low, high));
    }
    return pages;
}

/* Would memory of this kind be a promise that cannot be kept? Not called with the lock. */
static bool refused(size_t bytes, unsigned prot, unsigned kind)
{
    bool promises = (kind == REGION_ANON || kind == REGION_HEAP) && prot & REGION_WRITE;
    return promises && !budget_grants(0, bytes / EXO_PAGE_BYTES);
}

/* ---- Mapping ---- */

static bool range_ok(vaddr_t address, size_t bytes)
{
    return bytes && !((address | bytes) & PAGE_MASK) && address + bytes > address && address + bytes <= EXO_USER_TOP;
}

/* Takes regions and pages of a range away; lock held. */
static int remove_range(vaddr_t start, vaddr_t end)
{
    int64_t promised = promise(start, end);
    int result = region_remove(&table, start, end);
    if (result < 0)
        return result;
    budget_change(-promised);
    result = pages_clear(start, end);
    if (vm_settle)
        vm_settle(&table); /* before something else is put there */
    return result;
}

/* Decides where a mapping goes; lock held. */
static int place(vaddr_t *address, size_t bytes, unsigned flags)
{
    if (flags & VM_FIXED) {
        if (!range_ok(*address, bytes))
            return -EINVAL;
        if (region_free(&table, *address, *address + bytes))
            return 0;
        return flags & VM_NO_REPLACE ? -EEXIST : remove_range(*address, *address + bytes);
    }
    if (*address && range_ok(*address, bytes) && *address >= EXO_HEAP_BASE && *address + bytes <= EXO_MMAP_END &&
        region_free(&table, *address, *address + bytes))
        return 0;
    *address = region_gap(&table, EXO_MMAP_BASE, EXO_MMAP_END, map_hint, bytes, EXO_PAGE_BYTES);
    if (!*address)
        return -ENOMEM;
    map_hint = *address + bytes;
    return 0;
}

int vm_map(vaddr_t *address, size_t bytes, unsigned prot, unsigned kind, unsigned flags, const char *name)
{
    if (!bytes || bytes & PAGE_MASK)
        return -EINVAL;
    if (refused(bytes, prot, kind))
        return -ENOMEM;
    uint32_t was = lock();
    int result = place(address, bytes, flags);
    if (result >= 0)
        result = add(*address, *address + bytes, prot, kind, name);
    if (result >= 0)
        budget_change(promise(*address, *address + bytes));
    unlock(was);
    return result;
}

int vm_map_stack(vaddr_t *address, size_t bytes, size_t guard_bytes, const char *name)
{
    uint32_t was = lock();
    int result = place(address, bytes, *address ? VM_FIXED | VM_NO_REPLACE : 0);
    vaddr_t stack = *address + guard_bytes;
    if (result >= 0)
        result = add(*address, stack, 0, REGION_GUARD, name);
    if (result >= 0) {
        result = add(stack, *address + bytes, REGION_READ | REGION_WRITE, REGION_STACK, name);
        if (result < 0)
            region_remove(&table, *address, stack);
    }
    unlock(was);
    return result;
}

void vm_name(vaddr_t address, const char *name)
{
    uint32_t was = lock();
    uint32_t i = region_index(&table, address);
    for (uint32_t n = 0; n < 2 && i + n < table.count; n++)
        table.entry[i + n].name = name;
    unlock(was);
}

int vm_unmap(vaddr_t address, size_t bytes)
{
    if (!range_ok(address, bytes))
        return -EINVAL;
    uint32_t was = lock();
    int result = remove_range(address, address + bytes);
    if (address < map_hint && address >= EXO_MMAP_BASE)
        map_hint = address;
    unlock(was);
    return result;
}

int vm_protect(vaddr_t address, size_t bytes, unsigned prot)
{
    if (!range_ok(address, bytes))
        return -EINVAL;
    uint32_t was = lock();
    int result = -ENOMEM;
    int64_t promised = promise(address, address + bytes);
    if (region_covered(&table, address, address + bytes))
        result = region_protect(&table, address, address + bytes, (uint8_t)prot);
    if (result >= 0)
        result = pages_protect(address, address + bytes, prot);
    budget_change(promise(address, address + bytes) - promised);
    unlock(was);
    return result;
}

int vm_discard(vaddr_t address, size_t bytes)
{
    if (!range_ok(address, bytes))
        return -EINVAL;
    uint32_t was = lock();
    int result = -ENOMEM;
    bool ours = region_covered(&table, address, address + bytes);
    for (uint32_t i = region_index(&table, address); ours && i < table.count && table.entry[i].start < address + bytes; i++)
        ours = table.entry[i].kind != REGION_IMAGE && table.entry[i].kind != REGION_FIXED;
    int64_t promised = promise(address, address + bytes);
    if (ours)
        result = pages_clear(address, address + bytes);
    budget_change(promise(address, address + bytes) - promised);
    unlock(was);
    return result;
}

int vm_claim(vaddr_t address, size_t bytes, unsigned prot, const char *name)
{
    return vm_map(&address, bytes, prot, REGION_FIXED, VM_FIXED | VM_NO_REPLACE, name);
}

/* Moves the page end of the heap from old to new; lock held. */
static int heap_resize(vaddr_t old, vaddr_t new)
{
    if (new > EXO_HEAP_END)
        return -ENOMEM;
    if (new <= old)
        return new < old ? remove_range(new, old) : 0;
    int result = region_free(&table, old, new) ? add(old, new, REGION_READ | REGION_WRITE, REGION_HEAP, NULL) : -ENOMEM;
    if (result >= 0)
        budget_change((int64_t)((new - old) / EXO_PAGE_BYTES));
    return result;
}

void *vm_sbrk(ptrdiff_t bytes, int *error)
{
    *error = -ENOMEM;
    if (bytes > 0 && refused((size_t)bytes, REGION_WRITE, REGION_HEAP))
        return (void *)-1;
    uint32_t was = lock();
    vaddr_t old = heap_end, new = heap_end + (vaddr_t)bytes;
    int result = -ENOMEM;
    if (bytes >= 0 ? new >= old : new >= EXO_HEAP_BASE && new <= old)
        result = heap_resize((old + PAGE_MASK) & ~PAGE_MASK, (new + PAGE_MASK) & ~PAGE_MASK);
    if (result >= 0)
        heap_end = new;
    unlock(was);
    *error = result < 0 ? result : 0;
    return result < 0 ? (void *)-1 : (void *)old;
}

/* ---- Asking ---- */

bool vm_query(vaddr_t address, struct region *out)
{
    uint32_t was = lock();
    struct region *region = region_find(&table, address);
    if (region)
        *out = *region;
    unlock(was);
    return region != NULL;
}

bool vm_accessible(vaddr_t address, size_t bytes, bool write)
{
    unsigned need = write ? REGION_WRITE : REGION_READ;
    vaddr_t end = address + bytes;
    if (end < address)
        return false;
    uint32_t was = lock();
    bool good = region_covered(&table, address, end);
    for (uint32_t i = region_index(&table, address); good && i < table.count && table.entry[i].start < end; i++)
        good = (table.entry[i].prot & need) != 0;
    unlock(was);
    return good;
}

/* ---- Faults ---- */

__attribute__((weak)) unsigned vm_fault_around(const struct region *region, vaddr_t page)
{
    if (region->kind == REGION_STACK)
        return 1;
    if (region->kind == REGION_HEAP)
        return 8;
    bool sequential = page > region->start && (exo_pte(page - EXO_PAGE_BYTES) & EXO_PTE_P);
    return sequential ? 8 : 1;
}

static bool allowed(const struct region *region, uint64_t error)
{
    unsigned need = error & FAULT_FETCH ? REGION_EXEC : error & FAULT_WRITE ? REGION_WRITE : REGION_READ;
    return (region->prot & need) != 0;
}

/* Pages that were promised are there now; lock held. */
static void filled(const struct region *region, uint32_t pages)
{
    if ((region->kind == REGION_ANON || region->kind == REGION_HEAP) && region->prot & REGION_WRITE)
        budget_change(-(int64_t)pages);
}

/* Fills absent pages from `page` on; lock held. */
static enum vm_fault_result fill(const struct region *region, vaddr_t page)
{
    uint64_t left = (region->end - page) / EXO_PAGE_BYTES;
    uint32_t wanted = vm_fault_around(region, page);
    if (wanted > VM_FAULT_AROUND_MAX)
        wanted = VM_FAULT_AROUND_MAX;
    if (wanted > left)
        wanted = (uint32_t)left;
    wanted = pages_absent(page, wanted ? wanted : 1);
    if (!wanted)
        return VM_FAULT_DONE; /* another virtual CPU was faster */
    if (pages_fill(page, wanted, region->prot) != 0) {
        if (wanted == 1 || pages_fill(page, 1, region->prot) != 0)
            return VM_FAULT_NO_MEMORY;
        wanted = 1;
    }
    filled(region, wanted);
    return VM_FAULT_DONE;
}

static enum vm_fault_result region_fault(struct region *region, vaddr_t address, uint64_t error)
{
    vaddr_t page = address & ~PAGE_MASK;
    if (region->kind == REGION_GUARD)
        return VM_FAULT_OVERFLOW;
    if (region->kind == REGION_TAKEN)
        return VM_FAULT_TAKEN;
    if (!allowed(region, error))
        return VM_FAULT_PROTECTION;
    if (region->kind == REGION_IMAGE || region->kind == REGION_FIXED)
        return error & FAULT_PRESENT ? VM_FAULT_PROTECTION : VM_FAULT_NO_REGION;
    if (!(error & FAULT_PRESENT))
        return fill(region, page);
    /* Present but refused though the region allows it: the page kept an older protection. */
    return pages_protect(page, page + EXO_PAGE_BYTES, region->prot) == 0 ? VM_FAULT_DONE : VM_FAULT_PROTECTION;
}

enum vm_fault_result vm_fault(vaddr_t address, uint64_t error)
{
    uint32_t was = lock_in_upcall();
    struct region *region = region_find(&table, address);
    enum vm_fault_result result = region ? region_fault(region, address, error) : VM_FAULT_NO_REGION;
    unlock(was);
    if (!region && session_fault && upcall_with_fpu(session_fault, address, (error & FAULT_WRITE) != 0) == 1)
        return VM_FAULT_DONE;
    return result;
}

int vm_populate(vaddr_t address, size_t bytes)
{
    uint32_t was = lock();
    int result = 0;
    vaddr_t end = address + bytes;
    for (vaddr_t page = address & ~PAGE_MASK; page < end && result == 0;) {
        struct region *region = region_find(&table, page);
        if (!region || !(region->prot & REGION_WRITE) || region->kind == REGION_TAKEN) {
            result = -EFAULT;
            break;
        }
        vaddr_t limit = end < region->end ? end : region->end;
        uint64_t left = (limit - page + PAGE_MASK) / EXO_PAGE_BYTES;
        uint32_t absent = pages_absent(page, left < EXO_FRAMES_MAX ? (uint32_t)left : EXO_FRAMES_MAX);
        if (absent)
            result = pages_fill(page, absent, region->prot);
        if (absent && result == 0)
            filled(region, absent);
        page += (vaddr_t)(absent ? absent : 1) * EXO_PAGE_BYTES;
    }
    unlock(was);
    return result;
}
