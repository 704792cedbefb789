// SPDX-License-Identifier: MIT
//
// slices: who has which CPU time: the slice vector of each CPU, drawn as a map with a legend, from the published tables
// alone. Operands are the CPUs to show; all without.
//
// A letter stands for an activation of an environment, `_` for a slice that is owned and bound to nobody, `.` for one
// that nobody owns.

#include <stdlib.h>
#include <unistd.h>

#include "lib/legend.h"
#include "lib/published.h"
#include "lib/util.h"

enum { ROW = 64 };

static struct published tables;

static char mark_of(struct legend *legend, const struct exo_slice *slice)
{
    if (!slice->allocated) {
        return '.';
    }
    if (slice->env == 0) {
        return '_';
    }
    const struct legend_entry *entry = legend_find(legend, slice->env, slice->act);
    return entry != NULL ? entry->letter : '*';
}

static void print_map(struct legend *legend, const struct exo_slice *slices)
{
    for (unsigned at = 0; at < EXO_SLICES; at += ROW) {
        char row[ROW + 1] = "";
        bool empty = true;
        for (unsigned i = 0; i < ROW; i++) {
            row[i] = mark_of(legend, &slices[at + i]);
            empty = empty && row[i] == '.';
        }
        // Rows that nobody has anything in would hide the others.
        if (!empty) {
            printf("%6u  %s\n", at, row);
        }
    }
}

static void print_legend(const struct legend *legend, uint64_t bound)
{
    for (size_t i = 0; i < legend->count; i++) {
        const struct legend_entry *entry = &legend->entries[i];
        struct exo_env_info env;
        bool known = published_env(&tables, (unsigned)(entry->key[0] % EXO_ENVS_MAX), &env) && env.id == entry->key[0];
        unsigned act = (unsigned)entry->key[1];
        printf("%c %4llu slices %3u%%  %llu.%u ", entry->letter, (unsigned long long)entry->count,
               (unsigned)(entry->count * 100 / bound), (unsigned long long)entry->key[0], act);
        published_print(known ? env.name : "(gone)", sizeof env.name);
        if (known && act < EXO_ACTS_MAX) {
            unsigned long long ms = env.act[act].run_ns / 1000000;
            printf(", %llu.%03llu s used", ms / 1000, ms % 1000);
        }
        putchar('\n');
    }
}

static void print_cpu(unsigned cpu)
{
    // A copy, so that the map and its legend agree.
    struct exo_slice *slices = util_alloc(EXO_SLICES * sizeof *slices);
    struct legend legend = { NULL, 0, 0 };
    unsigned allocated = 0;
    uint64_t bound = 0;
    for (unsigned i = 0; i < EXO_SLICES; i++) {
        slices[i] = tables.slices[cpu * EXO_SLICES + i];
        allocated += slices[i].allocated != 0;
        if (slices[i].allocated && slices[i].env != 0) {
            legend_count(&legend, slices[i].env, slices[i].act, 1);
            bound++;
        }
    }
    legend_sort(&legend);
    printf("cpu %u: %d slices of %u us, %u owned, %u bound\n", cpu, EXO_SLICES,
           (unsigned)(tables.info->slice_ns / 1000), allocated, (unsigned)bound);
    print_map(&legend, slices);
    print_legend(&legend, bound);
    legend_free(&legend);
    free(slices);
}

int main(int argc, char **argv)
{
    util_start(argv[0]);
    if (getopt(argc, argv, "") != -1) {
        return util_usage("[cpu ...]");
    }
    published_open(&tables);
    int status = 0;
    for (int i = optind; i < argc; i++) {
        uint64_t cpu;
        if (!util_parse_u64(argv[i], &cpu) || cpu >= tables.info->cpus) {
            util_warn("%s: not a CPU below %u", argv[i], (unsigned)tables.info->cpus);
            status = 1;
        } else {
            print_cpu((unsigned)cpu);
        }
    }
    for (unsigned cpu = 0; optind == argc && cpu < tables.info->cpus; cpu++) {
        print_cpu(cpu);
    }
    return util_finish(status);
}
