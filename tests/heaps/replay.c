/* SPDX-License-Identifier: MIT
 *
 * replay.c: replays traces of malloc and free with the heap that it was started with, on 1 to 4 threads, and prints samples (make
 * compare-allocators). Layer: tests.
 *
 * usage: replay THREADS TRACE      THREADS 0: not timed, the course of memory instead
 *
 * A trace is a list of (slot:4, bytes:4) in host order: take bytes for a slot, or, bytes 0, give it back. Its first pair is (number
 * of slots, 0). Each thread replays the whole trace with slots of its own; of a trace called `handover` the slots are everybody's,
 * so that a block is given back by whoever comes to it. First and last byte of a block are written. Three rounds: the first one
 * also pays for fresh memory, of the others the faster counts.
 */
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "exo/exo.h"
#include "mem/heap/heap.h"
#include "mem/vm.h"

bool sched_check = false; /* the watch over policies is not what is measured */

#define THREADS 4
#define ROUNDS 3
#define POINTS 120 /* of the course of memory */

struct operation {
    uint32_t slot, bytes;
};
static struct trace {
    const char *name;
    struct operation *at;
    uint32_t count, slots;
    bool shared;
} trace;
static char **slots_of[THREADS];
static unsigned threads;
static unsigned long refused;

static void need(bool holds, const char *what)
{
    if (holds)
        return;
    fprintf(stderr, "replay: %s\n", what);
    exit(1);
}

/* Memory beside the heap's, so that it disturbs nothing. */
static void *beside(size_t bytes)
{
    vaddr_t address = 0;
    bytes = heap_round(bytes, EXO_PAGE_BYTES);
    need(vm_map(&address, bytes, REGION_READ | REGION_WRITE, REGION_ANON, 0, "replay") == 0, "no memory");
    need(vm_populate(address, bytes) == 0, "no memory");
    return (void *)address;
}

static void load(const char *path)
{
    struct stat stat;
    int fd = open(path, O_RDONLY);
    need(fd >= 0 && fstat(fd, &stat) == 0 && stat.st_size >= 8, path);
    char *data = beside((size_t)stat.st_size);
    for (ssize_t done = 0, got; done < stat.st_size; done += got)
        need((got = read(fd, data + done, (size_t)(stat.st_size - done))) > 0, path);
    close(fd);
    const char *name = strrchr(path, '/');
    trace = (struct trace){.name = name ? name + 1 : path, .at = (struct operation *)data + 1,
                           .count = (uint32_t)(stat.st_size / 8 - 1), .slots = ((struct operation *)data)->slot};
    trace.shared = strcmp(trace.name, "handover") == 0;
    for (unsigned i = 0; i < threads; i++)
        slots_of[i] = i && trace.shared ? slots_of[0] : beside(trace.slots * sizeof(char *) + 1);
}

static void put(char **slot, char *block)
{
    char *before = __atomic_exchange_n(slot, block, __ATOMIC_ACQ_REL);
    if (before)
        free(before);
}

static char *take(uint32_t bytes)
{
    char *block = malloc(bytes);
    if (!block) {
        __atomic_add_fetch(&refused, 1, __ATOMIC_RELAXED);
        return NULL;
    }
    block[0] = block[bytes - 1] = 1;
    return block;
}

static void *replay(void *argument)
{
    char **slots = argument;
    for (const struct operation *op = trace.at, *end = op + trace.count; op < end; op++)
        put(&slots[op->slot], op->bytes ? take(op->bytes) : NULL);
    for (uint32_t i = 0; i < trace.slots; i++)
        put(&slots[i], NULL);
    return NULL;
}

/* Nanoseconds of one round. */
static uint64_t round_of_all(void)
{
    pthread_t others[THREADS];
    uint64_t start = exo_clock_ns();
    for (unsigned i = 1; i < threads; i++)
        need(pthread_create(&others[i], NULL, replay, slots_of[i]) == 0, "no thread");
    replay(slots_of[0]);
    for (unsigned i = 1; i < threads; i++)
        pthread_join(others[i], NULL);
    return exo_clock_ns() - start;
}

/* The most bytes that were in use at once, and what the system gave, as the trace goes on. */
static void course(void)
{
    static uint32_t sizes[1 << 16];
    size_t live = 0, most = 0, peak = 0;
    memset(sizes, 0, sizeof sizes);
    need(trace.slots <= sizeof sizes / sizeof sizes[0], "too many slots");
    for (uint32_t i = 0; i < trace.count; i++) {
        const struct operation *op = &trace.at[i];
        put(&slots_of[0][op->slot], op->bytes ? take(op->bytes) : NULL);
        live += (size_t)op->bytes - sizes[op->slot];
        sizes[op->slot] = op->bytes;
        most = live > most ? live : most;
        size_t footprint = heap_footprint();
        peak = footprint > peak ? footprint : peak;
        if (i % (trace.count / POINTS + 1) == 0)
            printf("sample course %s/%u/%zu %zu bytes\n", trace.name, i, live, footprint);
    }
    printf("sample live %s %zu bytes\nsample peak %s %zu bytes\n", trace.name, most, trace.name, peak);
}

int main(int argc, char **argv)
{
    need(argc == 3 && (unsigned)atoi(argv[1]) <= THREADS, "usage: replay THREADS TRACE");
    unsigned wanted = (unsigned)atoi(argv[1]);
    threads = wanted ? wanted : 1;
    load(argv[2]);
    static char buffer[1 << 16]; /* not out of the heap */
    setvbuf(stdout, buffer, _IOFBF, sizeof buffer);
    if (!wanted) {
        course();
        printf("sample refused %s %lu blocks\n", trace.name, refused);
        return 0;
    }
    uint64_t took[ROUNDS];
    for (int i = 0; i < ROUNDS; i++)
        took[i] = round_of_all();
    double all = (double)trace.count * threads;
    printf("sample first %s %.1f ns\n", trace.name, (double)took[0] / all);
    printf("sample later %s %.1f ns\n", trace.name, (double)(took[1] < took[2] ? took[1] : took[2]) / all);
    printf("sample refused %s %lu blocks\n", trace.name, refused);
    return 0;
}
