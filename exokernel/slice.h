/* SPDX-License-Identifier: MIT
 *
 * slice.h: the slice vectors: each CPU's time, 1,024 positions taken round robin. No policy: what stands in a vector is
 * ring 3's decision. kernel_lock held. An activation's slices are all on one CPU (its home), chained, at most
 * EXO_ACT_SLICES.
 */
#ifndef EXOKERNEL_SLICE_H
#define EXOKERNEL_SLICE_H

#include <stddef.h>

#include "env.h"

/* A CPU's vector. The vector itself is published; beside it stand whose each position is, a bitmap of those whose activation
 * could run, and links that chain the positions of each activation. timer.asm goes on in it as slice_next does. */
enum { SLICE_WORDS = EXO_SLICES / 64 };
struct slice_vector {
    struct exo_slice *slice;
    uint64_t ready[SLICE_WORDS];
    uint32_t some;                      /* bit n: ready[n] is not 0 */
    uint32_t position;                  /* the slice that runs, or ran last */
    int16_t next[EXO_SLICES];           /* of the same activation, -1: last */
    struct activation *act[EXO_SLICES]; /* whose it is; NULL: nobody's, and not ready */
};
extern struct slice_vector *slice_vectors[EXO_CPUS_MAX];

/* Boot: the published vector of a CPU, and zeroed memory for what stands beside it. */
void slice_init(uint32_t cpu, struct exo_slice *published, void *private);
size_t slice_private_bytes(void);

/* An entry of a vector; position is taken modulo EXO_SLICES. */
struct exo_slice *slice_at(uint32_t cpu, uint32_t position);

/* Allocates a position (or EXO_SLICE_ANY) under guard: the position, -EXO_E_LIMIT, -EXO_E_BUSY, -EXO_E_QUOTA. */
int64_t slice_take(uint32_t cpu, uint32_t position, struct cap_name guard);

/* Gives an allocated position back. */
void slice_put(uint32_t cpu, uint32_t position);

/* Binds an allocated position to act (NULL: nobody). 0, -EXO_E_BUSY (it has slices elsewhere), -EXO_E_LIMIT. */
int slice_assign(uint32_t cpu, uint32_t position, struct activation *act);

/* Takes an allocated position away from whom it is bound to, and tells him; guard and charge pass on, with the room for it. */
void slice_pass(uint32_t cpu, uint32_t position, struct cap_name guard, uint16_t quota);

/* An activation became ready, or no longer is: its slices count, or are skipped. */
void slice_ready(struct activation *act, bool ready);

/* Unbinds all slices of an activation that ends. */
void slice_forget(struct activation *act);

/* Goes on to the next position whose activation, or who serves its call (pct_runner), is READY: to whom it is bound. NULL: none. */
struct activation *slice_next(uint32_t cpu);

/* To whom the position that runs, or ran last, is bound; NULL: nobody. */
struct activation *slice_holder(uint32_t cpu);

/* Where the CPU is in its vector. */
uint32_t slice_position(uint32_t cpu);

#endif
