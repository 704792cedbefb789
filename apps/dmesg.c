// SPDX-License-Identifier: MIT
//
// dmesg: prints the kernel's log, from the published ring alone. -l LEVEL leaves out what is less grave than LEVEL
// (panic, error, warn, notice, info, debug), -n COUNT prints the last records only, -x shows level, CPU and
// environment.
//
// Records that are overwritten while they are read are counted and said at the end, on standard error.

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/published.h"
#include "lib/util.h"

static const char *const levels[] = { "panic", "error", "warn", "notice", "info", "debug" };

enum { LEVELS = sizeof levels / sizeof levels[0] };

static unsigned parse_level(const char *text)
{
    for (unsigned i = 0; i < LEVELS; i++) {
        if (strcmp(text, levels[i]) == 0 || (text[0] == (char)('0' + i) && text[1] == '\0')) {
            return i;
        }
    }
    util_die(2, "%s: not a level: panic, error, warn, notice, info or debug", text);
}

static void print_record(const struct exo_log *record, bool details)
{
    unsigned long long us = record->time_ns / 1000;
    printf("[%5llu.%06llu] ", us / 1000000, us % 1000000);
    if (details) {
        printf("%-6s cpu%u ", record->level < LEVELS ? levels[record->level] : "?", (unsigned)record->cpu);
        if (record->env != 0) {
            printf("env %llu ", (unsigned long long)record->env);
        }
    }
    published_print(record->subsystem, sizeof record->subsystem);
    printf(": ");
    published_print(record->text, record->bytes < sizeof record->text ? record->bytes : sizeof record->text);
    putchar('\n');
}

int main(int argc, char **argv)
{
    util_start(argv[0]);
    unsigned level = LEVELS;
    uint64_t wanted = UINT64_MAX;
    bool details = false;
    int option;
    while ((option = getopt(argc, argv, "l:n:x")) != -1) {
        switch (option) {
        case 'l': level = parse_level(optarg); break;
        case 'x': details = true; break;
        case 'n':
            if (!util_parse_u64(optarg, &wanted)) {
                util_die(2, "%s: not a number", optarg);
            }
            break;
        default: return util_usage("[-x] [-l level] [-n count]");
        }
    }
    if (optind < argc) {
        return util_usage("[-x] [-l level] [-n count]");
    }
    struct published tables;
    published_open(&tables);
    uint64_t newest = published_log_newest(&tables);
    uint64_t kept = wanted < tables.info->log_records ? wanted : tables.info->log_records;
    uint64_t lost = 0;
    for (uint64_t number = newest > kept ? newest - kept + 1 : 1; number <= newest; number++) {
        struct exo_log record;
        if (!published_log(&tables, number, &record)) {
            lost++;
        } else if (record.level <= level) {
            print_record(&record, details);
        }
    }
    if (lost > 0) {
        util_warn("records overwritten meanwhile: %llu", (unsigned long long)lost);
    }
    return util_finish(0);
}
