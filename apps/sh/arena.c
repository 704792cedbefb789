// SPDX-License-Identifier: MIT
//
// Arenas; arena.h is the interface. A chunk holds many pieces; a piece larger than a chunk gets one of its own.

#include "arena.h"

#include <stdlib.h>
#include <string.h>

#include "../lib/util.h"

enum { CHUNK_BYTES = 2048, ALIGNMENT = 16 };

struct arena_chunk {
    struct arena_chunk *next;
    size_t used, size;
    _Alignas(ALIGNMENT) char data[];
};

void *arena_alloc(struct arena *arena, size_t size)
{
    size = (size + ALIGNMENT - 1) & ~(size_t)(ALIGNMENT - 1);
    struct arena_chunk *chunk = arena->chunks;
    if (chunk == NULL || chunk->size - chunk->used < size) {
        size_t room = size > CHUNK_BYTES ? size : CHUNK_BYTES;
        chunk = util_alloc(sizeof *chunk + room);
        *chunk = (struct arena_chunk){ .next = arena->chunks, .size = room };
        arena->chunks = chunk;
    }
    void *piece = chunk->data + chunk->used;
    chunk->used += size;
    return memset(piece, 0, size);
}

char *arena_text(struct arena *arena, const char *text, size_t length)
{
    char *copy = arena_alloc(arena, length + 1);
    memcpy(copy, text, length);
    return copy;
}

void arena_free(struct arena *arena)
{
    while (arena->chunks != NULL) {
        struct arena_chunk *next = arena->chunks->next;
        free(arena->chunks);
        arena->chunks = next;
    }
}
