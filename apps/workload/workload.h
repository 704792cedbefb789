/* SPDX-License-Identifier: MIT
 *
 * workload.h: what the workloads share (main.c). Layer: apps.
 *
 * A workload makes POSIX threads, sets what policies look at (weight, priority, deadline), and prints a sample a line:
 * `sample MEASURE SUBJECT VALUE UNIT`. Work is a loop of so many iterations, measured at the start: under --icount a nanosecond of
 * it is one instruction. Samples are printed when all is over, so that printing is in no one's way.
 */
#ifndef WORKLOAD_H
#define WORKLOAD_H

#include <pthread.h>
#include <stdint.h>

#define MS 1000000ull
#define US 1000ull
#define WORKERS_MAX 64

/* Time now, and time as the workload's scale makes it longer or shorter. */
uint64_t now_ns(void);
uint64_t scaled(uint64_t ns);

/* Computes for so long, if nobody interrupts. */
void work_ns(uint64_t ns);

/* CPU time that the calling thread has had. */
uint64_t cpu_ns(void);

__attribute__((format(printf, 4, 5))) void sample(const char *measure, uint64_t value, const char *unit, const char *subject, ...);

/* Of periodic tasks: the only load to be shown, %, or 0. */
extern unsigned only_load;

/* ---- Threads that begin together ---- */

struct worker {
    pthread_t thread;
    void (*run)(struct worker *worker);
    void (*prepare)(struct worker *worker); /* before the beginning; may be NULL */
    char name[16];
    unsigned index;
    uint32_t weight; /* 0: the default */
    int priority;    /* 0: the default; it is SCHED_RR otherwise */
    uint64_t a, b, c; /* the workload's */
    uint64_t *record; /* what it measured */
    unsigned recorded;
};

struct crew {
    struct worker worker[WORKERS_MAX];
    unsigned count;
    uint64_t begin; /* of the work: a moment after the last thread was made */
    uint64_t until; /* the workload's */
    uint64_t switches, elapsed;
};
extern struct crew crew;

void crew_clear(void);
struct worker *crew_add(const char *name, void (*run)(struct worker *));
void crew_run(void); /* begins, and waits for all */
void record(struct worker *worker, uint64_t value);
void crew_report(void); /* elapsed, switches */

#define RECORDS_MAX 4096

/* ---- The workloads ---- */
void workload_hogs(void), workload_interactive(void), workload_periodic(void), workload_batch(void), workload_inversion(void),
    workload_locks(void), workload_forkjoin(void), workload_switches(void);

#endif
