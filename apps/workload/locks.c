/* SPDX-License-Identifier: MIT
 *
 * locks.c: threads that wait for each other: priority inversion under each protocol of mutexes, a mutex that all want, and what a
 * switch costs. Layer: apps.
 */
#include <sched.h>
#include <stdio.h>

#include "sched/thread.h"
#include "workload.h"

static pthread_mutex_t mutex;

static const struct {
    int protocol;
    const char *name;
} protocols[] = {{PTHREAD_PRIO_NONE, "none"}, {PTHREAD_PRIO_INHERIT, "inherit"}, {PTHREAD_PRIO_PROTECT, "protect"}};

static void mutex_make(int protocol)
{
    pthread_mutexattr_t how;
    pthread_mutexattr_init(&how);
    pthread_mutexattr_setprotocol(&how, protocol);
    if (protocol == PTHREAD_PRIO_PROTECT)
        pthread_mutexattr_setprioceiling(&how, 30);
    pthread_mutex_init(&mutex, &how);
    pthread_mutexattr_destroy(&how);
}

/* ---- Inversion: low holds what high wants, while middle ones keep low from the CPU ---- */

#define WANTED_NS MS /* from the beginning to when high wants the mutex, and middle ones the CPU */

static void low(struct worker *worker)
{
    pthread_mutex_lock(&mutex);
    work_ns(worker->a);
    pthread_mutex_unlock(&mutex);
}

static void middle(struct worker *worker)
{
    thread_sleep_until(crew.begin + WANTED_NS);
    work_ns(worker->a);
}

static void high(struct worker *worker)
{
    thread_sleep_until(crew.begin + WANTED_NS);
    pthread_mutex_lock(&mutex);
    record(worker, now_ns() - crew.begin - WANTED_NS); /* not from when it runs: a policy may let others run before */
    work_ns(100 * US);
    pthread_mutex_unlock(&mutex);
}

static struct worker *member(const char *name, void (*run)(struct worker *), int priority, uint64_t length)
{
    struct worker *worker = crew_add(name, run);
    worker->priority = priority;
    worker->a = length;
    return worker;
}

void workload_inversion(void)
{
    for (unsigned i = 0; i < sizeof protocols / sizeof protocols[0]; i++) {
        crew_clear();
        mutex_make(protocols[i].protocol);
        member("low", low, 10, scaled(4 * MS));
        member("middle1", middle, 20, scaled(15 * MS));
        member("middle2", middle, 20, scaled(15 * MS));
        struct worker *waits = member("high", high, 30, 0);
        crew_run();
        sample("waited", waits->record[0], "ns", "%s", protocols[i].name);
        sample("switches", crew.switches, "switches", "%s", protocols[i].name);
        pthread_mutex_destroy(&mutex);
    }
}

/* ---- A mutex that all want ---- */

static void grabber(struct worker *worker)
{
    while (now_ns() < crew.until) {
        pthread_mutex_lock(&mutex);
        work_ns(20 * US);
        worker->a++;
        pthread_mutex_unlock(&mutex);
        work_ns(5 * US);
    }
}

void workload_locks(void)
{
    char name[16];
    crew_clear();
    mutex_make(PTHREAD_PRIO_NONE);
    for (unsigned i = 0; i < 4; i++) {
        snprintf(name, sizeof name, "grabber%u", i + 1);
        crew_add(name, grabber);
    }
    crew.until = scaled(60 * MS);
    crew_run();
    for (unsigned i = 0; i < crew.count; i++)
        sample("sections", crew.worker[i].a, "sections", "%s", crew.worker[i].name);
    crew_report();
    pthread_mutex_destroy(&mutex);
}

/* ---- Switches ---- */

#define YIELDS 500
#define ROUNDS 5 /* the first one also pays for what is touched and translated for the first time */

static void yielder(struct worker *worker)
{
    (void)worker;
    for (unsigned i = 0; i < YIELDS; i++)
        sched_yield();
}

static pthread_cond_t moved = PTHREAD_COND_INITIALIZER;
static unsigned turn;

static void player(struct worker *worker)
{
    pthread_mutex_lock(&mutex);
    for (unsigned i = 0; i < YIELDS; i++) {
        while (turn != worker->index)
            pthread_cond_wait(&moved, &mutex);
        turn = !turn;
        pthread_cond_signal(&moved);
    }
    pthread_mutex_unlock(&mutex);
}

static void yields(unsigned threads)
{
    crew_clear();
    for (unsigned n = 0; n < threads; n++)
        crew_add("yielder", yielder);
    crew_run();
    sample("yield", crew.elapsed / (YIELDS * threads), "ns", "%u-threads", threads);
    sample("switches", crew.switches, "switches", "%u-threads", threads);
}

static void handovers(void)
{
    crew_clear();
    mutex_make(PTHREAD_PRIO_NONE);
    crew_add("ping", player);
    crew_add("pong", player);
    crew_run();
    pthread_mutex_destroy(&mutex);
    sample("handover", crew.elapsed / (2 * YIELDS), "ns", "condition");
}

void workload_switches(void)
{
    for (unsigned round = 0; round < ROUNDS; round++) {
        yields(2);
        yields(8);
        yields(32);
        handovers();
    }
}
