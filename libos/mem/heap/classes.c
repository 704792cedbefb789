/* SPDX-License-Identifier: MIT
 *
 * classes.c: classes of sizes, each thread with a few objects of every class for itself. Layer: libos/mem/heap.
 *
 * Taking and giving a small object are a few instructions on the thread's own list, with no lock and no atomic operation; objects
 * go to the common list of their class, and come from it, by the batch, under that class's lock. Whoever gives an object back
 * keeps it. Larger than RUN_SMALL: runs of pages under one lock. A page of objects stays with its class. Sources: Bonwick and
 * Adams, "Magazines and Vmem", USENIX 2001, for the batches; Ghemawat and Menage, "TCMalloc" (2005), for the lists of threads.
 */
#include "mem/heap/runs.h"
#include "sync/sync.h"

#define BATCH_BYTES 4096u

struct cache {
    void *first;
    uint32_t count;
};
static _Thread_local struct cache caches[RUN_CLASSES];

static struct common {
    struct sync_mutex lock;
    void *first;
} commons[RUN_CLASSES];
static struct sync_mutex runs_lock;

/* 2 to 32 objects. */
static uint32_t batch(unsigned class)
{
    size_t count = BATCH_BYTES / run_class_bytes(class);
    return count > 32 ? 32 : (uint32_t)count;
}

static void *pop(void **list)
{
    void *object = *list;
    *list = *(void **)object;
    return object;
}

static void push(void **list, void *object)
{
    *(void **)object = *list;
    *list = object;
}

/* The common list has some, or there is no memory; its lock held. */
static bool stock(struct common *common, unsigned class)
{
    uint32_t count;
    if (common->first)
        return true;
    sync_mutex_lock(&runs_lock);
    struct run *run = run_take(1);
    sync_mutex_unlock(&runs_lock);
    if (run)
        common->first = run_carve(run, run_class_bytes(class), &count);
    return run != NULL;
}

static __attribute__((noinline)) bool refill(struct cache *cache, unsigned class)
{
    struct common *common = &commons[class];
    sync_mutex_lock(&common->lock);
    for (uint32_t left = batch(class); left > 0 && stock(common, class); left--, cache->count++)
        push(&cache->first, pop(&common->first));
    sync_mutex_unlock(&common->lock);
    return cache->first != NULL;
}

static __attribute__((noinline)) void spill(struct cache *cache, unsigned class, uint32_t count)
{
    sync_mutex_lock(&commons[class].lock);
    for (; count > 0; count--, cache->count--)
        push(&commons[class].first, pop(&cache->first));
    sync_mutex_unlock(&commons[class].lock);
}

static void *take(size_t bytes, size_t align)
{
    size_t object_bytes = run_object_bytes(bytes, align);
    if (object_bytes > RUN_SMALL) {
        sync_mutex_lock(&runs_lock);
        void *block = run_take_large(bytes, align);
        sync_mutex_unlock(&runs_lock);
        return block;
    }
    unsigned class = run_class(object_bytes);
    struct cache *cache = &caches[class];
    if (!cache->first && !refill(cache, class))
        return NULL;
    cache->count--;
    return pop(&cache->first);
}

static void give(void *block)
{
    struct run *run = run_of(block);
    if (!run->object) {
        sync_mutex_lock(&runs_lock);
        run_give(run->whole);
        sync_mutex_unlock(&runs_lock);
        return;
    }
    unsigned class = run_class(run->object);
    struct cache *cache = &caches[class];
    push(&cache->first, block);
    if (++cache->count > 2 * batch(class))
        spill(cache, class, batch(class));
}

void heap_thread_exit(void)
{
    for (unsigned class = 0; class < RUN_CLASSES; class++)
        if (caches[class].count)
            spill(&caches[class], class, caches[class].count);
}

const struct heap heap_classes = {.name = "classes", .take = take, .give = give, .room = run_room, .concurrent = true};
