// SPDX-License-Identifier: MIT
//
// Memory for the tree of one command: taken piece by piece, given back all at once.
//
// Layer: sh. An arena starts as all zeros.

#ifndef SH_ARENA_H
#define SH_ARENA_H

#include <stddef.h>

struct arena {
    struct arena_chunk *chunks;
};

// SIZE bytes of zeros, aligned for anything. Never NULL.
void *arena_alloc(struct arena *arena, size_t size);

// A copy of LENGTH bytes of TEXT, NUL-terminated.
char *arena_text(struct arena *arena, const char *text, size_t length);

// Gives everything back; the arena is empty again.
void arena_free(struct arena *arena);

#endif
