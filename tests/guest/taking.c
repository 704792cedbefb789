/* SPDX-License-Identifier: MIT
 *
 * taking.c: taking UNTIL_MS VICTIM: tries to take CPU time from another program of the session, called VICTIM, by every way that
 * there is: more virtual CPUs, fifty processes that compute or ring the first environment for nothing, threads, directed
 * yields; slices claimed by system calls; the other's freed, bound, asked back and taken by force; names revoked, quotas raised,
 * time asked for twice and for others. What is to be refused is checked here; what it got for all that, by who started it,
 * from the other's output. Layer: tests (test_schedulers.py).
 */
#include <pthread.h>
#include <spawn.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include "exo/exo.h"
#include "proc/proc.h"
#include "sched/thread.h"
#include "suite.h"

#define MS 1000000ull
#define CHILDREN 50
#define THREADS 20

static uint64_t until;
static const char *self_path, *victim;

static void *hog(void *argument)
{
    while (exo_clock_ns() < until)
        for (volatile unsigned i = 0; i < 1000; i++)
            ;
    return argument;
}

/* Gives its time to whoever of its brothers is ready, again and again. */
static void *giver(void *argument)
{
    const volatile struct exo_env_info *table = (const volatile struct exo_env_info *)EXO_PUB_ENVS;
    for (uint32_t i = 0; exo_clock_ns() < until; i = (i + 1) % EXO_ENVS_MAX)
        if (table[i].state == EXO_ENV_LIVE && table[i].patron == exo_act()->env)
            (void)!exo_yield(table[i].id, 0);
    return argument;
}

/* Rings the first environment for nothing, so that it spends its own slices. */
static void *ringer(void *argument)
{
    while (exo_clock_ns() < until) {
        __atomic_fetch_add(&session_header()->places_asked, 1, __ATOMIC_ACQ_REL);
        session_wake(&session_header()->places_asked);
        proc_notify(PROC_INIT_SLOT);
    }
    return argument;
}

static env_id_t env_named(const char *name, struct exo_env_info *info)
{
    for (uint32_t i = 0; i < EXO_ENVS_MAX; i++) {
        exo_env_read(i, info);
        if (info->state == EXO_ENV_LIVE && strcmp(info->name, name) == 0)
            return info->id;
    }
    return 0;
}

/* ---- What is refused ---- */

static void test_no_slice_is_there_to_be_claimed(void)
{
    for (uint32_t cpu = 0; cpu < exo_info()->cpus; cpu++)
        for (uint32_t at = 0; at < EXO_SLICES; at++)
            EQUAL(exo_slice_alloc(0, cpu, at), exo_slice_entry(cpu, at)->allocated ? -EXO_E_BUSY : -EXO_E_QUOTA);
}

static void test_a_name_of_ones_own_has_none_either(void)
{
    struct exo_cap name = {.bits = session_header()->cap.bits | 1ull << 40, .len = 24, .rights = EXO_RIGHTS_ALL};
    EQUAL(exo_cap_derive(0, 9, &name), 0);
    EQUAL(exo_quota_set(0, &name, EXO_QUOTA_SLICES, 1), -EXO_E_QUOTA);
    EQUAL(exo_quota_set(0, &session_header()->cap, EXO_QUOTA_SLICES, 1), -EXO_E_RIGHTS);
    EQUAL(exo_slice_alloc(9, 0, EXO_SLICE_ANY), -EXO_E_QUOTA);
    EQUAL(exo_cap_drop(9), 0);
}

static void test_slices_of_others_stay_theirs(void)
{
    unsigned seen = 0;
    for (uint32_t i = 0; i < exo_info()->cpus * EXO_SLICES; i++) {
        if (!exo_slice_entry(0, i)->allocated)
            continue;
        seen++;
        EQUAL(exo_slice_bind(0, i / EXO_SLICES, i % EXO_SLICES, 0, 0), -EXO_E_RIGHTS);
        EQUAL(exo_slice_bind(0, i / EXO_SLICES, i % EXO_SLICES, EXO_ENV_NONE, 0), -EXO_E_RIGHTS);
        EQUAL(exo_slice_free(0, i / EXO_SLICES, i % EXO_SLICES), -EXO_E_RIGHTS);
    }
    CHECK(seen >= 3);
}

static void test_nothing_is_taken_by_force(void)
{
    struct exo_env_info other;
    env_id_t env = env_named(victim, &other);
    struct exo_cap everything = {0}, sibling = {.bits = 0x40ull << 56, .len = 8, .rights = EXO_RIGHTS_ALL};
    CHECK(env != 0);
    EQUAL(exo_cap_revoke(0, &everything), -EXO_E_RIGHTS);
    EQUAL(exo_cap_revoke(0, &sibling), -EXO_E_RIGHTS);
    EQUAL(exo_cap_revoke(0, &session_header()->cap), -EXO_E_RIGHTS);
    (void)!exo_revoke_ask(0, env, EXO_REVOKE_SLICES, 8, exo_clock_ns());
    for (uint32_t i = 0; i < exo_info()->cpus * EXO_SLICES; i++) {
        uint64_t name = EXO_SLICE_NAME(i / EXO_SLICES, i % EXO_SLICES);
        if (exo_slice_entry(0, i)->env == env)
            CHECK(exo_revoke_take(0, env, EXO_REVOKE_SLICES, &name, 1) < 0);
    }
}

static void test_time_is_given_once(void)
{
    struct exo_env_info other;
    env_id_t env = env_named(victim, &other), init = proc_at(0)->env;
    EQUAL(place_ask(0, 0, PLACE_ANY_CPU, START_NO_PROCESS), -EBUSY);
    EQUAL(place_ask(0, 0, 0, proc_pid()), -EBUSY);
    EQUAL(place_ask(env, 0, 0, START_NO_PROCESS), -EBUSY);
    EQUAL(place_ask(init, 0, 0, START_NO_PROCESS), -EPERM);
    EQUAL(place_ask(0, EXO_ACTS_MAX, 0, START_NO_PROCESS), -EINVAL);
    EQUAL(place_ask(0, EXO_ACTS_MAX - 1, 0, START_NO_PROCESS), -EINVAL);
    EQUAL(place_ask(0, 0, EXO_CPUS_MAX + 1, START_NO_PROCESS), -EINVAL);
    EQUAL(place_ask(env + EXO_ENVS_MAX, 0, 0, START_NO_PROCESS), -EINVAL);
    EQUAL(place_ask(~0ull, ~0u, ~0u, 1u << 31), -EINVAL);
}

/* ---- What is allowed, and shall bring nothing ---- */

static void test_more_of_everything(void)
{
    static pid_t children[CHILDREN];
    static pthread_t threads[THREADS];
    char end[24], *argv[] = {"child", end, NULL}, *ringing[] = {"ringer", end, NULL};
    EQUAL(sched_cpus_set(EXO_ACTS_MAX), exo_info()->cpus);
    snprintf(end, sizeof end, "%llu", (unsigned long long)(until / MS));
    for (unsigned i = 0; i < CHILDREN; i++)
        EQUAL(posix_spawn(&children[i], self_path, NULL, NULL, i % 10 ? argv : ringing, environ), 0);
    for (unsigned i = 0; i < THREADS; i++)
        EQUAL(pthread_create(&threads[i], NULL, i % 4 ? hog : giver, NULL), 0);
    for (unsigned i = 0; i < THREADS; i++)
        EQUAL(pthread_join(threads[i], NULL), 0);
    for (unsigned i = 0; i < CHILDREN; i++)
        EQUAL(waitpid(children[i], NULL, 0), children[i]);
}

static const struct suite_test tests[] = {
    {test_no_slice_is_there_to_be_claimed, "no slice is there to be claimed", 60},
    {test_a_name_of_ones_own_has_none_either, "a name of one's own has none either", 60},
    {test_slices_of_others_stay_theirs, "slices of others stay theirs", 60},
    {test_nothing_is_taken_by_force, "nothing is taken by force", 60},
    {test_time_is_given_once, "time is given once", 60},
    {test_more_of_everything, "more of everything", 120},
};

int main(int argc, char **argv)
{
    self_path = (const char *)proc_start()->path;
    if (argc < 2)
        return 2;
    until = strtoull(argv[1], NULL, 10) * MS;
    if (!strcmp(argv[0], "child"))
        return hog(NULL) != NULL;
    if (!strcmp(argv[0], "ringer"))
        return ringer(NULL) != NULL;
    victim = argv[2];
    for (struct exo_env_info info; env_named(victim, &info) == 0;)
        pause_ms(1);
    return SUITE_RUN(tests);
}
