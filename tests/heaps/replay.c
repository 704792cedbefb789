/* SPDX-License-Identifier: MIT
 *
 * replay.c: replays traces of malloc and free with the heap that it was started with, on 1 to 4 threads, and prints samples (make
 * compare-allocators). Layer: tests.
 *
 * usage: replay THREADS TRACE      THREADS 0: not timed, the course of memory instead
 *
 * A trace is a list of (slot:4, bytes:4) in host order: take bytes for a slot, or, bytes 0, give it back. Its first pair is (number
 * of slots, 0). Each thread replays the whole trace with slots of its own; of a trace called `handover` the slots are everybody's,
 * so that a block is given back by whoever comes to it. First and last byte of a block are written, all of them where it is memory
 * that is measured. Three rounds: the first one also pays for fresh memory.
 */
#include <fcntl.h>
#include <malloc.h>
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
    need(stat.st_size % 8 == 0 && trace.slots <= trace.count, "not a trace");
    for (uint32_t i = 0; i < trace.count; i++)
        need(trace.at[i].slot < trace.slots, "not a trace: it names a slot that it does not have");
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

/* As the trace goes on: bytes asked for, blocks with what rounding adds, and pages that the system gave. */
static void course(void)
{
    uint32_t *sizes = beside(trace.slots * sizeof *sizes + 1);
    size_t live = 0, held = 0, most = 0, held_then = 0, peak = 0;
    for (uint32_t i = 0; i < trace.count; i++) {
        const struct operation *op = &trace.at[i];
        char **slot = &slots_of[0][op->slot];
        held -= *slot ? malloc_usable_size(*slot) : 0;
        put(slot, op->bytes ? take(op->bytes) : NULL);
        if (*slot)
            memset(*slot, 1, op->bytes);
        held += *slot ? malloc_usable_size(*slot) : 0;
        live += (size_t)(*slot ? op->bytes : 0) - sizes[op->slot];
        sizes[op->slot] = *slot ? op->bytes : 0;
        size_t resident = heap_resident();
        peak = resident > peak ? resident : peak;
        if (live > most) {
            most = live;
            held_then = held;
        }
        if (i % (trace.count / POINTS + 1) == 0)
            printf("sample course %u/%zu %zu bytes\n", i, live, resident);
    }
    printf("sample live most %zu bytes\nsample held then %zu bytes\nsample peak most %zu bytes\n", most, held_then, peak);
}

int main(int argc, char **argv)
{
    need(argc == 3 && (unsigned)atoi(argv[1]) <= THREADS, "usage: replay THREADS TRACE");
    unsigned wanted = (unsigned)atoi(argv[1]);
    threads = wanted ? wanted : 1;
    load(argv[2]);
    static char buffer[1 << 16]; /* not out of the heap */
    setvbuf(stdout, buffer, _IOFBF, sizeof buffer);
    if (!wanted)
        course();
    for (int i = 1; wanted && i <= ROUNDS; i++)
        printf("sample operation %u-threads/round%d %.1f ns\n", threads, i,
               (double)round_of_all() / ((double)trace.count * threads));
    printf("sample refused %u-threads %lu blocks\n", threads, refused);
    return 0;
}
