/* SPDX-License-Identifier: MIT
 *
 * division.c: see division.h. Layer: apps/init; pure. Walks the list of nodes, forwards for what comes from above and backwards for
 * what comes from below, so that no chain of processes is too deep for it. O(nodes + members) a CPU and period.
 */
#include "division.h"

#include <stdlib.h>

#define MANAGE_ABOVE 0.2 /* of a period: when somebody's lag is beyond it, one slice each is not enough */
#define LAG_MAX 4.0      /* periods; more is forgotten */
#define EAGER_MAX 4.0
#define IDLE_BELOW 0.75  /* of a period: a CPU that was used less had time for those who were kept out */

/* ---- The tree ---- */

void division_init(struct division *division, env_id_t env)
{
    *division = (struct division){.root = {.weight = 1, .env = env}};
    division->last = &division->root;
    division->bucket[env % DIVISION_BUCKETS] = &division->root;
}

struct node *division_find(const struct division *division, env_id_t env)
{
    struct node *node = division->bucket[env % DIVISION_BUCKETS];
    while (node && node->env != env)
        node = node->same;
    return node;
}

static void forget(struct division *division, const struct node *node)
{
    struct node **link = &division->bucket[node->env % DIVISION_BUCKETS];
    while (*link != node)
        link = &(*link)->same;
    *link = node->same;
}

struct node *division_add(struct division *division, struct node *above, env_id_t env, uint32_t weight)
{
    struct node *node = calloc(1, sizeof *node);
    if (!node)
        return NULL;
    struct node **bucket = &division->bucket[env % DIVISION_BUCKETS];
    *node = (struct node){.before = division->last, .above = above, .same = *bucket, .env = env, .weight = weight};
    *bucket = node;
    division->last->after = node;
    division->last = node;
    division->nodes++;
    above->below++;
    return node;
}

static void node_free(struct division *division, struct node *node)
{
    node->before->after = node->after;
    *(node->after ? &node->after->before : &division->last) = node->before;
    node->above->below--;
    division->nodes--;
    free(node);
}

/* A node that has ended and has one node below it is replaced by that. */
static void pass_on(struct division *division, struct node *node)
{
    struct node *heir = node->after;
    while (heir->above != node)
        heir = heir->after;
    heir->above = node->above;
    heir->weight = node->weight;
    heir->all = node->all;
    node->above->below++;
    node_free(division, node);
}

void division_end(struct division *division, struct node *node)
{
    forget(division, node);
    node->env = 0;
    while (node->above && !node->env && node->below < 2) {
        struct node *above = node->above;
        if (node->below == 0)
            node_free(division, node);
        else
            pass_on(division, node);
        node = above;
    }
}

struct member *division_join(struct node *node, uint32_t act, uint32_t cpu)
{
    struct member *member = calloc(1, sizeof *member);
    if (!member)
        return NULL;
    *member = (struct member){.next = node->members, .act = act, .cpu = cpu};
    node->members = member;
    return member;
}

void division_leave(struct node *node, struct member *member)
{
    struct member **link = &node->members;
    while (*link != member)
        link = &(*link)->next;
    *link = member->next;
    free(member);
}

/* ---- What was used ---- */

static void look_at_members(struct node *node, uint32_t cpu)
{
    node->own.used = node->all.used = node->active = node->weights = node->eagers = node->used = 0;
    node->own.ready = node->all.ready = false;
    for (const struct member *member = node->members; member; member = member->next) {
        if (member->cpu != cpu)
            continue;
        node->own.used += (double)member->used_ns;
        node->own.ready = node->own.ready || member->ready;
    }
}

static void sum_up_part(struct node *of, const struct part *part, double weight)
{
    of->all.used += part->used;
    of->all.ready = of->all.ready || part->ready;
    if (part->ready || part->used > 0)
        of->active += weight;
}

/* Who competes within `of`. */
static void enter(struct node *of, struct part *part, double weight)
{
    part->wants = part->ready || part->used * of->active > of->all.used * weight;
    if (!part->wants)
        return;
    of->weights += weight;
    of->used += part->used;
}

/* ---- What it should have been ---- */

/* Brings the lag of a part of `of` up to date, or forgets it. Returns how far it is off, in periods. */
static double judge(struct node *of, struct part *part, double weight, uint32_t cpu, double period, bool forget)
{
    bool alone = of->weights <= weight;
    part->eager = part->wants ? weight : 0;
    if (!part->wants || alone || forget) {
        part->lag[cpu] = 0;
        of->eagers += part->eager;
        return 0;
    }
    double due = of->used * weight / of->weights, lag = part->lag[cpu] + due - part->used;
    lag = lag > LAG_MAX * period ? LAG_MAX * period : lag < -LAG_MAX * period ? -LAG_MAX * period : lag;
    part->lag[cpu] = lag;
    double factor = due > 0 ? 1 + lag / (2 * due) : 1;
    part->eager = weight * (factor < 0 ? 0 : factor > EAGER_MAX ? EAGER_MAX : factor);
    of->eagers += part->eager;
    return (lag < 0 ? -lag : lag) / period;
}

static void claim(const struct node *of, struct part *part, double eager)
{
    part->claim = of->eagers > 0 ? of->all.claim * eager / of->eagers : 0;
}

/* ---- Handing out ---- */

/* Without contention, or with none that matters: a slice each, and as many as the weight says for a process alone. */
static void hand_out_evenly(struct division *division, uint32_t cpu)
{
    division->managed[cpu] = false;
    for (struct node *node = &division->root; node; node = node->after)
        for (struct member *member = node->members; member; member = member->next)
            if (member->cpu == cpu)
                member->wanted = node->weight;
}

void division_rest(struct division *division, uint32_t cpu)
{
    hand_out_evenly(division, cpu);
    for (struct node *node = &division->root; node; node = node->after)
        node->own.lag[cpu] = node->all.lag[cpu] = 0;
}

static uint32_t competing(const struct node *node, uint32_t cpu)
{
    uint32_t count = 0;
    for (const struct member *member = node->members; member; member = member->next)
        count += member->cpu == cpu && (member->ready || member->used_ns > 0);
    return count;
}

/* What is left of a fraction goes to the next one, so that of many small parts each has its turn. */
static void hand_out(struct node *node, uint32_t cpu, double *rest)
{
    uint32_t count = node->competes && node->own.wants ? competing(node, cpu) : 0;
    for (struct member *member = node->members; member; member = member->next) {
        if (member->cpu != cpu)
            continue;
        if (!count || !(member->ready || member->used_ns > 0)) {
            member->wanted = !node->barred;
            continue;
        }
        *rest += DIVISION_ROUND * node->own.claim / count;
        member->wanted = (uint32_t)*rest;
        *rest -= member->wanted;
    }
}

static unsigned add_up(struct division *division, uint32_t cpu)
{
    unsigned contenders = 0;
    for (struct node *node = &division->root; node; node = node->after)
        look_at_members(node, cpu);
    for (struct node *node = division->last; node; node = node->before) {
        sum_up_part(node, &node->own, 1);
        if (node->above)
            sum_up_part(node->above, &node->all, node->weight);
    }
    for (struct node *node = &division->root; node; node = node->after) {
        enter(node, &node->own, 1);
        if (node->above)
            enter(node->above, &node->all, node->weight);
        contenders += node->own.wants;
    }
    return contenders;
}

/* Was somebody kept out of the round for those who then let the CPU stand still? What they are behind by would be made up for
 * only as fast as they use it, and who is ahead would wait for as long. */
static bool kept_out_for_nothing(const struct division *division, uint32_t cpu, double period)
{
    bool out = false;
    for (const struct node *node = &division->root; node; node = node->after)
        for (const struct member *member = node->members; member; member = member->next)
            out = out || (member->cpu == cpu && member->ready && !member->count);
    return out && division->root.all.used < IDLE_BELOW * period;
}

static double judge_all(struct division *division, uint32_t cpu, double period)
{
    bool forget = kept_out_for_nothing(division, cpu, period);
    double worst = 0;
    for (struct node *node = &division->root; node; node = node->after) {
        double own = judge(node, &node->own, 1, cpu, period, forget);
        double all = node->above ? judge(node->above, &node->all, node->weight, cpu, period, forget) : 0;
        worst = own > worst ? own : worst;
        worst = all > worst ? all : worst;
    }
    return worst;
}

bool division_make(struct division *division, uint32_t cpu, uint64_t period_ns)
{
    unsigned contenders = add_up(division, cpu);
    double worst = judge_all(division, cpu, (double)period_ns);
    if (contenders < 2 || (!division->managed[cpu] && worst <= MANAGE_ABOVE)) {
        hand_out_evenly(division, cpu);
        return contenders > 1;
    }
    division->managed[cpu] = true;
    division->root.all.claim = 1;
    for (struct node *node = &division->root; node; node = node->after) {
        if (node->above)
            claim(node->above, &node->all, node->all.eager);
        claim(node, &node->own, node->own.eager);
        node->competes = node->above ? node->above->competes && node->all.wants : true;
        node->barred = node->above && (node->above->barred || (node->all.wants && node->all.eager == 0));
        hand_out(node, cpu, &division->rest[cpu]);
    }
    return true;
}
