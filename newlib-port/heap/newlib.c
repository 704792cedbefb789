/* SPDX-License-Identifier: MIT
 *
 * newlib.c: newlib's own malloc as a heap among others (libos/mem/heap/heap.h). Layer: newlib-port. Its functions come from
 * newlib's libc.a under other names (newlib-port/heap/rules.mk).
 *
 * Best fit from bins by size, with boundary tags before and behind each block: a few hundred instructions, little waste; one lock.
 * Source: Doug Lea's malloc 2.6.4 (1996), "A Memory Allocator".
 */
#include <limits.h>
#include <reent.h>

#include "mem/heap/heap.h"

void *newlib_memalign(struct _reent *reent, size_t align, size_t bytes);
void *newlib_malloc(struct _reent *reent, size_t bytes);
void newlib_free(struct _reent *reent, void *block);
void *newlib_realloc(struct _reent *reent, void *block, size_t bytes);
size_t newlib_room(struct _reent *reent, void *block);

static void *take(size_t bytes, size_t align)
{
    return align > HEAP_ALIGN ? newlib_memalign(_REENT, align, bytes) : newlib_malloc(_REENT, bytes);
}

static void give(void *block) { newlib_free(_REENT, block); }

static size_t room(const void *block) { return newlib_room(_REENT, (void *)block); }

/* More it would refuse with its lock held (newlib-port/realloc.c). */
static void *resize(void *block, size_t bytes)
{
    return bytes > INT_MAX - 64 ? NULL : newlib_realloc(_REENT, block, bytes);
}

const struct heap heap_newlib = {
    .name = "newlib", .take = take, .give = give, .room = room, .resize = resize, .concurrent = true};
