// link: apps/init/division.c
// SPDX-License-Identifier: MIT
/* test_division.c: shares come out as the tree says, on a simulated CPU that goes round the slices of those that can run as the
 * kernel does: hogs, crowds, sleepers, those that time their sleeps, and trees of any shape. */
#include "../harness.h"
#include "../../../apps/init/division.h"

#include <stdlib.h>

#define MS 1000000ull
#define PERIOD (50 * MS)
#define MEMBERS 600

static struct division tree;
static struct {
    struct node *node;
    struct member *member;
    bool (*runs)(unsigned index, unsigned period); /* does it want the CPU in this period? NULL: always */
    uint64_t most; /* so much of a period, then it sleeps */
    uint64_t total;
} cpu[MEMBERS];
static unsigned members;

static void start(void)
{
    division_init(&tree, 1);
    members = 0;
}

static void join(struct node *node, uint32_t act, bool (*runs)(unsigned, unsigned))
{
    cpu[members].node = node;
    cpu[members].member = division_join(node, act, 0);
    cpu[members].member->count = node->weight;
    cpu[members].runs = runs;
    cpu[members].most = PERIOD;
    cpu[members].total = 0;
    members++;
}

static struct node *add(struct node *above, uint32_t weight, bool (*runs)(unsigned, unsigned))
{
    struct node *node = division_add(&tree, above, 100 + members, weight);
    join(node, 0, runs);
    return node;
}

static void add_many(struct node *above, unsigned count, bool (*runs)(unsigned, unsigned))
{
    for (unsigned k = 0; k < count; k++)
        add(above, 1, runs);
}

static void finish(void)
{
    for (; members > 0; members--) {
        struct node *node = cpu[members - 1].node;
        division_leave(node, cpu[members - 1].member);
        if (!node->members)
            division_end(&tree, node);
    }
    CHECK_EQ(tree.nodes, 0);
    CHECK(tree.last == &tree.root);
}

static bool sated(unsigned index) { return cpu[index].member->used_ns >= cpu[index].most; }

/* A period: slices of a millisecond in turn; the place in the round is kept. Returns what was used. */
static uint64_t run_period(unsigned period)
{
    static unsigned at, left;
    uint64_t ran = 0;
    for (unsigned i = 0; i < members; i++)
        cpu[i].member->used_ns = 0;
    for (unsigned idle = 0; ran < PERIOD && idle <= members;) {
        at %= members;
        bool can = left < cpu[at].member->count && (!cpu[at].runs || cpu[at].runs(at, period)) && !sated(at);
        idle = can ? 0 : idle + 1;
        if (can) {
            cpu[at].member->used_ns += MS;
            ran += MS;
        }
        if (!can || ++left >= cpu[at].member->count) {
            at++;
            left = 0;
        }
    }
    for (unsigned i = 0; i < members; i++)
        cpu[i].member->ready = (!cpu[i].runs || cpu[i].runs(i, period + 1)) && (cpu[i].most == PERIOD || !sated(i));
    division_make(&tree, 0, PERIOD);
    for (unsigned i = 0; i < members; i++) {
        cpu[i].member->count = cpu[i].member->wanted;
        cpu[i].total += cpu[i].member->used_ns;
    }
    return ran;
}

/* So many periods, after some that do not count. */
static void run(unsigned periods)
{
    for (unsigned i = 0; i < periods + 10; i++) {
        for (unsigned k = 0; i == 10 && k < members; k++)
            cpu[k].total = 0;
        run_period(i);
    }
}

/* The part that [from, to) had of what all had. */
static double part(unsigned from, unsigned to)
{
    uint64_t all = 0, some = 0;
    for (unsigned i = 0; i < members; i++) {
        all += cpu[i].total;
        some += i >= from && i < to ? cpu[i].total : 0;
    }
    return (double)some / (double)all;
}

static void near(double found, double wanted, double bound)
{
    CHECK(found > wanted - bound && found < wanted + bound);
    if (found <= wanted - bound || found >= wanted + bound)
        printf("found %.4f, wanted %.4f\n", found, wanted);
}

static bool never(unsigned index, unsigned period) { return (void)index, (void)period, false; }

/* A third of them at a time, two periods out of six, never the same ones. */
static bool in_thirds(unsigned index, unsigned period) { return period / 2 % 3 == index % 3; }

static bool in_turn(unsigned index, unsigned period) { return period % 20 == index % 20; }

TEST(two_hogs_need_nothing)
{
    start();
    add(&tree.root, 1, NULL);
    add(&tree.root, 1, NULL);
    run(100);
    near(part(0, 1), 0.5, 0.01);
    CHECK(!tree.managed[0]);
    CHECK_EQ(cpu[0].member->count, 1);
    finish();
}

TEST(weights)
{
    start();
    add(&tree.root, 3, NULL);
    add(&tree.root, 1, NULL);
    run(100);
    near(part(0, 1), 0.75, 0.01);
    CHECK(!tree.managed[0]);
    finish();
}

TEST(a_crowd_has_what_one_has)
{
    static const unsigned crowds[] = {2, 5, 50, 500};
    for (unsigned i = 0; i < 4; i++) {
        start();
        add(&tree.root, 1, NULL);
        struct node *head = add(&tree.root, 1, never);
        add_many(head, crowds[i], NULL);
        run(200);
        near(part(0, 1), 0.5, 0.02);
        for (unsigned k = 2; crowds[i] <= 50 && k < members; k++)
            near(part(k, k + 1), 0.5 / crowds[i], 0.2 / crowds[i]);
        finish();
    }
}

TEST(a_crowd_against_a_heavier_one)
{
    start();
    add(&tree.root, 3, NULL);
    struct node *head = add(&tree.root, 1, NULL);
    add_many(head, 50, NULL);
    run(200);
    near(part(0, 1), 0.75, 0.02);
    near(part(1, 2), 0.25 / 51, 0.1 / 51);
    finish();
}

TEST(a_chain_of_processes_shares_its_end)
{
    start();
    add(&tree.root, 1, NULL);
    struct node *above = add(&tree.root, 1, never);
    for (unsigned k = 0; k < 200; k++)
        above = add(above, 1, k > 150 ? NULL : never);
    run(200);
    near(part(0, 1), 0.5, 0.02);
    finish();
}

TEST(sleepers_cost_their_program_nothing)
{
    start();
    add(&tree.root, 1, NULL);
    struct node *head = add(&tree.root, 1, never);
    add_many(head, 40, never);
    add(head, 1, NULL);
    run(100);
    near(part(0, 1), 0.5, 0.01);
    finish();
}

static void crowd_that_sleeps(bool (*runs)(unsigned, unsigned))
{
    start();
    add(&tree.root, 1, NULL);
    struct node *head = add(&tree.root, 1, never);
    add_many(head, 500, runs);
    run(600);
    printf("the other had %.3f\n", part(0, 1));
    CHECK(part(0, 1) > 0.45);
    finish();
}

TEST(sleeping_at_the_right_time_brings_nothing)
{
    crowd_that_sleeps(in_thirds);
    crowd_that_sleeps(in_turn);
}

TEST(idle_time_is_anybodys)
{
    start();
    add(&tree.root, 1, never);
    struct node *head = add(&tree.root, 1, never);
    add_many(head, 10, NULL);
    run(100);
    near(part(2, 12), 1, 0.001);
    finish();
}

TEST(what_a_dead_parent_left_stays_below)
{
    start();
    add(&tree.root, 1, NULL);
    struct node *head = add(&tree.root, 1, NULL);
    add_many(head, 20, NULL);
    division_leave(head, cpu[1].member);
    division_end(&tree, head);
    CHECK_EQ(tree.nodes, 22); /* it stands for those below it */
    cpu[1] = cpu[--members];
    run(200);
    near(part(0, 1), 0.5, 0.02);
    for (; members > 2; members--) {
        division_leave(cpu[members - 1].node, cpu[members - 1].member);
        division_end(&tree, cpu[members - 1].node);
    }
    CHECK_EQ(tree.nodes, 2); /* the last one took its place */
    CHECK(cpu[1].node->above == &tree.root);
    finish();
}

TEST(a_hundred_programs_have_their_turns)
{
    start();
    for (unsigned k = 0; k < 100; k++) {
        struct node *head = add(&tree.root, 1, NULL);
        if (k % 2)
            add(head, 1, NULL);
    }
    run(1000);
    for (unsigned i = 0, k = 0; i < members; i += 1 + k % 2, k++)
        near(part(i, i + 1 + k % 2), 0.01, 0.002);
    finish();
}

TEST(several_virtual_cpus_of_a_process_share)
{
    start();
    add(&tree.root, 1, NULL);
    struct node *node = add(&tree.root, 1, NULL);
    for (unsigned act = 1; act < 8; act++)
        join(node, act, NULL);
    run(100);
    near(part(0, 1), 0.5, 0.02);
    finish();
}

/* A barred crowd, or one that waits for its turn, is not left without slices when there are no more periods. */
TEST(nobody_is_left_without)
{
    start();
    add(&tree.root, 1, NULL);
    struct node *head = add(&tree.root, 3, NULL);
    add_many(head, 100, NULL);
    unsigned without = 0;
    for (unsigned k = 0; k < 20 && !without; k++) {
        run_period(k);
        for (unsigned i = 0; i < members; i++)
            without += !cpu[i].member->wanted;
    }
    CHECK(without > 0 && tree.managed[0]);
    division_rest(&tree, 0);
    CHECK(!tree.managed[0]);
    for (unsigned i = 0; i < members; i++)
        CHECK_EQ(cpu[i].member->wanted, cpu[i].node->weight);
    finish();
}

/* Who was ahead when dividing ended is not kept out when it begins again. */
TEST(what_is_over_is_forgotten)
{
    start();
    add(&tree.root, 1, NULL);
    add(&tree.root, 1, NULL);
    cpu[0].member->used_ns = 10 * PERIOD;
    cpu[0].member->ready = cpu[1].member->ready = true;
    division_make(&tree, 0, PERIOD);
    CHECK(tree.managed[0] && cpu[1].node->all.lag[0] > PERIOD);
    division_rest(&tree, 0);
    for (unsigned i = 0; i < members; i++)
        cpu[i].member->count = cpu[i].member->wanted;
    for (unsigned period = 0; period < 10; period++) {
        run_period(period);
        CHECK(cpu[0].member->used_ns >= 20 * MS && cpu[1].member->used_ns >= 20 * MS);
    }
    finish();
}

static unsigned random_below(unsigned n)
{
    static uint64_t state = 1;
    state = state * 6364136223846793005u + 1442695040888963407u; /* Knuth's MMIX */
    return (unsigned)(state >> 33) % n;
}

/* Nothing, a few milliseconds of each period, a part of it, or as much as there is. */
static uint64_t some_wish(void)
{
    const uint64_t wishes[] = {0, (1 + random_below(4)) * MS, random_below(40) * MS, PERIOD};
    return wishes[random_below(4)];
}

/* The longest time, in periods, for which somebody was ready and had no slice while the CPU had time left. */
static unsigned longest_wait(unsigned periods)
{
    static unsigned waits[MEMBERS];
    unsigned longest = 0;
    for (unsigned period = 0, next = 0; period < periods; period++) {
        for (unsigned i = 0; i < members; i++)
            if (period == next || random_below(200) == 0)
                cpu[i].most = some_wish();
        next = period == next ? period + 5 + random_below(60) : next;
        bool left = run_period(period) < PERIOD * 3 / 4;
        for (unsigned i = 0; i < members; i++) {
            waits[i] = period && left && cpu[i].member->ready && !cpu[i].member->used_ns ? waits[i] + 1 : 0;
            longest = waits[i] > longest ? waits[i] : longest;
        }
    }
    return longest;
}

/* Trees of any shape, whose programs want now this and now that: who was ahead does not wait for those who want little. */
TEST(no_cpu_stands_still_while_somebody_waits)
{
    unsigned longest = 0;
    for (unsigned tries = 0; tries < 100; tries++) {
        start();
        for (unsigned count = 2 + random_below(12); members < count;)
            add(members && random_below(2) ? cpu[random_below(members)].node : &tree.root, 1 + random_below(4), NULL);
        unsigned wait = longest_wait(1000);
        longest = wait > longest ? wait : longest;
        finish();
    }
    printf("longest wait %u periods\n", longest);
    CHECK(longest <= 5);
}

TEST(environments_are_found)
{
    start();
    struct node *nodes[200];
    for (unsigned i = 0; i < 200; i++)
        nodes[i] = division_add(&tree, &tree.root, 1000 + 3 * i, 1);
    for (unsigned i = 0; i < 200; i += 2)
        division_end(&tree, nodes[i]);
    for (unsigned i = 0; i < 200; i++)
        CHECK(division_find(&tree, 1000 + 3 * i) == (i % 2 ? nodes[i] : NULL));
    CHECK(division_find(&tree, 1) == &tree.root);
    for (unsigned i = 1; i < 200; i += 2)
        division_end(&tree, nodes[i]);
    finish();
}
