// SPDX-License-Identifier: MIT
//
// tail: prints the last lines (-n, ten if not said; also -NUMBER) or bytes (-c) of files or of standard input. With
// `+N` it prints from the N-th on. What must be kept is kept in memory; following a growing file (-f) is left out.

#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/util.h"

struct part {
    uint64_t count;
    bool bytes;
    bool from_start;
    bool titles;
    bool first;
};

static void print_from(FILE *file, const struct part *part)
{
    uint64_t skip = part->count > 0 ? part->count - 1 : 0;
    int c;
    while ((c = getc(file)) != EOF) {
        if (skip == 0) {
            putchar(c);
        } else {
            skip -= part->bytes || c == '\n';
        }
    }
}

// A ring of the last lines; each slot keeps its buffer.
static void print_last_lines(FILE *file, uint64_t count)
{
    struct slot { char *text; size_t capacity; long length; } *ring = NULL;
    uint64_t used = 0;
    uint64_t seen = 0;
    for (;; seen++) {
        if (used < count && used == seen) {
            ring = util_realloc(ring, (used + 1) * sizeof *ring);
            ring[used++] = (struct slot){ NULL, 0, 0 };
        }
        if (used == 0) {
            break;
        }
        struct slot *slot = &ring[seen % count];
        long length = util_getline(&slot->text, &slot->capacity, file);
        if (length < 0) {
            break;
        }
        slot->length = length;
    }
    for (uint64_t i = seen > count ? seen - count : 0; i < seen; i++) {
        fwrite(ring[i % count].text, 1, (size_t)ring[i % count].length, stdout);
    }
    for (uint64_t i = 0; i < used; i++) {
        free(ring[i].text);
    }
    free(ring);
}

static void print_last_bytes(FILE *file, uint64_t count)
{
    size_t length = 0;
    size_t capacity = 4096;
    char *data = util_alloc(capacity);
    for (size_t got; (got = fread(data + length, 1, capacity - length, file)) > 0;) {
        length += got;
        if (length == capacity) {
            capacity *= 2;
            data = util_realloc(data, capacity);
        }
    }
    size_t shown = count < length ? (size_t)count : length;
    fwrite(data + length - shown, 1, shown, stdout);
    free(data);
}

static int print_tail(FILE *file, const char *name, void *data)
{
    struct part *part = data;
    if (part->titles) {
        printf("%s==> %s <==\n", part->first ? "" : "\n", name);
    }
    part->first = false;
    if (part->from_start) {
        print_from(file, part);
    } else if (part->bytes) {
        print_last_bytes(file, part->count);
    } else {
        print_last_lines(file, part->count);
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
            return util_usage("[-n [+]lines | -c [+]bytes] [file ...]");
        }
        number = optarg;
        part.bytes = option == 'c';
    }
    if (number != NULL) {
        part.from_start = *number == '+';
        if (!util_parse_u64(number + part.from_start, &part.count)) {
            util_die(2, "%s: not a number", number);
        }
    }
    part.titles = argc - optind > 1;
    return util_finish(util_each_input(argv + optind, print_tail, &part));
}
