/* SPDX-License-Identifier: MIT
 *
 * pt_walk.c: the tables themselves (pt.h): roots, table pages made on the way to an entry and freed when they are empty,
 * and the walk that the hardware would do for an address of ring 3.
 */
#include "pt_entry.h"
#include "x86/kpaging.h"

static void set_entry(uint64_t *slot, uint64_t value)
{
    __atomic_store_n(slot, value, __ATOMIC_RELEASE);
}

int pt_make(struct env *env)
{
    frame_t frame = EXO_FRAME_ANY;
    int error = frame_take(&frame, env->guard, env->quota, EXO_FRAME_TABLE, 0);
    if (error)
        return error;
    env->pml4_frame = frame;
    pt_forget_table(env);
    env->pml4 = frame_address(frame);
    const uint64_t *kernel = kernel_pml4();
    for (unsigned i = 256; i < 512; i++)
        env->pml4[i] = kernel[i];
    env->pml4[SLOT_WINDOW] = frame_paddr(frame) | EXO_PTE_P | EXO_PTE_U | EXO_PTE_A | pte_nx();
    return 0;
}

void pt_free_root(struct env *env)
{
    frame_release(env->pml4_frame);
    env->pml4 = NULL;
}

/* A table page for env, zeroed. */
static int table_make(struct env *env, uint64_t *parent_slot, frame_t parent)
{
    frame_t frame = EXO_FRAME_ANY;
    int error = frame_take(&frame, env->guard, env->quota, EXO_FRAME_TABLE, 0);
    if (error)
        return error;
    if (!*parent_slot) /* soft bits of a large page that is gone count already */
        frames[parent].maps++;
    set_entry(parent_slot, frame_paddr(frame) | EXO_PTE_P | EXO_PTE_W | EXO_PTE_U | EXO_PTE_A);
    env->pub->table_pages++;
    return 0;
}

uint64_t *pt_find_or_make(struct env *env, uint64_t va, int level, int *error)
{
    uint64_t *slot = pt_find(env, va, level, error), *table = env->pml4;
    if (slot || *error)
        return slot;
    for (int at = LEVEL_PML4; at > level; at--) {
        uint64_t *entry = &table[table_index(va, at)];
        if (!(*entry & EXO_PTE_P) && (*error = table_make(env, entry, frame_of(table))))
            return NULL;
        table = entry_table(*entry);
    }
    return &table[table_index(va, level)];
}

/* The entry that points to the table of this level for va, or NULL. */
static uint64_t *table_slot(struct env *env, uint64_t va, int level)
{
    uint64_t *table = env->pml4;
    for (int at = LEVEL_PML4;; at--) {
        uint64_t *entry = &table[table_index(va, at)];
        if (!(*entry & EXO_PTE_P) || (*entry & EXO_PTE_PS))
            return NULL;
        if (at == level + 1)
            return entry;
        table = entry_table(*entry);
    }
}

void pt_prune_table(struct env *env, uint64_t va, int level, struct pt_batch *batch)
{
    uint64_t *slot = table_slot(env, va, level);
    if (!slot)
        return;
    frame_t table = entry_frame(*slot);
    if (frames[table].maps)
        return;
    swap_entry(slot, 0);
    pt_forget_table(env);
    frames[frame_of(slot)].maps--;
    env->pub->table_pages--;
    batch->flush = PT_FLUSH_ALL; /* paging-structure caches and the window hold it */
    pt_note_drop(batch, table, 1, PT_DROP_TABLE);
}

int pt_map_pinned(struct env *env, uint64_t va, frame_t frame)
{
    int error;
    uint64_t *slot = pt_find_or_make(env, va, LEVEL_PT, &error);
    if (!slot)
        return error;
    set_entry(slot, frame_paddr(frame) | EXO_PTE_P | EXO_PTE_W | EXO_PTE_U | pte_nx());
    frames[frame_of(slot)].maps++;
    return 0;
}

uint64_t pt_user_word(struct env *env, uint64_t va, bool write)
{
    if (va >= 0x0000800000000000ull || table_index(va, LEVEL_PML4) == SLOT_WINDOW)
        return 0;
    uint64_t need = EXO_PTE_P | EXO_PTE_U | (write ? EXO_PTE_W : 0);
    uint64_t *table = env->pml4;
    for (int level = LEVEL_PML4; level >= LEVEL_PT; level--) {
        uint64_t entry = __atomic_load_n(&table[table_index(va, level)], __ATOMIC_RELAXED);
        if ((entry & need) != need)
            return 0;
        if (level == LEVEL_PT || (entry & EXO_PTE_PS)) {
            uint64_t offset = va & (level_bytes(level) - 1);
            uint64_t paddr = (entry & EXO_PTE_ADDR & ~(level_bytes(level) - 1)) + offset;
            frame_t frame = (frame_t)(paddr >> EXO_PAGE_BITS);
            bool ram = frame < frame_count && (frames[frame].type == EXO_FRAME_USER || frames[frame].type == EXO_FRAME_PINNED);
            return ram ? paddr : 0;
        }
        table = entry_table(entry);
    }
    return 0;
}

/* Batches */

void pt_batch_init(uint32_t cpu, struct pt_batch *batch)
{
    cpus[cpu]->pt_batch = batch;
}

void pt_settle(struct pt_batch *batch)
{
    for (uint32_t i = 0; i < batch->n; i++)
        for (frame_t frame = batch->drop[i].frame; frame < batch->drop[i].frame + batch->drop[i].count; frame++)
            pt_take_back(frame, batch->drop[i].what);
    batch->n = 0;
}
