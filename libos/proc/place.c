/* SPDX-License-Identifier: MIT
 *
 * place.c: a new environment's slices go to the CPU that has the fewest bound ones (place.h). Reads the published vectors
 * without a call; what it reads may be old by the time it acts, which costs balance and nothing else.
 */
#include "proc/place.h"

#include <errno.h>

#include "exo/exo.h"

static uint32_t cpu_load(uint32_t cpu)
{
    uint32_t load = 0;
    for (uint32_t i = 0; i < EXO_SLICES; i++)
        load += exo_slice_entry(cpu, i)->env != 0;
    return load;
}

static uint32_t least_loaded(void)
{
    uint32_t cpus = exo_info()->cpus, own = exo_act()->cpu, best = 0, best_load = ~0u;
    for (uint32_t i = 1; cpus > 1 && i <= cpus; i++) {
        uint32_t cpu = (own + i) % cpus, load = cpu_load(cpu);
        if (load < best_load) {
            best = cpu;
            best_load = load;
        }
    }
    return best;
}

void place_free(uint32_t cap, struct place *place)
{
    while (place->count > 0)
        exo_slice_free(cap, place->cpu, place->position[--place->count]);
}

int place_take(uint32_t cap, uint32_t count, struct place *place)
{
    place->cpu = least_loaded();
    place->count = 0;
    count = count == 0 ? 1 : count > PLACE_SLICES_MAX ? PLACE_SLICES_MAX : count;
    while (place->count < count) {
        int64_t position = exo_slice_alloc(cap, place->cpu, EXO_SLICE_ANY);
        if (position < 0) {
            place_free(cap, place);
            return (int)exo_errno(position);
        }
        place->position[place->count++] = (uint32_t)position;
    }
    return 0;
}

int place_bind(uint32_t cap, const struct place *place, uint64_t env)
{
    for (uint32_t i = 0; i < place->count; i++) {
        int64_t result = exo_slice_bind(cap, place->cpu, place->position[i], env, 0);
        if (result < 0)
            return (int)exo_errno(result);
    }
    return 0;
}
