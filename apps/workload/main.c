/* SPDX-License-Identifier: MIT
 *
 * workload NAME [PERCENT [LOAD]]: threads that make a scheduling policy show what it does: exon-compare runs them under each
 * policy. PERCENT scales how long they take (100); LOAD is the only one of `periodic`, 1 to 200 %. Layer: apps.
 *
 *   hogs         four threads that compute, of weights 1 : 2 : 3 : 4
 *   interactive  four threads that wake every few milliseconds for a little work, beside three hogs
 *   periodic     three tasks with deadlines, which ask for 50 to 110 % of a CPU
 *   batch        eight jobs of unequal length that come together
 *   inversion    a high thread waits for a mutex of a low one while middle ones compute; with and without protocols
 *   locks        four threads that mostly want one mutex
 *   forkjoin     a tree of threads, each of which makes two and waits for them
 *   switches     what a switch costs between 2, 8 and 32 threads
 */
#define _GNU_SOURCE
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "exo/exo.h"
#include "sched/thread.h"
#include "workload.h"

/* All that is printed waits here until the end: the console works beside the program, and as fast as the host reads. */
static char output[1 << 20];

#define GATE_NS (2 * MS) /* from the last thread made to the beginning */

struct crew crew;
static uint64_t percent = 100, loops_per_ms;
unsigned only_load;
static pthread_barrier_t gate;

uint64_t now_ns(void) { return exo_clock_ns(); }

uint64_t scaled(uint64_t ns) { return ns * percent / 100; }

static void loop(uint64_t times)
{
    __asm__ volatile("1: dec %0\n\tjnz 1b" : "+r"(times) : : "cc");
}

void work_ns(uint64_t ns)
{
    uint64_t times = ns * loops_per_ms / MS;
    if (times)
        loop(times);
}

/* The quickest of some runs is the one that was not interrupted. */
static void calibrate(void)
{
    const uint64_t times = 100000;
    uint64_t least = UINT64_MAX;
    for (int i = 0; i < 8; i++) {
        uint64_t before = now_ns();
        loop(times);
        uint64_t took = now_ns() - before;
        least = took < least ? took : least;
    }
    loops_per_ms = times * MS / (least ? least : 1);
}

uint64_t cpu_ns(void)
{
    struct timespec time;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return (uint64_t)time.tv_sec * 1000000000u + (uint64_t)time.tv_nsec;
}

void sample(const char *measure, uint64_t value, const char *unit, const char *subject, ...)
{
    va_list arguments;
    va_start(arguments, subject);
    printf("sample %s ", measure);
    vprintf(subject, arguments);
    printf(" %llu %s\n", (unsigned long long)value, unit);
    va_end(arguments);
}

/* ---- The crew ---- */

void crew_clear(void)
{
    for (unsigned i = 0; i < crew.count; i++)
        free(crew.worker[i].record);
    memset(&crew, 0, sizeof crew);
}

struct worker *crew_add(const char *name, void (*run)(struct worker *))
{
    struct worker *worker = &crew.worker[crew.count];
    worker->index = crew.count++;
    worker->run = run;
    snprintf(worker->name, sizeof worker->name, "%s", name);
    worker->record = calloc(RECORDS_MAX, sizeof *worker->record); /* zeroed: touched before it counts */
    if (!worker->record) {
        fprintf(stderr, "workload: out of memory\n");
        exit(1);
    }
    return worker;
}

void record(struct worker *worker, uint64_t value)
{
    if (worker->recorded < RECORDS_MAX)
        worker->record[worker->recorded++] = value;
}

static void *begin(void *argument)
{
    struct worker *worker = argument;
    if (worker->weight)
        thread_weight_set(thread_self(), worker->weight);
    if (worker->prepare)
        worker->prepare(worker);
    pthread_barrier_wait(&gate);
    thread_sleep_until(crew.begin);
    worker->run(worker);
    return NULL;
}

static uint64_t switches(void)
{
    uint64_t sum = 0;
    for (uint32_t i = 0; i < sched_cpus(); i++)
        sum += exo_local((struct exo_activation *)(EXO_ACT_BASE + (uintptr_t)i * EXO_ACT_STRIDE))->switches;
    return sum;
}

static void start(struct worker *worker)
{
    pthread_attr_t how;
    pthread_attr_init(&how);
    if (worker->priority) {
        pthread_attr_setinheritsched(&how, PTHREAD_EXPLICIT_SCHED);
        pthread_attr_setschedpolicy(&how, SCHED_RR);
        pthread_attr_setschedparam(&how, &(struct sched_param){.sched_priority = worker->priority});
    }
    if (pthread_create(&worker->thread, &how, begin, worker) != 0) {
        fprintf(stderr, "workload: a thread cannot be made\n");
        exit(1);
    }
    pthread_setname_np(worker->thread, worker->name);
    pthread_attr_destroy(&how);
}

void crew_run(void)
{
    uint64_t length = crew.until;
    pthread_barrier_init(&gate, NULL, crew.count + 1);
    crew.begin = UINT64_MAX;
    for (unsigned i = 0; i < crew.count; i++)
        start(&crew.worker[i]);
    crew.begin = now_ns() + GATE_NS;
    crew.until = crew.begin + length;
    uint64_t before = switches(); /* behind the gate this thread may be the last one to run */
    pthread_barrier_wait(&gate);
    for (unsigned i = 0; i < crew.count; i++)
        pthread_join(crew.worker[i].thread, NULL);
    crew.elapsed = now_ns() - crew.begin;
    crew.switches = switches() - before;
    pthread_barrier_destroy(&gate);
}

void crew_report(void)
{
    sample("elapsed", crew.elapsed, "ns", "all");
    sample("switches", crew.switches, "switches", "all");
}

static const struct {
    const char *name;
    void (*run)(void);
} workloads[] = {
    {"hogs", workload_hogs},         {"interactive", workload_interactive}, {"periodic", workload_periodic},
    {"batch", workload_batch},       {"inversion", workload_inversion},     {"locks", workload_locks},
    {"forkjoin", workload_forkjoin}, {"switches", workload_switches},
};
enum { WORKLOADS = sizeof workloads / sizeof workloads[0] };

static int usage(void)
{
    fprintf(stderr, "usage: workload NAME [PERCENT [LOAD]]\n  NAME:");
    for (unsigned i = 0; i < WORKLOADS; i++)
        fprintf(stderr, " %s", workloads[i].name);
    fprintf(stderr, "\n");
    return 2;
}

/* The number in a word, from 1 to most; 0 if it is none. */
static unsigned number(const char *word, unsigned most)
{
    char *end;
    unsigned long value = strtoul(word, &end, 10);
    return *end || value > most ? 0 : (unsigned)value;
}

int main(int argc, char **argv)
{
    percent = argc > 2 ? number(argv[2], 1000) : 100;
    only_load = argc > 3 ? number(argv[3], 200) : 0;
    if (argc < 2 || argc > 4 || percent == 0 || (argc > 3 && only_load == 0))
        return usage();
    calibrate();
    setvbuf(stdout, output, _IOFBF, sizeof output);
    for (unsigned i = 0; i < WORKLOADS; i++)
        if (strcmp(argv[1], workloads[i].name) == 0) {
            workloads[i].run();
            return fflush(stdout) == 0 ? 0 : 1;
        }
    return usage();
}
