/* SPDX-License-Identifier: MIT
 *
 * load.h: putting bytes into a new environment's memory. Layer: libos/proc, below build.h.
 */
#ifndef LIBOS_LOAD_H
#define LIBOS_LOAD_H

#include <stddef.h>
#include <stdint.h>

/* Where pages go: the environment, and the slot of the caller whose capability guards their frames; the same capability is
 * in slot 0 of the environment. */
struct load_target {
    uint64_t env;
    uint32_t cap;
};

/* A range of pages to be made: [va, va + memsz), which starts with filesz bytes from source and goes on with zeroes; the
 * page of va starts with zeroes too. Frames free themselves when the environment ends. prot: EXO_PROT_*. Threads take
 * turns. Returns 0 or a negative errno value; pages mapped so far stay, to go with the environment. */
int load_range(const struct load_target *to, uint64_t va, const void *source, size_t filesz, size_t memsz, int prot);

#endif
