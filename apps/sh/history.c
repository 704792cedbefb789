// SPDX-License-Identifier: MIT
//
// History; history.h is the interface.

#include "history.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/util.h"

enum { MOST_LINES = 500 };

static char *lines[MOST_LINES];
static size_t count;

void history_add(const char *line)
{
    if (line[strspn(line, " \t\n")] == '\0' || (count > 0 && strcmp(lines[count - 1], line) == 0)) {
        return;
    }
    if (count == MOST_LINES) {
        free(lines[0]);
        memmove(lines, lines + 1, (MOST_LINES - 1) * sizeof *lines);
        count--;
    }
    lines[count++] = util_strdup(line);
}

size_t history_count(void)
{
    return count;
}

const char *history_line(size_t index)
{
    return lines[index];
}

void history_load(const char *path)
{
    FILE *file = fopen(path, "r");
    if (file == NULL) {
        return;
    }
    char *line = NULL;
    size_t capacity = 0;
    long length;
    while ((length = util_getline(&line, &capacity, file)) >= 0) {
        line[length - (line[length - 1] == '\n')] = '\0';
        history_add(line);
    }
    free(line);
    fclose(file);
}

void history_save(const char *path)
{
    FILE *file = fopen(path, "w");
    if (file == NULL) {
        util_warn_errno(path);
        return;
    }
    for (size_t i = 0; i < count; i++) {
        fprintf(file, "%s\n", lines[i]);
    }
    if (fclose(file) != 0) {
        util_warn_errno(path);
    }
}
