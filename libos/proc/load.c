/* SPDX-License-Identifier: MIT
 *
 * load.c: fills a new environment's memory: frames are allocated, mapped here at EXO_TEMP_BASE, filled, mapped there, and
 * unmapped here, a batch at a time.
 *
 * Layer: libos/proc. temp_lock guards the temporary addresses. A frame belongs to nobody until it is mapped somewhere; on
 * each error path it is freed by hand before that, and by itself (EXO_FRAME_AUTO) after.
 */
#include "proc/load.h"

#include <errno.h>
#include <string.h>

#include "exo/exo.h"
#include "exo/layout.h"
#include "sync/sync.h"

#define BATCH EXO_FRAMES_MAX

static struct sync_mutex temp_lock;

/* One operation for each run of consecutive frames. */
static unsigned map_ops(struct exo_pt_op *ops, uint64_t va, const uint32_t *frames, unsigned n, int prot, uint32_t cap)
{
    unsigned count = 0;
    for (unsigned i = 0; i < n; i++) {
        if (count > 0 && frames[i] == ops[count - 1].frame + ops[count - 1].count) {
            ops[count - 1].count++;
            continue;
        }
        ops[count++] = (struct exo_pt_op){
            .va = va + (uint64_t)i * EXO_PAGE_BYTES,
            .frame = frames[i],
            .count = 1,
            .op = EXO_PT_MAP,
            .prot = (uint8_t)prot,
            .cap = (uint8_t)cap,
        };
    }
    return count;
}

/* Maps n frames in an environment (0: here). 0, or a negative errno value; some may be mapped then. */
static int map_frames(uint64_t env, uint32_t ctl, uint32_t cap, uint64_t va, const uint32_t *frames, unsigned n, int prot)
{
    struct exo_pt_op ops[BATCH];
    unsigned count = map_ops(ops, va, frames, n, prot, cap);
    for (unsigned done = 0; done < count;) {
        int64_t result = exo_pt_update(env, ctl, ops + done, count - done);
        if (result <= 0)
            return result < 0 ? (int)exo_errno(result) : -ENOMEM;
        done += (unsigned)result;
    }
    return 0;
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
    uint32_t frames[BATCH];
    for (unsigned i = 0; i < n; i++)
        frames[i] = EXO_FRAME_ANY;
    int covered = page >= va && page + (uint64_t)n * EXO_PAGE_BYTES <= va + filesz;
    int64_t got = exo_frame_alloc(to->cap, frames, n, EXO_FRAME_AUTO | (covered ? 0 : EXO_FRAME_ZERO));
    if (got < 0)
        return (int)exo_errno(got);
    if (page >= va + filesz) {
        int result = map_frames(to->env, to->cap, 0, page, frames, n, prot);
        if (result != 0)
            exo_frame_free(to->cap, frames, n); /* those that are mapped go with the environment */
        return result;
    }
    sync_mutex_lock(&temp_lock);
    int result = map_frames(0, EXO_CAP_NONE, to->cap, EXO_TEMP_BASE, frames, n, EXO_PROT_WRITE);
    if (result == 0) {
        fill(page, (size_t)n * EXO_PAGE_BYTES, va, source, filesz);
        result = map_frames(to->env, to->cap, 0, page, frames, n, prot);
    }
    if (result != 0)
        exo_frame_free(to->cap, frames, n);
    temp_unmap(n);
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
