// SPDX-License-Identifier: MIT
//
// appel: the virtual-memory primitives of Appel and Li (ASPLOS 1991), measured on the machine that runs. What garbage
// collectors, checkpoints and distributed memory ask of an operating system is here a program's own handler on a program's own
// page tables (primitives.c).
//
// Layer: apps. Prints the best of several rounds, the empty loop taken off, in cycles of the time-stamp counter and
// nanoseconds; under exon-run --icount, where that counter counts instructions, in instructions. Source: Engler 1995, §6.2.

#include <stdio.h>

#include "lib/util.h"
#include "primitives.h"

enum { ROUNDS = 30, LOOPS = 10000 };

static uint64_t ticks(void)
{
    return __builtin_ia32_rdtsc();
}

static uint64_t least(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

// Whether the counter advances by one for each instruction: twice as many take twice the time, to the digit.
static int counts_instructions(void)
{
    uint64_t took[2] = { UINT64_MAX, UINT64_MAX };
    for (int round = 0; round < 10; round++) {
        uint32_t once = LOOPS, twice = 2 * LOOPS;
        uint64_t start = ticks();
        __asm__ volatile("1: decl %0\n jnz 1b" : "+r"(once));
        uint64_t middle = ticks();
        __asm__ volatile("1: decl %0\n jnz 1b" : "+r"(twice));
        took[0] = least(took[0], middle - start);
        took[1] = least(took[1], ticks() - middle);
    }
    uint64_t difference = took[1] - took[0]; // of 2 * LOOPS instructions
    return difference >= 2 * LOOPS - LOOPS / 500 && difference <= 2 * LOOPS + LOOPS / 500;
}

static void run_empty(uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        __asm__ volatile("" : : : "memory");
    }
}

static uint64_t round_of(const struct primitive *primitive)
{
    primitive->before();
    uint64_t start = ticks();
    primitive->run(primitive->operations);
    uint64_t took = ticks() - start;
    primitive->after();
    return took;
}

static uint64_t empty_round(uint32_t n)
{
    uint64_t start = ticks();
    run_empty(n);
    return ticks() - start;
}

// Ticks of one operation.
static double measure(const struct primitive *primitive)
{
    uint64_t best = UINT64_MAX, empty = UINT64_MAX;
    for (int round = 0; round < ROUNDS; round++) {
        best = least(best, round_of(primitive));
        empty = least(empty, empty_round(primitive->operations));
    }
    return best > empty ? (double)(best - empty) / primitive->operations : 0;
}

int main(int argc, char **argv)
{
    util_start(argv[0]);
    if (argc > 1) {
        return util_usage("");
    }
    int instructions = counts_instructions();
    double per_ns = (double)((const struct exo_clock *)EXO_PUB_CLOCK)->tsc_hz / 1e9;
    printf("%-10s %-39s %s\n", "primitive", "one operation", instructions ? "instructions" : "      cycles         ns");
    for (const struct primitive *p = primitives; p < primitives + PRIMITIVES; p++) {
        double took = measure(p);
        printf("%-10s %-39s %12.1f", p->name, p->does, took);
        if (!instructions) {
            printf(" %10.1f", took / per_ns);
        }
        printf("\n");
    }
    return util_finish(0);
}
