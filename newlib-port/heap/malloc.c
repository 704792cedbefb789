/* SPDX-License-Identifier: MIT
 *
 * malloc.c: malloc and its family over a heap of libos/mem/heap (heap.h), in place of newlib's. Layer: newlib-port. newlib's
 * covers (malloc, free, ...) call these by the names that its own functions have. Not in libexon.a: it is linked by -lheap and
 * -lheap-NAME alone.
 *
 * As with newlib's, signals wait while a heap is at work, so that a handler may allocate.
 */
#include <errno.h>
#include <malloc.h>
#include <reent.h>
#include <string.h>

#include "mem/heap/choose.h"
#include "sched/thread.h"
#include "sync/sync.h"

static const struct heap *chosen;
static struct sync_recursive lock;
static bool used; /* something was allocated */

const struct heap *heap_now(void)
{
    if (!chosen)
        chosen = heap_by_name ? heap_by_name() : heap_default;
    return chosen;
}

int heap_set(const struct heap *heap)
{
    if (used)
        return -EBUSY;
    chosen = heap;
    return 0;
}

static inline const struct heap *begin(void)
{
    const struct heap *heap = chosen ? chosen : heap_now();
    used = true;
    thread_critical_enter();
    if (!heap->concurrent)
        sync_recursive_lock(&lock);
    return heap;
}

static inline void end(const struct heap *heap)
{
    if (!heap->concurrent)
        sync_recursive_unlock(&lock);
    thread_critical_exit();
}

static size_t rounded(size_t bytes) { return bytes ? heap_round(bytes, HEAP_ALIGN) : HEAP_ALIGN; }

static void *take(struct _reent *reent, size_t bytes, size_t align)
{
    void *block = NULL;
    if (bytes <= HEAP_MOST && align <= HEAP_MOST) {
        const struct heap *heap = begin();
        block = heap->take(rounded(bytes), align > HEAP_ALIGN ? align : HEAP_ALIGN);
        end(heap);
    }
    if (!block)
        reent->_errno = ENOMEM;
    return block;
}

void *_malloc_r(struct _reent *reent, size_t bytes) { return take(reent, bytes, HEAP_ALIGN); }

void *_memalign_r(struct _reent *reent, size_t align, size_t bytes)
{
    if (align & (align - 1)) {
        reent->_errno = EINVAL;
        return NULL;
    }
    return take(reent, bytes, align);
}

void _free_r(struct _reent *reent, void *block)
{
    (void)reent;
    if (!block)
        return;
    const struct heap *heap = begin();
    heap->give(block);
    end(heap);
}

size_t _malloc_usable_size_r(struct _reent *reent, void *block)
{
    (void)reent;
    return block ? heap_now()->room(block) : 0;
}

/* A block stays where it is if it fits and is not much too large. */
static bool fits(size_t room, size_t bytes) { return bytes <= room && (room <= 64 || bytes > room / 2); }

void *_realloc_r(struct _reent *reent, void *block, size_t bytes)
{
    if (!block)
        return _malloc_r(reent, bytes);
    const struct heap *heap = begin();
    void *result = bytes > HEAP_MOST ? NULL : block;
    if (result && heap->resize) {
        result = heap->resize(block, rounded(bytes));
    } else if (result && !fits(heap->room(block), bytes)) {
        size_t room = heap->room(block);
        result = heap->take(rounded(bytes), HEAP_ALIGN);
        if (result) {
            memcpy(result, block, room < bytes ? room : bytes);
            heap->give(block);
        } else if (bytes <= room) {
            result = block;
        }
    }
    end(heap);
    if (!result)
        reent->_errno = ENOMEM;
    return result;
}

void *realloc(void *block, size_t bytes) { return _realloc_r(_REENT, block, bytes); }

void *_valloc_r(struct _reent *reent, size_t bytes) { return take(reent, bytes, EXO_PAGE_BYTES); }

void *_pvalloc_r(struct _reent *reent, size_t bytes)
{
    return take(reent, bytes <= HEAP_MOST ? heap_round(bytes, EXO_PAGE_BYTES) : bytes, EXO_PAGE_BYTES);
}

/* ---- Newlib's own heap has these for its own ends ---- */

struct mallinfo _mallinfo_r(struct _reent *reent)
{
    (void)reent;
    return (struct mallinfo){.arena = heap_footprint()};
}

void _malloc_stats_r(struct _reent *reent) { (void)reent; }

int _mallopt_r(struct _reent *reent, int parameter, int value)
{
    (void)reent, (void)parameter, (void)value;
    return 0;
}

int _malloc_trim_r(struct _reent *reent, size_t pad)
{
    (void)reent, (void)pad;
    return 0;
}
