/* SPDX-License-Identifier: MIT
 *
 * hogs.c: threads that compute, alone and beside threads that mostly wait. Layer: apps.
 */
#include <stdio.h>

#include "exo/exo.h"
#include "sched/policies/edf.h"
#include "sched/policy.h"
#include "workload.h"

#define PIECE_NS (20 * US)
#define PERIOD_NS (5 * MS)
#define BURST_NS (200 * US)

/* a: pieces done; b: CPU time. */
static void hog(struct worker *worker)
{
    uint64_t before = cpu_ns();
    while (now_ns() < crew.until) {
        work_ns(PIECE_NS);
        worker->a++;
    }
    worker->b = cpu_ns() - before;
}

static void report_hogs(void)
{
    for (unsigned i = 0; i < crew.count; i++) {
        const struct worker *worker = &crew.worker[i];
        if (worker->run != hog)
            continue;
        sample("work", worker->a * PIECE_NS, "ns", "%s", worker->name);
        sample("cpu", worker->b, "ns", "%s", worker->name);
        sample("weight", worker->weight ? worker->weight : SCHED_WEIGHT_DEFAULT, "weight", "%s", worker->name);
    }
}

static void add_hogs(unsigned count, uint32_t weight_step)
{
    char name[16];
    for (unsigned i = 0; i < count; i++) {
        snprintf(name, sizeof name, "hog%u", i + 1);
        struct worker *worker = crew_add(name, hog);
        worker->weight = weight_step * (weight_step ? i + 1 : 0);
    }
}

void workload_hogs(void)
{
    crew_clear();
    add_hogs(4, SCHED_WEIGHT_DEFAULT);
    crew.until = scaled(200 * MS);
    crew_run();
    report_hogs();
    crew_report();
}

static void join(struct worker *worker)
{
    worker->b = sched_policy_now() == &sched_edf && sched_edf_join(2 * BURST_NS, PERIOD_NS) == 0;
}

/* Due every PERIOD_NS; how late it begins is recorded for each time, also for those that passed meanwhile. a: offset; b: joined. */
static void interactive(struct worker *worker)
{
    uint64_t due = crew.begin + worker->a;
    for (; due + BURST_NS < crew.until; due += PERIOD_NS) {
        thread_sleep_until(due);
        uint64_t now = now_ns();
        record(worker, now > due ? now - due : 0);
        work_ns(BURST_NS);
    }
    if (worker->b)
        sched_edf_leave();
}

void workload_interactive(void)
{
    char name[16];
    crew_clear();
    add_hogs(3, 0);
    for (unsigned i = 0; i < 4; i++) {
        snprintf(name, sizeof name, "user%u", i + 1);
        struct worker *worker = crew_add(name, interactive);
        worker->priority = 20; /* for policies that look at it */
        worker->prepare = join;
        worker->a = (i + 1) * 1100 * US;
    }
    crew.until = scaled(200 * MS);
    crew_run();
    report_hogs();
    for (unsigned i = 0; i < crew.count; i++)
        for (unsigned n = 0; n < crew.worker[i].recorded; n++)
            sample("latency", crew.worker[i].record[n], "ns", "%s", crew.worker[i].name);
    crew_report();
}
