/* SPDX-License-Identifier: MIT
 *
 * cpus.c: more virtual CPUs: activations of this environment on further CPUs, where the scheduler runs threads in parallel.
 * Layer: libos/sched. Where they go is decided here, from the published slice vectors: a CPU that this program is not on
 * yet, and of these the one with the fewest bound slices; whether they get time there, the first environment (proc/place.h).
 * A virtual CPU stays until the process ends.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "exo/upcall.h"
#include "proc/place.h"
#include "proc/start.h"
#include "sched/policy.h"
#include "sched/thread.h"
#include "sync/sync.h"

static struct sync_mutex lock;
static struct {
    uint32_t acts;  /* virtual CPUs: activations 0 to acts - 1, */
    uint32_t made;  /* of so many that exist */
    uint64_t cpus;  /* bit n: a virtual CPU is on CPU n; 0: not looked yet */
} have = {.acts = 1, .made = 1};

/* For functions that few programs use twice: those who do not have them once, and without a name. */
#define INLINE static inline __attribute__((always_inline))

INLINE struct exo_activation *act_of(uint32_t index)
{
    return (struct exo_activation *)(EXO_ACT_BASE + (uintptr_t)index * EXO_ACT_STRIDE);
}

uint64_t sched_cpu_set(void) { return have.cpus ? have.cpus : sched_here(); }

uint32_t sched_cpus(void) { return __atomic_load_n(&have.acts, __ATOMIC_RELAXED); }

INLINE uint32_t bound_slices(uint32_t cpu)
{
    uint32_t bound = 0;
    for (uint32_t i = 0; i < EXO_SLICES; i++)
        bound += exo_slice_entry(cpu, i)->env != 0;
    return bound;
}

/* A CPU for the next activation, none of those in `used`, or -EAGAIN. */
INLINE int choose_cpu(uint64_t used)
{
    int best = -EAGAIN;
    uint32_t least = UINT32_MAX;
    for (uint32_t cpu = 0; cpu < exo_info()->cpus; cpu++) {
        uint32_t bound = used & 1ull << cpu ? UINT32_MAX : bound_slices(cpu);
        if (bound < least) {
            least = bound;
            best = (int)cpu;
        }
    }
    return best;
}

/* Makes activation `index`, ready but without CPU time. Its pages stay if a later step fails, for the next try. */
INLINE int act_make(uint32_t index)
{
    struct exo_act_spec spec;
    int error = upcall_spec(index, &spec);
    if (error)
        return error;
    spec.fs_base = act_of(0)->fs_base;
    int64_t result = exo_act_create(0, 0, &spec);
    if (result < 0)
        return (int)exo_errno(result);
    sched_act_init(act_of((uint32_t)result));
    return 0;
}

static int add_one(void)
{
    int cpu = choose_cpu(have.cpus);
    if (cpu < 0)
        return cpu;
    if (have.made > have.acts && exo_local(act_of(have.acts))->apart)
        return -EAGAIN;
    if (have.made == have.acts) {
        int result = act_make(have.acts);
        if (result < 0)
            return result;
        have.made++;
    }
    exo_local(act_of(have.acts))->home = (uint64_t)cpu;
    int result = place_ask(0, have.acts, (uint32_t)cpu, START_NO_PROCESS);
    if (result < 0)
        return result;
    have.cpus |= 1ull << cpu;
    __atomic_add_fetch(&have.acts, 1, __ATOMIC_RELEASE);
    return 0;
}

int sched_cpus_set(uint32_t count)
{
    int result = 0;
    sync_mutex_lock(&lock);
    if (!have.cpus)
        have.cpus = sched_here();
    if (count > EXO_ACTS_MAX)
        count = EXO_ACTS_MAX;
    while (have.acts < count && result == 0)
        result = add_one();
    uint32_t now = have.acts;
    sync_mutex_unlock(&lock);
    return result < 0 && result != -EAGAIN ? result : (int)now;
}

int sched_server_make(void)
{
    sync_mutex_lock(&lock);
    int result = have.made < EXO_ACTS_MAX ? act_make(have.made) : -EAGAIN;
    if (result == 0) {
        struct exo_local *local = exo_local(act_of(have.made));
        local->apart = 1;
        local->timer_ns = 0; /* it arms no timers of others, and nobody kicks it: when it is idle, an event makes it busy */
        local->watches_kicks = 1;
        result = (int)have.made++;
    }
    sync_mutex_unlock(&lock);
    return result;
}

int sched_server_place(uint32_t index) { return place_ask(0, index, PLACE_ANY_CPU, START_NO_PROCESS); }

/* Every program has this, so it reads the number by itself: strtoul would be half a KiB. */
void sched_cpus_start(void)
{
    const char *wanted = getenv("EXON_CPUS");
    uint32_t count = 0;
    if (!wanted)
        return;
    if (strcmp(wanted, "all") == 0)
        count = EXO_ACTS_MAX;
    for (; *wanted >= '0' && *wanted <= '9' && count < EXO_ACTS_MAX; wanted++)
        count = 10 * count + (uint32_t)(*wanted - '0');
    sched_cpus_set(count);
}
