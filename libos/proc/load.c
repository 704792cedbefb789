/* SPDX-License-Identifier: MIT
 *
 * load.c: fills a new environment's memory a batch at a time: fresh pages of zeroes are mapped there, or, if they are to
 * hold something, first here at EXO_TEMP_BASE, where they are filled, then there too, and no longer here.
 *
 * Layer: libos/proc. temp_lock guards the temporary addresses. No frame is ever without a mapping (EXO_PT_FRESH), so
 * wherever this process dies on the way, each frees itself with the environments that map it.
 */
#include "proc/load.h"

#include <errno.h>
#include <string.h>

#include "exo/exo.h"
#include "exo/layout.h"
#include "sync/sync.h"

#define BATCH EXO_FRAMES_MAX

static struct sync_mutex temp_lock;

/* Carries out n operations on an environment's page tables (0: this one's). 0 or a negative errno value. */
static int update(uint64_t env, uint32_t ctl, const struct exo_pt_op *ops, unsigned n)
{
    for (unsigned done = 0; done < n;) {
        int64_t result = exo_pt_update(env, ctl, ops + done, n - done);
        if (result <= 0)
            return result < 0 ? (int)exo_errno(result) : -ENOMEM;
        done += (unsigned)result;
    }
    return 0;
}

/* Maps n pages of zeroes under the capability in that slot of the environment. */
static int map_fresh(uint64_t env, uint32_t ctl, uint32_t cap, uint64_t va, unsigned n, int prot)
{
    struct exo_pt_op op = {.va = va, .count = n, .op = EXO_PT_FRESH, .prot = (uint8_t)prot, .cap = (uint8_t)cap};
    return update(env, ctl, &op, 1);
}

/* Maps the n pages at EXO_TEMP_BASE in the other environment too: an operation for each run of consecutive frames. */
static int map_there(const struct load_target *to, uint64_t va, unsigned n, int prot)
{
    struct exo_pt_op ops[BATCH];
    unsigned count = 0;
    for (unsigned i = 0; i < n; i++) {
        uint64_t entry = exo_pte(EXO_TEMP_BASE + (uint64_t)i * EXO_PAGE_BYTES);
        uint32_t frame = (uint32_t)((entry & EXO_PTE_ADDR) / EXO_PAGE_BYTES);
        if (count > 0 && frame == ops[count - 1].frame + ops[count - 1].count) {
            ops[count - 1].count++;
            continue;
        }
        ops[count++] = (struct exo_pt_op){
            .va = va + (uint64_t)i * EXO_PAGE_BYTES,
            .frame = frame,
            .count = 1,
            .op = EXO_PT_MAP,
            .prot = (uint8_t)prot,
        };
    }
    return update(to->env, to->cap, ops, count);
}

static void temp_unmap(unsigned n)
{
    struct exo_pt_op op = {.va = EXO_TEMP_BASE, .count = n, .op = EXO_PT_UNMAP};
    exo_pt_update(0, EXO_CAP_NONE, &op, 1);
}

/* What of the file belongs to pages [page, page + bytes), copied to where they are mapped. */
static void fill(uint64_t page, size_t bytes, uint64_t va, const uint8_t *source, size_t filesz)
{
    uint64_t from = va > page ? va : page;
    uint64_t end = va + filesz < page + bytes ? va + filesz : page + bytes;
    if (from < end)
        memcpy((uint8_t *)EXO_TEMP_BASE + (from - page), source + (from - va), end - from);
}

/* One batch: n pages at `page`, with what they hold of [va, va + filesz), else zeroes. Holds temp_lock while copying. */
static int load_batch(const struct load_target *to, uint64_t page, unsigned n, uint64_t va, const void *source,
                      size_t filesz, int prot)
{
    if (page >= va + filesz)
        return map_fresh(to->env, to->cap, 0, page, n, prot);
    sync_mutex_lock(&temp_lock);
    int result = map_fresh(0, EXO_CAP_NONE, to->cap, EXO_TEMP_BASE, n, EXO_PROT_WRITE);
    if (result == 0) {
        fill(page, (size_t)n * EXO_PAGE_BYTES, va, source, filesz);
        result = map_there(to, page, n, prot);
        temp_unmap(n);
    }
    sync_mutex_unlock(&temp_lock);
    return result;
}

int load_range(const struct load_target *to, uint64_t va, const void *source, size_t filesz, size_t memsz, int prot)
{
    uint64_t end = (va + memsz + EXO_PAGE_BYTES - 1) & -(uint64_t)EXO_PAGE_BYTES;
    for (uint64_t page = va & -(uint64_t)EXO_PAGE_BYTES; page < end;) {
        uint64_t pages = (end - page) / EXO_PAGE_BYTES;
        unsigned n = pages < BATCH ? (unsigned)pages : BATCH;
        int result = load_batch(to, page, n, va, source, filesz, prot);
        if (result != 0)
            return result;
        page += (uint64_t)n * EXO_PAGE_BYTES;
    }
    return 0;
}
