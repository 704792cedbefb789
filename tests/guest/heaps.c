/* SPDX-License-Identifier: MIT
 *
 * heaps.c: heap allocators in a program that is linked with -lheap: the random checker on the one that it was started with, the C
 * library over it, threads, exhaustion. Layer: tests. `heaps name` says which heap it has; `heaps set NAME` chooses one itself.
 */
#include <malloc.h>
#include <pthread.h>
#include <stdlib.h>

#include "../heaps/check.h"
#include "suite.h"

static struct heap_checker checker;

/* The checker calls the heap's functions itself, one thread at a time. */
static void random_steps(void)
{
    for (uint64_t seed = 1; seed <= 3; seed++)
        EQUAL(heap_check(&checker, heap_now(), seed, 1500), 0);
    EQUAL(checker.refused, 0);
}

static void the_c_library_on_it(void)
{
    char *text = NULL, *grown = strdup("a");
    for (int i = 1; i < 2000; i++) {
        grown = realloc(grown, (size_t)i + 2);
        strcat(grown, "a");
    }
    EQUAL(strlen(grown), 2000);
    EQUAL(asprintf(&text, "%s %d", grown, 42), 2003);
    free(grown);
    CHECK(strcmp(text + 1999, "a 42") == 0);
    free(text);
    free(NULL);
    char *zeroes = calloc(1000, 3);
    int wrong = 0;
    for (int i = 0; i < 3000; i++)
        wrong += zeroes[i] != 0;
    EQUAL(wrong, 0);
    memset(zeroes, 1, 3000);
    free(zeroes);
    CHECK(malloc_usable_size(zeroes = malloc(100)) >= 100);
    free(zeroes);
    CHECK(malloc(0) != NULL);
}

static void alignments(void)
{
    for (size_t align = 16; align <= 1 << 16; align *= 4) {
        void *block = memalign(align, 100);
        CHECK(block && (uintptr_t)block % align == 0);
        free(block);
        block = NULL;
        EQUAL(posix_memalign(&block, align, 5000), 0);
        CHECK((uintptr_t)block % align == 0);
        free(block);
    }
    FAILS(memalign(24, 100) ? 0 : -1, EINVAL);
}

static void too_much_is_refused(void)
{
    volatile size_t lots = (size_t)1 << 40, overflow = SIZE_MAX - 8;
    FAILS(malloc(lots) ? 0 : -1, ENOMEM);
    FAILS(malloc(overflow) ? 0 : -1, ENOMEM);
    FAILS(calloc(lots, lots) ? 0 : -1, ENOMEM);
    char *kept = malloc(32);
    strcpy(kept, "kept");
    char *moved = realloc(kept, lots);
    CHECK(moved == NULL && errno == ENOMEM);
    if (!moved) {
        CHECK(strcmp(kept, "kept") == 0);
        free(kept);
    }
    CHECK(malloc(64) != NULL); /* it goes on afterwards */
}

/* Until nothing is left, back, and again. */
static void exhaustion(void)
{
    static void *blocks[4096];
    unsigned count = 0;
    while (count < 4096 && (blocks[count] = malloc(1 << 18)))
        count++;
    CHECK(count > 4 && count < 4096);
    unsigned most = count;
    while (count > 0)
        free(blocks[--count]);
    if (strcmp(heap_now()->name, "bump") == 0)
        return; /* it begins anew only when nothing is left, and stdio keeps some */
    while (count < most && (blocks[count] = malloc(1 << 18)))
        count++;
    CHECK(count + 4 >= most);
    while (count > 0)
        free(blocks[--count]);
}

static void *passed[64];
static unsigned wrong;

static void *work(void *argument)
{
    unsigned seed = (unsigned)(uintptr_t)argument + 1;
    for (int i = 0; i < 3000; i++) {
        size_t bytes = 16 + (size_t)(rand_r(&seed) % 500);
        unsigned char *mine = malloc(bytes);
        if (!mine) {
            __atomic_add_fetch(&wrong, 1, __ATOMIC_RELAXED);
            return NULL;
        }
        memset(mine, (int)(seed & 0xff), 16);
        unsigned char *other = __atomic_exchange_n(&passed[rand_r(&seed) % 64], mine, __ATOMIC_ACQ_REL);
        for (int k = 1; other && k < 16; k++)
            if (other[k] != other[0])
                __atomic_add_fetch(&wrong, 1, __ATOMIC_RELAXED);
        free(other);
    }
    return argument;
}

static void threads(void)
{
    pthread_t workers[6];
    wrong = 0;
    for (int round = 0; round < 2; round++) { /* the second one's threads get what the first one's left */
        for (uintptr_t i = 0; i < 6; i++)
            EQUAL(pthread_create(&workers[i], NULL, work, (void *)i), 0);
        for (int i = 0; i < 6; i++)
            pthread_join(workers[i], NULL);
    }
    EQUAL(wrong, 0);
    for (int i = 0; i < 64; i++)
        free(passed[i]);
}

static void later_is_too_late(void)
{
    free(malloc(1));
    EQUAL(heap_set(&heap_list), -EBUSY);
}

int main(int argc, char **argv)
{
    static const struct suite_test tests[] = {
        {random_steps, "random_steps", 60},
        {the_c_library_on_it, "the_c_library_on_it", 20},
        {alignments, "alignments", 20},
        {too_much_is_refused, "too_much_is_refused", 20},
        {threads, "threads", 60},
        {exhaustion, "exhaustion", 60},
        {later_is_too_late, "later_is_too_late", 10},
    };
    if (argc == 3 && strcmp(argv[1], "set") == 0 && heap_find(argv[2]))
        EQUAL(heap_set(heap_find(argv[2])), 0);
    if (argc > 1) {
        printf("heap %s\n", heap_now()->name);
        return 0;
    }
    return SUITE_RUN(tests);
}
