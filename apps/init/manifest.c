/* SPDX-License-Identifier: MIT
 *
 * manifest.c: reads /etc/boot.manifest in two walks: count and check, then fill the tables. Layer: apps/init; pure.
 */
#include "manifest.h"

#include <stdlib.h>
#include <string.h>

struct counts {
    size_t programs, strings;
};

/* What a token may be at this place. `open`: inside a program. Returns NULL or what is wrong. */
static const char *token_check(const char *token, int *open, struct counts *counts)
{
    switch (token[0]) {
    case 'C':
        if (*open)
            return "a console mode inside of a program";
        return strcmp(token + 1, "tty") && strcmp(token + 1, "bytes") ? "an unknown console mode" : NULL;
    case 'S':
        return *open ? "a slice policy inside of a program" : NULL;
    case 'P':
        if (*open)
            return "a program that does not end before the next";
        *open = 1;
        counts->programs++;
        return token[1] == '\0' ? "a program without a path" : NULL;
    case 'A':
    case 'E':
        counts->strings++;
        return *open ? NULL : "an argument outside of a program";
    case '.':
        if (!*open || token[1] != '\0')
            return "an end without a program";
        *open = 0;
        return NULL;
    default:
        return "an unknown kind of token";
    }
}

static const char *manifest_check(const char *text, size_t bytes, struct counts *counts)
{
    int open = 0;
    for (size_t at = 0; at < bytes;) {
        size_t length = strnlen(text + at, bytes - at);
        if (at + length == bytes)
            return "a token without an end";
        const char *wrong = token_check(text + at, &open, counts);
        if (wrong)
            return wrong;
        at += length + 1;
    }
    if (open)
        return "a program without an end";
    return counts->programs ? NULL : "no program";
}

/* Collects the tokens of one kind of the program that starts at `token` into *slot; returns the table. */
static char **collect(const char *token, char kind, const char *first, char ***slot)
{
    char **table = *slot;
    if (first)
        *(*slot)++ = (char *)first;
    for (; token[0] != '.'; token += strlen(token) + 1)
        if (token[0] == kind)
            *(*slot)++ = (char *)token + 1;
    *(*slot)++ = NULL;
    return table;
}

static int has_arguments(const char *token)
{
    for (; token[0] != '.'; token += strlen(token) + 1)
        if (token[0] == 'A')
            return 1;
    return 0;
}

const char *manifest_parse(struct manifest *manifest, const char *text, size_t bytes)
{
    struct counts counts = {0, 0};
    *manifest = (struct manifest){0};
    const char *wrong = manifest_check(text, bytes, &counts);
    if (wrong)
        return wrong;
    /* Each program: its strings, two ends, and argv[0] where there is no argument. */
    manifest->program = calloc(counts.programs, sizeof *manifest->program);
    manifest->table = calloc(counts.strings + 3 * counts.programs, sizeof *manifest->table);
    if (manifest->program == NULL || manifest->table == NULL) {
        manifest_free(manifest);
        return "no memory for it";
    }
    char **slot = manifest->table;
    for (const char *token = text; token < text + bytes; token += strlen(token) + 1) {
        if (token[0] == 'C')
            manifest->bytes = strcmp(token + 1, "bytes") == 0;
        if (token[0] == 'S')
            manifest->slices = token + 1;
        if (token[0] != 'P')
            continue;
        struct manifest_program *program = &manifest->program[manifest->count++];
        program->path = token + 1;
        program->argv = collect(token, 'A', has_arguments(token) ? NULL : program->path, &slot);
        program->envp = collect(token, 'E', NULL, &slot);
    }
    return NULL;
}

void manifest_free(struct manifest *manifest)
{
    free(manifest->program);
    free(manifest->table);
    *manifest = (struct manifest){0};
}
