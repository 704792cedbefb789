/* SPDX-License-Identifier: MIT
 *
 * placing.c: see placing.h. Layer: apps/init, over libos/proc.
 *
 * The slices of a member that is gone stay allocated and bound to nobody, which costs nothing, until its node is looked at again:
 * in each period, and after some requests. While one process and the console are all that there is, no timer runs.
 */
#include "placing.h"

#include <errno.h>
#include <stddef.h>

#include "division.h"
#include "exo/exo.h"
#include "init.h"
#include "proc/place.h"
#include "proc/start.h"
#include "sched/thread.h"
#include "sync/sync.h"

#define BURY_AFTER 4 /* requests, and an eighth of the nodes */
#define ALONE 2      /* processes: the console and a program, which one slice each is enough for */
#define PERIOD_NS 50000000ull
#define PERIOD_MAX_NS 200000000ull /* so long while nobody competes */

static struct division division;
static const struct slice_policy *policy = &slices_equal;
static unsigned since_burial;
static uint64_t period_ns = PERIOD_NS, began_ns;
static struct sync_mutex lock; /* for all of this: the main thread starts programs */

void placing_start(void)
{
    division_init(&division, exo_act()->env);
}

void placing_policy(const struct slice_policy *chosen) { policy = chosen; }

/* ---- Slices ---- */

static void slice_drop(struct member *member)
{
    (void)!exo_slice_free(INIT_CAP_ROOT, member->cpu, member->position[--member->count]);
}

/* A free position near the one wanted: slices of a member that has several are spread over the vector, so that they come in turn
 * with those of others. */
static int64_t slice_near(uint32_t cpu, uint32_t wanted)
{
    for (uint32_t i = 0; i < EXO_SLICES; i++) {
        uint32_t position = (wanted + i) % EXO_SLICES;
        if (!exo_slice_entry(cpu, position)->allocated)
            return exo_slice_alloc(INIT_CAP_ROOT, cpu, position);
    }
    return -EXO_E_LIMIT;
}

static int slice_add(const struct node *node, struct member *member)
{
    static uint32_t turn;
    uint32_t spread = EXO_SLICES / (member->wanted ? member->wanted : 1), at = 0;
    turn += 7; /* members do not begin at the same place */
    if (member->wanted > 1)
        at = member->count * spread + turn % spread;
    int64_t position = slice_near(member->cpu, at);
    if (position < 0)
        return (int)exo_errno(position);
    int64_t result = exo_slice_bind(INIT_CAP_ROOT, member->cpu, (uint32_t)position, node->env, member->act);
    if (result < 0) {
        (void)!exo_slice_free(INIT_CAP_ROOT, member->cpu, (uint32_t)position);
        return (int)exo_errno(result);
    }
    member->position[member->count++] = (uint16_t)position;
    return 0;
}

/* Gives a member as many slices as it is to have, or as there are. */
static int slices_set(const struct node *node, struct member *member)
{
    int result = 0;
    while (member->count > member->wanted)
        slice_drop(member);
    while (member->count < member->wanted && result == 0)
        result = slice_add(node, member);
    return result;
}

/* ---- Who there is ---- */

static bool is_alive(env_id_t env)
{
    const volatile struct exo_env_info *info = (const volatile struct exo_env_info *)EXO_PUB_ENVS + env % EXO_ENVS_MAX;
    return info->id == env && info->state == EXO_ENV_LIVE;
}

static void node_end(struct node *node)
{
    while (node->members) {
        while (node->members->count)
            slice_drop(node->members);
        division_leave(node, node->members);
    }
    division_end(&division, node);
}

/* Ends the nodes of environments that are gone. */
static void bury(void)
{
    struct node *before;
    since_burial = 0;
    for (struct node *node = division.last; node != &division.root; node = before) {
        before = node->before;
        if (node->env && !is_alive(node->env)) {
            node_end(node);
            before = division.last; /* begin again */
        }
    }
}

void placing_weigh(env_id_t env, uint32_t weight)
{
    sync_mutex_lock(&lock);
    struct node *node = division_find(&division, env);
    if (node)
        node->weight = weight;
    for (struct member *member = node ? node->members : NULL; member; member = member->next) {
        member->wanted = weight;
        (void)slices_set(node, member);
    }
    sync_mutex_unlock(&lock);
}

/* ---- What was used ---- */

static void measure(struct node *node)
{
    struct exo_env_info info;
    exo_env_read((uint32_t)(node->env % EXO_ENVS_MAX), &info);
    for (struct member *member = node->members; member; member = member->next) {
        const struct exo_act_info *act = &info.act[member->act];
        member->used_ns = act->charged_ns - member->charged_ns;
        member->charged_ns = act->charged_ns;
        member->ready = act->state == EXO_ACT_READY || act->state == EXO_ACT_RUNNING;
    }
}

static void measure_all(void)
{
    for (struct node *node = division.root.after; node; node = node->after)
        if (node->env)
            measure(node);
}

/* ---- Requests ---- */

/* The CPU where the least weight is; the asker's own last among equals, so that parent and child run side by side. */
static uint32_t least_loaded(uint32_t from)
{
    uint32_t load[EXO_CPUS_MAX] = {[0] = 1}; /* this environment itself */
    uint32_t cpus = exo_info()->cpus, best = 0;
    for (const struct node *node = &division.root; node; node = node->after)
        for (const struct member *member = node->members; member; member = member->next)
            load[member->cpu] += node->weight;
    for (uint32_t i = 1; i <= cpus; i++) {
        uint32_t cpu = (from + i) % cpus;
        best = i == 1 || load[cpu] < load[best] ? cpu : best;
    }
    return best;
}

/* How many CPUs a node has time on; all bits of `set` that it has. */
static uint32_t cpus_of(const struct node *node, uint32_t *set)
{
    *set = 0;
    for (const struct member *member = node->members; member; member = member->next)
        *set |= 1u << member->cpu;
    return (uint32_t)__builtin_popcount(*set);
}

static int member_new(struct node *node, uint32_t act, uint32_t cpu)
{
    uint32_t set, has = cpus_of(node, &set);
    for (const struct member *member = node->members; member; member = member->next)
        if (member->act == act)
            return -EBUSY;
    if (has && !(set & 1u << cpu) && policy->further && !policy->further(has, exo_info()->cpus))
        return -EAGAIN;
    struct member *member = division_join(node, act, cpu);
    if (!member)
        return -ENOMEM;
    member->wanted = node->weight;
    int result = slices_set(node, member);
    if (!member->count) {
        division_leave(node, member);
        return result;
    }
    return (int)cpu;
}

static int place(const struct place_request *request)
{
    struct exo_env_info info;
    uint32_t cpus = exo_info()->cpus;
    if (request->act >= EXO_ACTS_MAX || (request->cpu >= cpus && request->cpu != PLACE_ANY_CPU))
        return -EINVAL;
    exo_env_read((uint32_t)(request->env % EXO_ENVS_MAX), &info);
    if (info.id != request->env || info.state != EXO_ENV_LIVE || info.act[request->act].state == EXO_ACT_NONE)
        return -EINVAL;
    struct node *node = division_find(&division, request->env), *maker = division_find(&division, info.patron), *made = NULL;
    if (node == &division.root || (!node && !maker))
        return -EPERM;
    if (!node)
        node = made = division_add(&division, policy->flat ? &division.root : maker, request->env, 1);
    if (!node)
        return -ENOMEM;
    uint32_t cpu = request->cpu < cpus ? request->cpu : least_loaded(request->from % cpus);
    int result = member_new(node, request->act, cpu);
    if (made && !made->members)
        node_end(made);
    if (began_ns == 0 && division.nodes > ALONE) {
        measure_all(); /* what was used before, when nobody competed, does not count */
        began_ns = exo_clock_ns();
    }
    return result;
}

/* Before it can run, whoever looks for its death knows that it can. */
static int answer(const struct place_request *request)
{
    struct process *process = request->entry == START_NO_PROCESS ? NULL : proc_at(request->entry);
    if (process && process->env != request->env)
        process = NULL;
    if (process)
        __atomic_store_n(&process->placed, 1, __ATOMIC_RELEASE);
    if (++since_burial > BURY_AFTER + division.nodes / 8)
        bury();
    int result = place(request);
    if (result == -EAGAIN || result == -ENOMEM) {
        bury();
        result = place(request);
    }
    if (process && result < 0)
        __atomic_store_n(&process->placed, 0, __ATOMIC_RELEASE);
    return result;
}

int place_answer(const struct place_request *request)
{
    sync_mutex_lock(&lock);
    int result = answer(request);
    sync_mutex_unlock(&lock);
    __atomic_fetch_add(&session_header()->places_asked, 1, __ATOMIC_ACQ_REL);
    session_wake(&session_header()->places_asked); /* the other thread may have to divide from now on */
    return result;
}

static void answer_all(void)
{
    for (uint32_t slot = 0; slot < session_header()->slots; slot++) {
        struct process *process = proc_at(slot);
        if (!process || __atomic_load_n(&process->place.state, __ATOMIC_ACQUIRE) != PLACE_ASKED)
            continue;
        struct place_request request = process->place; /* copied: the asker may write what he likes */
        process->place.result = answer(&request);
        __atomic_store_n(&process->place.state, PLACE_NONE, __ATOMIC_RELEASE);
        session_wake(&process->place.state);
    }
}

/* ---- Dividing ---- */

static void divide(uint64_t now)
{
    bool contended = false;
    bury();
    bool goes_on = division.nodes > ALONE;
    measure_all();
    for (uint32_t cpu = 0; cpu < exo_info()->cpus; cpu++)
        if (goes_on)
            contended = division_make(&division, cpu, now - began_ns) || contended;
        else
            division_rest(&division, cpu);
    /* First what is taken away, so that there is room for what is given. */
    for (struct node *node = division.root.after; node; node = node->after)
        for (struct member *member = node->members; member; member = member->next)
            while (member->count > member->wanted)
                slice_drop(member);
    for (struct node *node = division.root.after; node; node = node->after)
        for (struct member *member = node->members; member; member = member->next)
            (void)slices_set(node, member);
    period_ns = contended ? PERIOD_NS : 2 * period_ns < PERIOD_MAX_NS ? 2 * period_ns : PERIOD_MAX_NS;
    began_ns = goes_on ? now : 0;
}

/* Takes no lock that a process of the session may hold: it might be one that has to wait for its turn, which comes from here. */
static void *serve(void *unused)
{
    const uint32_t *word = &session_header()->places_asked;
    for (uint32_t served = 0;;) {
        uint32_t asked = __atomic_load_n(word, __ATOMIC_ACQUIRE);
        sync_mutex_lock(&lock);
        if (asked != served) {
            answer_all();
            period_ns = PERIOD_NS;
        }
        served = asked;
        uint64_t now = exo_clock_ns(), deadline = began_ns ? began_ns + period_ns : EXO_FOREVER;
        if (now >= deadline) {
            divide(now);
            deadline = began_ns ? began_ns + period_ns : EXO_FOREVER;
        }
        sync_mutex_unlock(&lock);
        session_wait(word, asked, deadline, WAIT_WORD);
    }
    return unused;
}

void placing_serve(void)
{
    struct thread *thread;
    if (thread_create(&thread, "placing", 0, serve, NULL) < 0)
        init_fail("too little memory for the thread that divides CPU time");
}
