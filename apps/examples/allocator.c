// SPDX-License-Identifier: MIT
//
// allocator: a program's own heap. What defines malloc and its family in its own source replaces the library's for everybody
// in the program, printf included (newlib calls the _r forms). This one hands out memory from an array, in order, and takes
// it back only from the end: the fastest allocator there is, for programs that allocate like a stack.
//
//     build/bin/exon-cc -O2 -o allocator apps/examples/allocator.c && build/bin/exon-run allocator

#include <errno.h>
#include <reent.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEAP_BYTES (1024 * 1024) // touched when used: .bss pages that nobody writes cost nothing
#define ALIGN sizeof(max_align_t)

struct block {
    size_t bytes;
    _Alignas(max_align_t) char memory[];
};

static _Alignas(max_align_t) char heap[HEAP_BYTES];
static volatile size_t used; // volatile: the compiler believes that strdup and printf change nothing of ours
static size_t most_used;

static struct block *block_of(void *memory) { return (struct block *)((char *)memory - offsetof(struct block, memory)); }

static void *take(size_t bytes) // not called malloc here: the compiler would make calloc of malloc and memset, in calloc too
{
    size_t total = (offsetof(struct block, memory) + bytes + ALIGN - 1) & -ALIGN;
    if (bytes > HEAP_BYTES || total > HEAP_BYTES - used) {
        errno = ENOMEM;
        return NULL;
    }
    struct block *block = (struct block *)(heap + used);
    block->bytes = bytes;
    used += total;
    most_used = used > most_used ? used : most_used;
    return block->memory;
}

void *malloc(size_t bytes) { return take(bytes); }

void free(void *memory)
{
    if (memory == NULL) {
        return;
    }
    struct block *block = block_of(memory);
    size_t total = (offsetof(struct block, memory) + block->bytes + ALIGN - 1) & -ALIGN;
    if ((char *)block + total == heap + used) {
        used -= total; // the last one
    }
}

void *realloc(void *memory, size_t bytes)
{
    void *fresh = take(bytes);
    if (memory != NULL && fresh != NULL) {
        size_t before = block_of(memory)->bytes;
        memcpy(fresh, memory, before < bytes ? before : bytes);
    }
    return fresh;
}

void *calloc(size_t count, size_t bytes)
{
    void *memory = bytes != 0 && count > SIZE_MAX / bytes ? NULL : take(count * bytes);
    return memory ? memset(memory, 0, count * bytes) : NULL;
}

void *_malloc_r(struct _reent *unused, size_t bytes) { return (void)unused, malloc(bytes); }
void _free_r(struct _reent *unused, void *memory) { (void)unused, free(memory); }
void *_realloc_r(struct _reent *unused, void *memory, size_t bytes) { return (void)unused, realloc(memory, bytes); }
void *_calloc_r(struct _reent *unused, size_t count, size_t bytes) { return (void)unused, calloc(count, bytes); }

int main(void)
{
    printf("before anything was printed: %zu bytes in use\n", used);
    size_t before = used;
    char *text = strdup("kept in a heap of one's own");
    printf("%s: %zu bytes more\n", text, used - before);
    free(text);
    printf("freed: %zu bytes more\n", used - before);
    char *lots = malloc(2 * HEAP_BYTES);
    printf("two megabytes: %s\n", lots ? "granted" : strerror(errno));
    printf("at most %zu bytes of %d were used\n", most_used, HEAP_BYTES);
    return used != before;
}
