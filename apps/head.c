// SPDX-License-Identifier: MIT
//
// head: prints the first lines (-n, ten if not said; also -NUMBER) or bytes (-c) of files or of standard input.

#include <ctype.h>
#include <unistd.h>

#include "lib/util.h"

struct part {
    uint64_t count;
    bool bytes;
    bool titles;
    bool first;
};

static int print_head(FILE *file, const char *name, void *data)
{
    struct part *part = data;
    if (part->titles) {
        printf("%s==> %s <==\n", part->first ? "" : "\n", name);
    }
    part->first = false;
    int c;
    for (uint64_t left = part->count; left > 0 && (c = getc(file)) != EOF;) {
        putchar(c);
        left -= part->bytes || c == '\n';
    }
    return 0;
}

int main(int argc, char **argv)
{
    util_start(argv[0]);
    struct part part = { .count = 10, .first = true };
    const char *number = NULL;
    if (argc > 1 && argv[1][0] == '-' && isdigit((unsigned char)argv[1][1])) {
        number = argv[1] + 1;
        optind = 2;
    }
    int option;
    while ((option = getopt(argc, argv, "n:c:")) != -1) {
        if (option == '?') {
            return util_usage("[-n lines | -c bytes] [file ...]");
        }
        number = optarg;
        part.bytes = option == 'c';
    }
    if (number != NULL && !util_parse_u64(number, &part.count)) {
        util_die(2, "%s: not a number", number);
    }
    part.titles = argc - optind > 1;
    return util_finish(util_each_input(argv + optind, print_head, &part));
}
