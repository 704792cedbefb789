// SPDX-License-Identifier: MIT
//
// sort: prints the lines of files, or of standard input, in order. -r the other way round, -n by the number at the
// start of the line, -u each line once, -f case does not matter. All lines are held in memory.

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "lib/util.h"

static struct options {
    bool reverse, numeric, unique, fold;
} options;

struct lines {
    char **text;
    size_t count, capacity;
};

static int by_number(const char *a, const char *b)
{
    long long left = strtoll(a, NULL, 10);
    long long right = strtoll(b, NULL, 10);
    return (left > right) - (left < right);
}

static int compare(const char *a, const char *b)
{
    if (options.numeric) {
        return by_number(a, b);
    }
    return options.fold ? strcasecmp(a, b) : strcmp(a, b);
}

static int order(const void *left, const void *right)
{
    const char *a = *(char *const *)left;
    const char *b = *(char *const *)right;
    int result = compare(a, b);
    if (result == 0 && !options.unique) {
        result = strcmp(a, b);
    }
    return options.reverse ? -result : result;
}

static int collect(FILE *file, const char *name, void *data)
{
    (void)name;
    struct lines *lines = data;
    char *line = NULL;
    size_t capacity = 0;
    long length;
    while ((length = util_getline(&line, &capacity, file)) >= 0) {
        if (lines->count == lines->capacity) {
            lines->capacity = lines->capacity != 0 ? lines->capacity * 2 : 64;
            lines->text = util_realloc(lines->text, lines->capacity * sizeof *lines->text);
        }
        length -= line[length - 1] == '\n';
        lines->text[lines->count++] = util_strndup(line, (size_t)length);
    }
    free(line);
    return 0;
}

int main(int argc, char **argv)
{
    util_start(argv[0]);
    int option;
    while ((option = getopt(argc, argv, "rnuf")) != -1) {
        switch (option) {
        case 'r': options.reverse = true; break;
        case 'n': options.numeric = true; break;
        case 'u': options.unique = true; break;
        case 'f': options.fold = true; break;
        default: return util_usage("[-rnuf] [file ...]");
        }
    }
    struct lines lines = { NULL, 0, 0 };
    int status = util_each_input(argv + optind, collect, &lines);
    if (lines.count > 1) {
        qsort(lines.text, lines.count, sizeof *lines.text, order);
    }
    for (size_t i = 0; i < lines.count; i++) {
        if (!options.unique || i == 0 || compare(lines.text[i - 1], lines.text[i]) != 0) {
            puts(lines.text[i]);
        }
    }
    for (size_t i = 0; i < lines.count; i++) {
        free(lines.text[i]);
    }
    free(lines.text);
    return util_finish(status);
}
