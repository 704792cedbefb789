/* SPDX-License-Identifier: MIT
 *
 * place.h: where a new environment gets its CPU time. Layer: libos/proc. A policy: another libOS places otherwise.
 */
#ifndef LIBOS_PLACE_H
#define LIBOS_PLACE_H

#include <stdint.h>

#define PLACE_SLICES_MAX 4u

struct place {
    uint32_t cpu;
    uint32_t count; /* positions taken, all on that CPU */
    uint32_t position[PLACE_SLICES_MAX];
};

/* Takes `count` slices under the capability in slot `cap`, on the CPU where the fewest are bound (the caller's own last
 * among equals, so that parent and child run side by side). Returns 0, or a negative errno value with nothing taken. */
int place_take(uint32_t cap, uint32_t count, struct place *place);

/* Binds them to activation 0 of an environment. */
int place_bind(uint32_t cap, const struct place *place, uint64_t env);

/* Gives them back. */
void place_free(uint32_t cap, struct place *place);

#endif
