/* SPDX-License-Identifier: MIT
 *
 * division.h: who shares CPU time with whom, and how many slices each activation is to have so that it comes out. Layer: apps/init;
 * pure, tested on the host. What the weights are, and below whom a new process stands, is the slice policy's (slices.h).
 *
 * Processes are the nodes of a tree; a process stands below the one that made it (or where the policy says), and stays there when
 * that has ended. On each CPU a node's time is divided between its own activations and the nodes below it that want any, as their
 * weights are; each of these divides its part in the same way. So whatever a program starts lives off the program's share. Who
 * sleeps and used less than its part has what it wants; the others divide the rest.
 *
 * The kernel goes round the slices that can run, so as long as nobody has more activations than another one slice for each is the
 * division (weight slices for a process of a weight). When what was used goes apart from it, slices are handed out anew in each
 * period, ROUND of them a CPU: lag (what a node should have had less what it used) makes its part larger or smaller, and it
 * has none at all while it is far ahead. Who sleeps keeps one slice, to wake up on, and saves nothing up. This is feedback on
 * what was used, as in ALPS (Newhouse, Pasquale, USENIX 2006).
 */
#ifndef INIT_DIVISION_H
#define INIT_DIVISION_H

#include <stdbool.h>
#include <stdint.h>

#include "abi/types.h"

enum { DIVISION_ROUND = 32, DIVISION_SLICES_MAX = EXO_ACT_SLICES, DIVISION_BUCKETS = 64 };

/* An activation that has time on a CPU. */
struct member {
    struct member *next; /* of its node */
    uint32_t act, cpu;
    uint64_t used_ns; /* in the period that has ended; set for division_make, */
    bool ready;       /* and whether it could run at its end */
    uint32_t wanted;  /* division_make's result */
    uint32_t count;   /* slices that it has: */
    uint16_t position[DIVISION_SLICES_MAX];
    uint64_t charged_ns; /* as the kernel counted at the beginning of the period */
};

/* What is kept of a part, a node or a node's own activations, on one CPU; times in ns. */
struct part {
    double lag[EXO_CPUS_MAX]; /* should have had, less used; of the CPU's present contention */
    double used, eager, claim; /* in the period; its weight with the lag in it; its part of the CPU */
    bool ready, wants; /* something of it could run at the end; it competes: that, or it used more than its part */
};

struct node {
    struct node *before, *after; /* all nodes; those above a node come before it */
    struct node *above;
    struct node *same; /* for division_find */
    uint32_t below; /* nodes directly below */
    uint32_t weight;
    env_id_t env; /* 0: it has ended */
    struct member *members;
    struct part all, own;
    double active; /* sums over the parts of this node: weights of those that used time or could, */
    double weights, eagers, used; /* and of those that compete their weights, eager and used */
    bool competes; /* it wants time, and so do all above it */
    bool barred;   /* it is so far ahead that it has to wait, or one above it is */
};

/* The tree: the root is the first environment itself. */
struct division {
    struct node root;
    struct node *last;
    uint32_t nodes; /* without the root */
    bool managed[EXO_CPUS_MAX];
    double rest[EXO_CPUS_MAX]; /* fraction of a slice that was not handed out */
    struct node *bucket[DIVISION_BUCKETS]; /* nodes by index of their environment */
};

void division_init(struct division *division, env_id_t env);

/* The node of an environment, or NULL. */
struct node *division_find(const struct division *division, env_id_t env);

/* Adds a node; NULL: no memory. Its environment ended: what is below it stays. Members are removed before. */
struct node *division_add(struct division *division, struct node *above, env_id_t env, uint32_t weight);
void division_end(struct division *division, struct node *node);

/* Adds a member without slices; NULL: no memory. Removes one without. */
struct member *division_join(struct node *node, uint32_t act, uint32_t cpu);
void division_leave(struct node *node, struct member *member);

/* A period of so many ns has ended on a CPU: sets `wanted` of all members there. Returns whether several parts wanted time. */
bool division_make(struct division *division, uint32_t cpu, uint64_t period_ns);

/* No further period is going to end on a CPU, so nothing that is taken away would be made up for: sets `wanted` of all members
 * there to what they have without contention, and forgets who is ahead. */
void division_rest(struct division *division, uint32_t cpu);

#endif
