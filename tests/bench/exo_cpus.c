/* SPDX-License-Identifier: MIT
 *
 * exo_cpus.c: a round of a row on several CPUs at once (option -c). Layer: tests.
 *
 * One thread a CPU, bound to it. They prepare one after the other, begin together, and tidy up in the opposite order, so that
 * what a row saves and restores is nested. Under -icount QEMU runs the CPUs by turns and a waiting CPU (PAUSE) gives up its
 * turn: the ticks of a round are the instructions of all CPUs together.
 */
#include "bench.h"

#include <stddef.h>

#include "exo/exo.h"
#include "sched/thread.h"

static struct {
    uint32_t cpus, round;
    const struct bench_row *row;
    void (*run)(uint32_t n);
    uint32_t prepared, done, tidied;
    uint64_t began[EXO_ACTS_MAX], ended[EXO_ACTS_MAX]; /* ticks, by thread */
} round_of;

static void until(const uint32_t *word, uint32_t value)
{
    while (__atomic_load_n(word, __ATOMIC_ACQUIRE) != value)
        __builtin_ia32_pause();
}

static void add(uint32_t *word) { __atomic_add_fetch(word, 1, __ATOMIC_RELEASE); }

static void take_part(uint32_t number)
{
    const struct bench_row *row = round_of.row;
    uint32_t cpus = round_of.cpus;
    until(&round_of.prepared, number);
    if (row->before)
        row->before();
    add(&round_of.prepared);
    until(&round_of.prepared, cpus);
    round_of.began[number] = bench_ticks();
    round_of.run(row->n);
    round_of.ended[number] = bench_ticks();
    add(&round_of.done);
    until(&round_of.done, cpus);
    until(&round_of.tidied, cpus - 1 - number);
    if (row->after)
        row->after();
    add(&round_of.tidied);
}

static void *helper(void *argument)
{
    for (uint32_t round = 1;; round++) {
        until(&round_of.round, round);
        take_part((uint32_t)(uintptr_t)argument);
    }
    return NULL;
}

static void make_helpers(uint32_t cpus)
{
    bench_need(cpus <= EXO_ACTS_MAX && sched_cpus_set(cpus) == (int)cpus, "the machine has fewer CPUs");
    uint64_t others = sched_cpu_set() & ~(1ull << exo_act()->cpu);
    bench_need(thread_affinity_set(thread_self(), 1ull << exo_act()->cpu) == 0, "thread_affinity_set fails");
    for (uintptr_t number = 1; number < cpus; number++, others &= others - 1) {
        struct thread *made;
        struct thread_spec spec = {
            .name = "bench-cpu", .function = helper, .argument = (void *)number, .detached = true, .affinity = others & -others};
        bench_need(thread_make(&made, &spec) == 0, "thread_make fails");
    }
    round_of.cpus = cpus;
}

uint64_t bench_round_on(uint32_t cpus, const struct bench_row *row, void (*run)(uint32_t n))
{
    if (!round_of.cpus)
        make_helpers(cpus);
    round_of.row = row;
    round_of.run = run;
    round_of.prepared = round_of.done = round_of.tidied = 0;
    add(&round_of.round);
    take_part(0);
    until(&round_of.tidied, cpus);
    uint64_t began = round_of.began[0], ended = round_of.ended[0];
    for (uint32_t i = 1; i < cpus; i++) {
        began = began < round_of.began[i] ? began : round_of.began[i];
        ended = ended > round_of.ended[i] ? ended : round_of.ended[i];
    }
    return ended - began;
}
