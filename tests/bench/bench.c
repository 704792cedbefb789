/* SPDX-License-Identifier: MIT
 *
 * bench.c: runs the rows (bench.h) and prints them. Layer: tests; plain C for Exon and Linux.
 *
 * usage: bench [-w] [-l] [-e N] [-c N] [ROW...]
 *   -w: wall time in ns by clock_gettime, else instructions. -l: names only. -e: N environments more (Exon). -c: each
 *   round on N CPUs at once (Exon); the figure is that of one operation, waiting for other CPUs included.
 *
 * Instructions are counted by the TSC, which under QEMU's -icount advances by the same amount for each: how much is
 * measured with a loop of known length and printed as row `tsc_per_1000`.
 */
#include "bench.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define ROUNDS 12
#define ROUNDS_WALL 60
#define LOOPS 100000u

static struct bench_row *first, **last = &first;
static int wall;
static uint32_t cpus = 1;

void bench_add(struct bench_row *row)
{
    *last = row;
    last = &row->next;
}

void bench_need(int holds, const char *what)
{
    if (holds)
        return;
    printf("bench: %s\n", what);
    fflush(stdout);
    exit(1);
}

uint64_t bench_ticks(void)
{
    if (wall) {
        struct timespec now;
        clock_gettime(CLOCK_MONOTONIC, &now);
        return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
    }
    return __builtin_ia32_rdtsc();
}

static void run_empty(uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        bench_barrier();
}

static uint64_t one_round(const struct bench_row *row, void (*run)(uint32_t))
{
    if (cpus > 1)
        return bench_round_on(cpus, row, run);
    if (row->before)
        row->before();
    uint64_t start = bench_ticks();
    run(row->n);
    uint64_t took = bench_ticks() - start;
    if (row->after)
        row->after();
    return took;
}

/* Fewest ticks that a round takes. */
static uint64_t best_round(const struct bench_row *row, void (*run)(uint32_t))
{
    uint64_t best = ~0ull;
    for (int round = 0; round < (wall ? ROUNDS_WALL : ROUNDS); round++) {
        uint64_t took = one_round(row, run);
        if (took < best)
            best = took;
    }
    return best;
}

/* Ticks of 1,000 instructions. */
static uint64_t calibrate(void)
{
    uint64_t best = ~0ull;
    for (int round = 0; round < 5; round++) {
        uint32_t n = LOOPS;
        uint64_t start = bench_ticks();
        __asm__ volatile("1: decl %0\n jnz 1b" : "+r"(n));
        uint64_t took = bench_ticks() - start;
        if (took < best)
            best = took;
    }
    return best / (2 * LOOPS / 1000);
}

/* Tenths, rounded. */
static void print_row(const char *name, uint64_t tenths)
{
    printf("row %s %llu.%llu %s\n", name, (unsigned long long)tenths / 10, (unsigned long long)tenths % 10,
           wall ? "ns" : "instructions");
    fflush(stdout);
}

static void measure(const struct bench_row *row, uint64_t per_1000)
{
    if (row->own) {
        uint64_t tenths = row->own(row->n) * 10;
        print_row(row->name, wall ? tenths : (tenths * 1000 + per_1000 / 2) / per_1000);
        return;
    }
    uint64_t took = best_round(row, row->run);
    struct bench_row none = {.n = row->n};
    uint64_t empty = best_round(&none, run_empty);
    uint64_t net = took > empty ? took - empty : 0;
    uint64_t done = (uint64_t)row->n * (wall ? 1 : cpus); /* CPUs take turns where instructions are counted */
    uint64_t divisor = wall ? done : done * per_1000;
    print_row(row->name, (net * (wall ? 10 : 10000) + divisor / 2) / divisor);
}

static int wanted(const char *name, int count, char **names)
{
    for (int i = 0; i < count; i++)
        if (strcmp(names[i], name) == 0)
            return 1;
    return count == 0;
}

int main(int argc, char **argv)
{
    int at = 1, list = 0;
    for (; at < argc && argv[at][0] == '-'; at++) {
        wall |= strcmp(argv[at], "-w") == 0;
        list |= strcmp(argv[at], "-l") == 0;
        if (strcmp(argv[at], "-e") == 0 && at + 1 < argc) {
            bench_need(bench_environments != NULL, "-e is for Exon");
            bench_environments((uint32_t)strtoul(argv[++at], NULL, 10));
        } else if (strcmp(argv[at], "-c") == 0 && at + 1 < argc) {
            bench_need(bench_round_on != NULL, "-c is for Exon");
            cpus = (uint32_t)strtoul(argv[++at], NULL, 10);
        }
    }
    uint64_t per_1000 = wall ? 1000 : calibrate();
    if (!wall && !list)
        printf("row tsc_per_1000 %llu ticks\n", (unsigned long long)per_1000);
    bench_need(per_1000 > 0, "the TSC stands still");
    if (wall) /* for who looks at the processor time between these lines */
        puts("start");
    fflush(stdout);
    for (const struct bench_row *row = first; row; row = row->next) {
        if (!wanted(row->name, argc - at, argv + at))
            continue;
        if (list)
            printf("%s\n", row->name);
        else
            measure(row, per_1000);
    }
    printf("end\n");
    fflush(stdout);
    return 0;
}
