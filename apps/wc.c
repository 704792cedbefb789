// SPDX-License-Identifier: MIT
//
// wc: counts lines (-l), words (-w) and bytes (-c) of files or of standard input; all three without options. Several
// files get a line with the total.

#include <ctype.h>
#include <unistd.h>

#include "lib/util.h"

struct counts {
    unsigned long long lines, words, bytes;
};

struct report {
    bool lines, words, bytes, named;
    struct counts total;
};

static void print_counts(const struct report *report, const struct counts *counts, const char *name)
{
    const char *gap = "";
    // A single figure of a single input stands alone, so that scripts can take it as it is.
    int width = report->lines + report->words + report->bytes == 1 ? 1 : 7;
    const struct { bool wanted; unsigned long long value; } columns[] = {
        { report->lines, counts->lines }, { report->words, counts->words }, { report->bytes, counts->bytes },
    };
    for (int i = 0; i < 3; i++) {
        if (columns[i].wanted) {
            printf("%s%*llu", gap, width, columns[i].value);
            gap = " ";
        }
    }
    printf("%s%s\n", report->named ? " " : "", report->named ? name : "");
}

static int count(FILE *file, const char *name, void *data)
{
    struct report *report = data;
    struct counts counts = { 0, 0, 0 };
    bool in_word = false;
    int c;
    while ((c = getc(file)) != EOF) {
        bool space = isspace(c);
        counts.bytes++;
        counts.lines += c == '\n';
        counts.words += in_word && space;
        in_word = !space;
    }
    counts.words += in_word;
    report->total.lines += counts.lines;
    report->total.words += counts.words;
    report->total.bytes += counts.bytes;
    print_counts(report, &counts, name);
    return 0;
}

int main(int argc, char **argv)
{
    util_start(argv[0]);
    struct report report = { .lines = false };
    int option;
    while ((option = getopt(argc, argv, "lwc")) != -1) {
        switch (option) {
        case 'l': report.lines = true; break;
        case 'w': report.words = true; break;
        case 'c': report.bytes = true; break;
        default: return util_usage("[-lwc] [file ...]");
        }
    }
    if (!report.lines && !report.words && !report.bytes) {
        report.lines = report.words = report.bytes = true;
    }
    report.named = optind < argc;
    int status = util_each_input(argv + optind, count, &report);
    if (argc - optind > 1) {
        print_counts(&report, &report.total, "total");
    }
    return util_finish(status);
}
