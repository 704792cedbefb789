/* SPDX-License-Identifier: MIT
 *
 * periodic.c: tasks with deadlines, at loads from 50 to 110 % of a CPU (Liu, Layland, JACM 20(1), 1973). A job comes every
 * period and is to be done by the next; under `priority` shorter periods are more urgent (rate monotonic), under `edf` tasks
 * join, with a margin for switches, and may be refused. Layer: apps.
 */
#include <errno.h>
#include <stdio.h>

#include "exo/exo.h"
#include "sched/policies/edf.h"
#include "sched/policy.h"
#include "workload.h"

#define HYPERPERIOD_NS (120 * MS)
#define MARGIN_NS (20 * US) /* a job's switches and wake-up */

static const struct {
    uint64_t period_ns;
    unsigned share; /* % of the load */
    int priority;
} tasks[] = {{8 * MS, 40, 23}, {12 * MS, 35, 22}, {20 * MS, 25, 21}};
enum { TASKS = sizeof tasks / sizeof tasks[0] };

static void join(struct worker *worker)
{
    worker->c = sched_policy_now() == &sched_edf && sched_edf_join(worker->b + MARGIN_NS, worker->a) != 0;
}

/* a: period, b: work of a job, c: refused. Records how long each job took from when it came. */
static void task(struct worker *worker)
{
    uint64_t release = crew.begin;
    for (; release + worker->a <= crew.until; release += worker->a) {
        thread_sleep_until(release);
        work_ns(worker->b);
        record(worker, now_ns() - release);
    }
    if (sched_policy_now() == &sched_edf)
        sched_edf_leave();
}

static void report(unsigned load)
{
    uint64_t jobs = 0, missed = 0, refused = 0;
    for (unsigned i = 0; i < crew.count; i++) {
        const struct worker *worker = &crew.worker[i];
        for (unsigned n = 0; n < worker->recorded; n++) {
            missed += worker->record[n] > worker->a;
            sample("response", worker->record[n], "ns", "%u%%/%s", load, worker->name);
        }
        jobs += worker->recorded;
        refused += worker->c;
    }
    sample("jobs", jobs, "jobs", "%u", load);
    sample("missed", missed, "jobs", "%u", load);
    sample("refused", refused, "tasks", "%u", load);
    sample("switches", crew.switches, "switches", "%u", load);
}

static void periodic(unsigned load)
{
    char name[16];
    crew_clear();
    for (unsigned i = 0; i < TASKS; i++) {
        snprintf(name, sizeof name, "every%ums", (unsigned)(tasks[i].period_ns / MS) % 1000);
        struct worker *worker = crew_add(name, task);
        worker->prepare = join;
        worker->priority = tasks[i].priority;
        worker->a = tasks[i].period_ns;
        worker->b = tasks[i].period_ns * tasks[i].share * load / 10000;
    }
    crew.until = scaled(HYPERPERIOD_NS);
    crew_run();
    report(load);
}

void workload_periodic(void)
{
    if (only_load) {
        periodic(only_load);
        return;
    }
    for (unsigned load = 50; load <= 110; load += 10)
        periodic(load);
}
