// SPDX-License-Identifier: MIT
// link: libos/mem/heap/bump.c libos/mem/heap/list.c libos/mem/heap/blocks.c libos/mem/heap/buddy.c
// link: libos/mem/heap/slab.c libos/mem/heap/classes.c libos/mem/heap/runs.c
// seconds: 120
/* test_heaps.c: every heap of libos/mem/heap against the random checker of tests/heaps/check.h, at exhaustion, and by threads; and
 * what each promises beside. */
#include "../harness.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "../../heaps/check.h"
#include "mem/heap/runs.h"
#include "sync/sync.h"

/* ---- What heaps ask of the library ---- */

#define ARENA (1ull << 26)

/* One for each heap, as a program has one heap: what heap_more returns follows what it returned before. */
static struct arena {
    char *start;
    size_t grown;
} arenas[8], *arena = arenas;
static size_t limit = ARENA;

void *heap_more(size_t bytes)
{
    bytes = heap_round(bytes, HEAP_MORE);
    if (!arena->start) {
        char *mapped = mmap(NULL, ARENA + HEAP_MORE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
        arena->start = heap_align(mapped, HEAP_MORE);
    }
    if (bytes > limit - arena->grown)
        return NULL;
    char *more = arena->start + arena->grown;
    arena->grown += bytes;
    return more;
}

void sync_mutex_lock(struct sync_mutex *mutex)
{
    while (__atomic_exchange_n(&mutex->word, 1, __ATOMIC_ACQUIRE))
        ;
}
void sync_mutex_unlock(struct sync_mutex *mutex) { __atomic_store_n(&mutex->word, 0, __ATOMIC_RELEASE); }

static const struct heap *const all[] = {&heap_bump, &heap_list, &heap_blocks, &heap_buddy, &heap_slab, &heap_classes, NULL};
static struct heap_checker checker;

/* slab and classes stand on the same runs. */
static const struct heap *use(const struct heap *heap)
{
    unsigned i = 0;
    while (all[i] && all[i] != heap)
        i++;
    arena = &arenas[heap == &heap_classes ? i - 1 : i];
    return heap;
}

/* ---- The checker ---- */

TEST(random_steps)
{
    for (const struct heap *const *heap = all; *heap; heap++)
        for (unsigned seed = 1; seed <= 6; seed++) {
            CHECK_EQ(heap_check(&checker, use(*heap), seed, 3000), 0);
            CHECK_EQ(checker.refused, 0);
            CHECK(checker.taken > 3000);
        }
}

/* The checker has teeth: a heap that hands out what is in use, one that ignores alignment, one that writes into blocks. */
static char same[200000] __attribute__((aligned(4096)));
static void *take_same(size_t bytes, size_t align)
{
    (void)align;
    return bytes < sizeof same ? same : NULL;
}
static void give_nothing(void *block) { (void)block; }
static size_t room_of_same(const void *block) { return (void)block, sizeof same; }
static void *take_crooked(size_t bytes, size_t align)
{
    static size_t at = 8;
    (void)align;
    char *block = arenas[7].start + at;
    at += bytes;
    return at < ARENA ? block : NULL;
}

TEST(the_checker_finds_what_is_wrong)
{
    static const struct heap overlapping = {.name = "(overlaps)", .take = take_same, .give = give_nothing, .room = room_of_same};
    static const struct heap crooked = {.name = "(crooked)", .take = take_crooked, .give = give_nothing, .room = room_of_same};
    arena = &arenas[7];
    CHECK(heap_more(1) != NULL);
    CHECK(heap_check(&checker, &overlapping, 1, 100) > 50);
    HEAP_SHOW(same, sizeof same);
    CHECK(heap_check(&checker, &crooked, 1, 500) > 0);
}

TEST(alignments)
{
    for (const struct heap *const *heap = all; *heap; heap++) {
        memset(&checker, 0, sizeof checker);
        checker.heap = use(*heap);
        unsigned i = 0;
        for (size_t align = HEAP_ALIGN; align <= 1 << 18; align *= 2)
            for (size_t bytes = HEAP_ALIGN; bytes <= 40000; bytes = bytes * 7 / 16 * 16 + 16)
                heap_take_slot(&checker, i++ % HEAP_SLOTS, bytes, align);
        CHECK(i < HEAP_SLOTS);
        heap_empty(&checker);
        CHECK_EQ(checker.failures + checker.refused, 0);
    }
}

/* ---- Exhaustion ---- */

TEST(exhaustion_is_refused_and_passes)
{
    for (const struct heap *const *heap = all; *heap; heap++) {
        memset(&checker, 0, sizeof checker);
        checker.heap = use(*heap);
        checker.seed = 3;
        limit = arena->grown + 1024 * 1024;
        CHECK((*heap)->take(HEAP_MOST, HEAP_ALIGN) == NULL);
        CHECK((*heap)->take(16, HEAP_MOST) == NULL);
        heap_steps(&checker, 400);
        for (size_t i = 0; i < HEAP_SLOTS; i++)
            if (!checker.slot[i].block)
                heap_take_slot(&checker, i, 1 << 20, HEAP_ALIGN);
        CHECK(checker.refused > 0);
        heap_empty(&checker);
        unsigned refused = checker.refused;
        heap_take_slot(&checker, 0, 4096, HEAP_ALIGN); /* what was given back serves again */
        CHECK_EQ(checker.refused, refused);
        heap_empty(&checker);
        CHECK_EQ(checker.failures, 0);
        limit = ARENA;
    }
}

/* Again and again the same needs no more memory. */
TEST(memory_is_used_again)
{
    for (const struct heap *const *heap = all; *heap; heap++) {
        heap_check(&checker, use(*heap), 11, 1000);
        size_t before = arena->grown;
        for (int round = 0; round < 5; round++)
            heap_check(&checker, *heap, 11, 1000);
        CHECK_EQ(arena->grown - before, 0);
    }
}

/* ---- What each promises ---- */

TEST(free_neighbours_become_one)
{
    const struct heap *const merging[] = {&heap_list, &heap_buddy, NULL};
    for (const struct heap *const *heap = merging; *heap; heap++) {
        void *blocks[64];
        use(*heap);
        size_t before = arena->grown;
        for (int i = 0; i < 64; i++)
            blocks[i] = (*heap)->take(16384 - 32, HEAP_ALIGN);
        for (int i = 0; i < 64; i++)
            (*heap)->give(blocks[i * 37 % 64]);
        size_t after = arena->grown;
        void *large = (*heap)->take(64 * 16384 - 65536, HEAP_ALIGN);
        CHECK(large != NULL);
        CHECK(arena->grown - after <= (size_t)(*heap == &heap_buddy ? 1 << 20 : 0)); /* a buddy block may have to begin elsewhere */
        (*heap)->give(large);
        CHECK(arena->grown - before <= 4 << 20);
    }
}

TEST(classes_of_sizes)
{
    unsigned last = 0;
    for (size_t bytes = 1; bytes <= RUN_SMALL; bytes++) {
        unsigned class = run_class(bytes);
        CHECK(class < RUN_CLASSES && class >= last && class <= last + 1);
        CHECK(run_class_bytes(class) >= bytes);
        CHECK(class == 0 || run_class_bytes(class - 1) < bytes);
        CHECK(bytes <= 128 || run_class_bytes(class) - bytes < bytes / 4 + 1);
        last = class;
    }
    CHECK_EQ(last, RUN_CLASSES - 1);
}

/* ---- Threads: each takes, and gives back what others took ---- */

#define HANDS 4
static void *passed[HANDS][256];

static void *work(void *argument)
{
    uintptr_t me = (uintptr_t)argument;
    unsigned seed = (unsigned)me;
    for (int i = 0; i < 60000; i++) {
        size_t bytes = heap_round(1 + (size_t)(rand_r(&seed) % 400), 16) + (i % 500 == 0 ? 8000 : 0);
        unsigned char *mine = heap_classes.take(bytes, HEAP_ALIGN);
        if (!mine)
            abort();
        memset(mine, (int)(bytes / 16), bytes);
        unsigned char *other = __atomic_exchange_n(&passed[rand_r(&seed) % HANDS][rand_r(&seed) % 256], mine, __ATOMIC_ACQ_REL);
        if (!other)
            continue;
        size_t room = heap_classes.room(other);
        for (size_t k = 1; k < 16 && k < room; k++)
            if (other[k] != other[0])
                abort();
        heap_classes.give(other);
    }
    heap_thread_exit();
    return NULL;
}

TEST(threads_share_a_concurrent_heap)
{
    pthread_t threads[HANDS];
    use(&heap_classes);
    for (uintptr_t i = 0; i < HANDS; i++)
        pthread_create(&threads[i], NULL, work, (void *)i);
    for (int i = 0; i < HANDS; i++)
        pthread_join(threads[i], NULL);
    unsigned left = 0;
    for (int i = 0; i < HANDS * 256; i++)
        if (passed[i / 256][i % 256]) {
            heap_classes.give(passed[i / 256][i % 256]);
            left++;
        }
    CHECK(left > 100);
    CHECK_EQ(heap_check(&checker, &heap_classes, 5, 2000), 0);
}
