/* SPDX-License-Identifier: MIT
 *
 * start_block.h: writes a start block (start.h). Layer: libos/proc; pure, tested on the host.
 */
#ifndef LIBOS_START_BLOCK_H
#define LIBOS_START_BLOCK_H

#include "proc/start.h"

struct start_strings {
    char *const *argv; /* NULL-terminated; NULL: none */
    char *const *envp;
    const char *path, *cwd; /* NULL: "" and "/" */
};

/* Bytes of the block, or -E2BIG if it is larger than START_BYTES_MAX. */
long start_block_size(const struct start_strings *strings);

/* Writes the block to `to` (start_block_size bytes, 8-aligned), with addresses as seen at `address`. `fixed` gives all
 * that does not follow from the strings. */
void start_block_write(void *to, uint64_t address, const struct start_block *fixed, const struct start_strings *strings);

#endif
