/* SPDX-License-Identifier: MIT
 *
 * slices.h: how the first environment divides CPU time among programs: a replaceable policy, a file each (slices_NAME.c).
 * Layer: apps/init. It says who competes with whom and with which weight; placing.c and division.c carry that out, over slices
 * that are all the first environment's. A further policy is a further file and a line in slices.c; the manifest's token S
 * chooses (exon-run --share, --slices NAME).
 */
#ifndef INIT_SLICES_H
#define INIT_SLICES_H

#include <stdbool.h>
#include <stdint.h>

#define SLICES_WEIGHT_MAX 4u /* slices that a process alone has at once: each costs a little at each of its sleeps */

struct slice_policy {
    const char *name;
    /* The weight, 1 to SLICES_WEIGHT_MAX, of a program that the first environment starts; envp ends with NULL. */
    uint32_t (*weight)(char *const *envp);
    /* A process that a program makes competes with all others, and not, with those beside it, for its maker's share. */
    bool flat;
    /* May an environment that has time on `has` CPUs have it on a further one, of `cpus`? NULL: always. */
    bool (*further)(uint32_t has, uint32_t cpus);
};

extern const struct slice_policy slices_equal, slices_shares, slices_processes, slices_one_cpu;

/* The policy of that name; NULL: there is none. */
const struct slice_policy *slices_find(const char *name);

#endif
