/* SPDX-License-Identifier: MIT
 *
 * start_block.c: lays a start block out: struct start_block, the table of arguments, the table of environment strings, then
 * all strings. Layer: libos/proc. The strings may change between the two calls only if the caller lets them: a writer that
 * finds more than was measured would run over, so both walk the same tables with nothing in between.
 */
#include "proc/start_block.h"

#include <errno.h>
#include <string.h>

/* Adds the strings of a table and its pointers to *bytes. 0 if that goes beyond the limit. */
static int table_measure(char *const *table, size_t *bytes)
{
    *bytes += sizeof(uint64_t);
    for (; table && *table && *bytes <= START_BYTES_MAX; table++)
        *bytes += strlen(*table) + 1 + sizeof(uint64_t);
    return *bytes <= START_BYTES_MAX;
}

long start_block_size(const struct start_strings *strings)
{
    size_t bytes = sizeof(struct start_block);
    if (!table_measure(strings->argv, &bytes) || !table_measure(strings->envp, &bytes))
        return -E2BIG;
    bytes += strlen(strings->path ? strings->path : "") + 1 + strlen(strings->cwd ? strings->cwd : "/") + 1;
    return bytes <= START_BYTES_MAX ? (long)bytes : -E2BIG;
}

static uint32_t table_count(char *const *table)
{
    uint32_t n = 0;
    while (table && table[n])
        n++;
    return n;
}

/* Where the next string goes: here, and as the new environment sees it. */
struct cursor {
    char *to;
    uint64_t address;
};

static uint64_t string_write(struct cursor *at, const char *text)
{
    size_t bytes = strlen(text) + 1;
    uint64_t address = at->address;
    memcpy(at->to, text, bytes);
    at->to += bytes;
    at->address += bytes;
    return address;
}

static void table_write(uint64_t *table, uint32_t count, char *const *strings, struct cursor *at)
{
    for (uint32_t i = 0; i < count; i++)
        table[i] = string_write(at, strings[i]);
    table[count] = 0;
}

void start_block_write(void *to, uint64_t address, const struct start_block *fixed, const struct start_strings *strings)
{
    struct start_block *block = to;
    *block = *fixed;
    block->magic = START_MAGIC;
    block->argc = table_count(strings->argv);
    block->envc = table_count(strings->envp);
    uint64_t *argv = (uint64_t *)(block + 1), *envp = argv + block->argc + 1;
    char *text = (char *)(envp + block->envc + 1);
    struct cursor at = {text, address + (uint64_t)(text - (char *)to)};
    block->argv = address + (uint64_t)((char *)argv - (char *)to);
    block->envp = address + (uint64_t)((char *)envp - (char *)to);
    table_write(argv, block->argc, strings->argv, &at);
    table_write(envp, block->envc, strings->envp, &at);
    block->path = string_write(&at, strings->path ? strings->path : "");
    block->cwd = string_write(&at, strings->cwd ? strings->cwd : "/");
    block->bytes = (uint32_t)(at.address - address);
}
