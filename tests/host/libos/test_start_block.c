// link: libos/proc/start_block.c
// SPDX-License-Identifier: MIT
/* test_start_block.c: the start block: what is written, where its addresses point, how much fits. */
#include "../harness.h"
#include "proc/start_block.h"

#include <errno.h>
#include <stdlib.h>

#define ADDRESS 0x0000630000000000ull

static void *write_block(const struct start_strings *strings, const struct start_block *fixed)
{
    long bytes = start_block_size(strings);
    CHECK(bytes > 0);
    void *block = malloc((size_t)bytes); /* exactly: ASan sees a byte too many */
    start_block_write(block, ADDRESS, fixed, strings);
    CHECK_EQ(((struct start_block *)block)->bytes, bytes);
    return block;
}

static const char *string_at(const void *block, uint64_t address) { return (const char *)block + (address - ADDRESS); }

static uint64_t entry(const void *block, uint64_t table, unsigned i)
{
    return ((const uint64_t *)string_at(block, table))[i];
}

TEST(strings_are_where_the_tables_say)
{
    char *argv[] = {"sh", "-c", "", NULL}, *envp[] = {"A=1", "PATH=/bin", NULL};
    struct start_strings strings = {argv, envp, "/bin/sh", "/tmp"};
    struct start_block fixed = {.pid = 7, .flags = START_SESSION};
    struct start_block *block = write_block(&strings, &fixed);
    CHECK(block->magic == START_MAGIC);
    CHECK_EQ(block->argc, 3);
    CHECK_EQ(block->envc, 2);
    CHECK_EQ(block->pid, 7);
    CHECK_EQ(block->argv % 8, 0);
    for (unsigned i = 0; i < 3; i++)
        CHECK_STR(string_at(block, entry(block, block->argv, i)), argv[i]);
    for (unsigned i = 0; i < 2; i++)
        CHECK_STR(string_at(block, entry(block, block->envp, i)), envp[i]);
    CHECK_EQ(entry(block, block->argv, 3), 0);
    CHECK_EQ(entry(block, block->envp, 2), 0);
    CHECK_STR(string_at(block, block->path), "/bin/sh");
    CHECK_STR(string_at(block, block->cwd), "/tmp");
    free(block);
}

TEST(nothing_is_needed)
{
    struct start_strings strings = {0};
    struct start_block fixed = {0}, *block = write_block(&strings, &fixed);
    CHECK_EQ(block->argc, 0);
    CHECK_EQ(entry(block, block->argv, 0), 0);
    CHECK_EQ(entry(block, block->envp, 0), 0);
    CHECK_STR(string_at(block, block->cwd), "/");
    free(block);
}

TEST(too_much_is_refused)
{
    static char text[START_BYTES_MAX];
    char *argv[] = {text, NULL};
    struct start_strings strings = {argv, NULL, NULL, NULL};
    memset(text, 'x', sizeof text - 1);
    CHECK_EQ(start_block_size(&strings), -E2BIG);
    text[START_BYTES_MAX - sizeof(struct start_block) - 3 * 8 - 1 - 3] = 0;
    CHECK_EQ(start_block_size(&strings), START_BYTES_MAX);
    free(write_block(&strings, &(struct start_block){0}));
    static char *many[40000];
    for (int i = 0; i < 39999; i++)
        many[i] = "";
    strings.argv = many;
    CHECK_EQ(start_block_size(&strings), -E2BIG);
}
