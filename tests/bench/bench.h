/* SPDX-License-Identifier: MIT
 *
 * bench.h: the frame of the benchmark programs. Layer: tests. A file of rows registers each with BENCH; bench.c runs those
 * that are asked for and prints `row NAME VALUE UNIT`, the best of several rounds, a round being n operations, with the
 * cost of an empty loop of n taken off.
 *
 * What a row means stands in a comment beside it, which makes its line on the page:
 *
 *     / * row NAME: TITLE | GROUP | goal N | Linux NAME
 *      * What both sides do, in a sentence or two. * /
 *
 * goal: at most so much. `Linux NAME`: the row of Linux that does the same; without it the one of this name; `Exon alone`: none.
 *
 * Files named posix_*.c are plain POSIX C, compiled unchanged for Exon and for Linux; exo_*.c are for Exon alone. Rounds
 * are shorter than a timer's period where they can be, so that the best one has no interrupt in it on either side.
 */
#ifndef BENCH_H
#define BENCH_H

#include <stdint.h>

struct bench_row {
    const char *name;
    uint32_t n;              /* operations of a round, */
    void (*run)(uint32_t n); /* which does them */
    void (*before)(void);    /* each round, not measured; may be NULL */
    void (*after)(void);
    struct bench_row *next;
    /* Instead of run, for what cannot be repeated in a loop: does n operations and returns the fewest ticks that one took. */
    uint64_t (*own)(uint32_t n);
};

/* The clock of the rows: instructions, or nanoseconds. */
uint64_t bench_ticks(void);

void bench_add(struct bench_row *row);

/* Ends the program with a message when something that a row needs does not hold. */
void bench_need(int holds, const char *what);

/* Makes the system hold n environments more, where that means something (exo_calls.c). */
void bench_environments(uint32_t n) __attribute__((weak));

/* Ticks of a round on `cpus` CPUs at once, each doing row->n operations by `run`: from the moment at which all begin to
 * that at which the last has ended (exo_cpus.c). Only rows can be measured so that keep what they change for each CPU. */
uint64_t bench_round_on(uint32_t cpus, const struct bench_row *row, void (*run)(uint32_t n)) __attribute__((weak));

/* What rounds are measured by: instructions, or nanoseconds with -w. */
uint64_t bench_ticks(void);

/* Keeps the compiler from moving or dropping what stands before it. */
static inline void bench_barrier(void) { __asm__ volatile("" : : : "memory"); }

#define BENCH(row, operations, run_function, before_function, after_function)                                     \
    static struct bench_row row_##row = {                                                                         \
        .name = #row, .n = (operations), .run = (run_function), .before = (before_function), .after = (after_function)}; \
    __attribute__((constructor)) static void add_##row(void) { bench_add(&row_##row); }

#define BENCH_OWN(row, operations, own_function)                                             \
    static struct bench_row row_##row = {.name = #row, .n = (operations), .own = (own_function)}; \
    __attribute__((constructor)) static void add_##row(void) { bench_add(&row_##row); }

#endif
