/* SPDX-License-Identifier: MIT
 *
 * batch.c: work that is to be done, not shared: unequal jobs that come together, and a tree of threads. Layer: apps.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>

#include "sched/thread.h"
#include "workload.h"

/* a: length. */
static void job(struct worker *worker)
{
    work_ns(worker->a);
    record(worker, now_ns() - crew.begin);
}

void workload_batch(void)
{
    static const unsigned lengths_ms[] = {13, 3, 34, 1, 21, 5, 8, 2};
    char name[16];
    crew_clear();
    for (unsigned i = 0; i < sizeof lengths_ms / sizeof lengths_ms[0]; i++) {
        snprintf(name, sizeof name, "job%ums", lengths_ms[i]);
        crew_add(name, job)->a = scaled(lengths_ms[i] * MS);
    }
    crew_run();
    for (unsigned i = 0; i < crew.count; i++) {
        sample("turnaround", crew.worker[i].record[0], "ns", "%s", crew.worker[i].name);
        sample("length", crew.worker[i].a, "ns", "%s", crew.worker[i].name);
    }
    crew_report();
}

/* ---- Fork and join ---- */

#define DEPTH 5 /* 32 leaves, 63 threads */

struct node {
    unsigned number, depth;
};

static uint64_t leaf_ns(unsigned number) { return scaled((number % 7 + 1) * 150 * US); }

static void *grow(void *argument)
{
    struct node *node = argument;
    if (node->depth == DEPTH) {
        work_ns(leaf_ns(node->number));
        return NULL;
    }
    pthread_t thread[2];
    struct node child[2];
    for (unsigned i = 0; i < 2; i++) {
        child[i] = (struct node){node->number * 2 + i, node->depth + 1};
        if (pthread_create(&thread[i], NULL, grow, &child[i]) != 0) {
            fprintf(stderr, "workload: a thread cannot be made\n");
            exit(1);
        }
        char name[16];
        snprintf(name, sizeof name, "node%u.%u", child[i].depth, child[i].number);
        pthread_setname_np(thread[i], name);
    }
    for (unsigned i = 0; i < 2; i++)
        pthread_join(thread[i], NULL);
    return NULL;
}

static void root(struct worker *worker)
{
    struct node node = {0, 0};
    grow(&node);
    record(worker, now_ns() - crew.begin);
}

void workload_forkjoin(void)
{
    uint64_t sum = 0;
    for (unsigned i = 0; i < 1u << DEPTH; i++)
        sum += leaf_ns(i);
    for (unsigned round = 1; round <= 3; round++) {
        crew_clear();
        crew_add("root", root);
        crew_run();
        sample("tree", crew.worker[0].record[0], "ns", "round%u", round);
        sample("switches", crew.switches, "switches", "round%u", round);
    }
    sample("work", sum, "ns", "all");
    sample("cpus", sched_cpus(), "cpus", "all");
}
