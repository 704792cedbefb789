/* SPDX-License-Identifier: MIT
 *
 * slices.h: how many slices of CPU time each program gets that the first environment starts: a replaceable policy, a file each
 * (slices_NAME.c). Layer: apps/init. Slices are the kernel's, and it gives them round robin: programs on a CPU share its time as
 * the numbers of their slices are, however many threads each has. A further policy is a further file and a line in slices.c; the
 * manifest's token S chooses (exon-run --share).
 */
#ifndef INIT_SLICES_H
#define INIT_SLICES_H

#include <stdint.h>

struct slice_policy {
    const char *name;
    /* Slices for a program with this environment (NULL-terminated), at most PLACE_SLICES_MAX; 0: as many as any process of
     * the session gets (policy_slices). */
    uint32_t (*slices)(char *const *envp);
};

extern const struct slice_policy slices_equal, slices_shares;

/* The policy of that name; NULL: there is none. */
const struct slice_policy *slices_find(const char *name);

#endif
