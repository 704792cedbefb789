// SPDX-License-Identifier: MIT
// seconds: 120
//
// getopt, getopt_long and getopt_long_only against those of the host's C library: random command lines must give the same
// options, arguments, messages and order of words. Layer: tests.

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness.h"

// The host's own; ours get other names.
#include <getopt.h>
static int *const host_optind = &optind, *const host_optopt = &optopt, *const host_opterr = &opterr;
static char **const host_optarg = &optarg;
static int host_parse(int argc, char **argv, const char *shorts, const struct option *longs, int *index, int kind)
{
    return kind == 0   ? getopt(argc, argv, shorts)
           : kind == 1 ? getopt_long(argc, argv, shorts, longs, index)
                       : getopt_long_only(argc, argv, shorts, longs, index);
}

#define optarg our_optarg
#define optind our_optind
#define opterr our_opterr
#define optopt our_optopt
#define getopt our_getopt
#define getopt_long our_getopt_long
#define getopt_long_only our_getopt_long_only
#include "newlib-port/getopt.c"

static int our_parse(int argc, char **argv, const char *shorts, const struct option *longs, int *index, int kind)
{
    return kind == 0   ? our_getopt(argc, argv, shorts)
           : kind == 1 ? our_getopt_long(argc, argv, shorts, longs, index)
                       : our_getopt_long_only(argc, argv, shorts, longs, index);
}

static int flag;
static const struct option long_options[] = {
    { "alpha", no_argument, NULL, 'A' },     { "alone", no_argument, NULL, 'L' }, { "req", required_argument, NULL, 'R' },
    { "opt", optional_argument, NULL, 'O' }, { "flag", no_argument, &flag, 7 },   { "b", no_argument, NULL, 'B' },
    { NULL, 0, NULL, 0 },
};

static const char *const words[] = {
    "-a", "-b", "-c", "-abc", "-bval", "-acval", "-q", "-", "--", "x", "y", "-o", "-oval", "-ao", "-:", "--alpha", "--alp",
    "--al", "--alone", "--req", "--req=1", "--re", "--opt", "--opt=", "--opt=2", "--flag", "--flag=3", "--zz", "-alpha",
    "-req", "-b=1", "-flag", "-zz", "", "-r", "--b",
};
static const char *const strings[] = { "ab:co::", "+ab:co::", "-ab:co::", ":ab:c", "", "+:ab:", "-:b:a" };
enum { WORDS = sizeof words / sizeof words[0], STRINGS = sizeof strings / sizeof strings[0], MOST = 7 };

// One whole command line read, written down as text. argv is put in order as a side effect.
static char *record(bool ours, int argc, char **argv, const char *shorts, int kind, int errors)
{
    int *ind = ours ? &our_optind : host_optind, *opt = ours ? &our_optopt : host_optopt;
    char **arg = ours ? &our_optarg : host_optarg;
    char *text = NULL;
    size_t bytes = 0;
    FILE *real = stderr;
    stderr = open_memstream(&text, &bytes);
    *ind = 0;
    *(ours ? &our_opterr : host_opterr) = errors;
    flag = 0;
    for (int steps = 0, result = 0; result != -1 && steps < 40; steps++) {
        int index = -1;
        *opt = 0;
        result = ours ? our_parse(argc, argv, shorts, long_options, &index, kind)
                      : host_parse(argc, argv, shorts, long_options, &index, kind);
        fprintf(stderr, "[%d %s", result, *arg != NULL ? *arg : "-");
        fprintf(stderr, " index %d flag %d", index, flag);
        if (result == '?' || result == ':') {
            fprintf(stderr, " optopt %d", *opt);
        }
        fprintf(stderr, "]\n");
    }
    fprintf(stderr, "optind %d", *ind);
    for (int i = 0; i < argc; i++) {
        fprintf(stderr, " %s", argv[i]);
    }
    fclose(stderr);
    stderr = real;
    return text;
}

static uint32_t next(uint32_t *seed)
{
    *seed = *seed * 1664525 + 1013904223;
    return *seed >> 12;
}

// The host names the options that an ambiguous one may mean; ours does not.
static void forget_possibilities(char *text)
{
    for (char *at; (at = strstr(text, "; possibilities")) != NULL;) {
        char *end = strchr(at, '\n');
        memmove(at, end, strlen(end) + 1);
    }
}

// Reads one random command line both ways; false, after a report, if they differ.
static bool same(uint32_t *seed)
{
    char *argv[2][MOST + 2];
    int argc = 1, count = (int)(next(seed) % (MOST + 1));
    argv[0][0] = argv[1][0] = (char *)"prog";
    for (; argc <= count; argc++) {
        argv[0][argc] = argv[1][argc] = (char *)words[next(seed) % WORDS];
    }
    argv[0][argc] = argv[1][argc] = NULL;
    const char *shorts = strings[next(seed) % STRINGS];
    int kind = (int)(next(seed) % 3), errors = (int)(next(seed) % 2);
    char *wanted = record(false, argc, argv[0], shorts, kind, errors);
    char *found = record(true, argc, argv[1], shorts, kind, errors);
    forget_possibilities(wanted);
    bool equal = strcmp(wanted, found) == 0;
    if (!equal) {
        printf("optstring \"%s\", kind %d:\n--- wanted\n%s\n--- found\n%s\n", shorts, kind, wanted, found);
    }
    free(wanted);
    free(found);
    return equal;
}

TEST(as_the_host_does)
{
    uint32_t seed = 1;
    int different = 0;
    for (int round = 0; round < 100000 && different < 3; round++) {
        different += !same(&seed);
    }
    CHECK_EQ(different, 0);
}
