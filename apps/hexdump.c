// SPDX-License-Identifier: MIT
//
// hexdump: shows files, or standard input, as hexadecimal, 16 bytes a line. Without options as little-endian 16-bit
// words; -C as bytes with their characters. -n length, -s offset to start at, -v prints repeated lines too, which
// otherwise become one `*`. Several files are one stream.

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "lib/util.h"

enum { ROW = 16 };

static struct dump {
    bool canonical, verbose;
    uint64_t skip, limit;
    uint64_t offset;      // of the row being filled
    unsigned char row[ROW], previous[ROW];
    size_t filled;
    bool has_previous, starred;
} dump = { .limit = UINT64_MAX };

static void print_words(void)
{
    for (size_t i = 0; i < dump.filled; i += 2) {
        unsigned high = i + 1 < dump.filled ? dump.row[i + 1] : 0;
        printf(" %04x", high << 8 | dump.row[i]);
    }
    putchar('\n');
}

static void print_bytes(void)
{
    for (size_t i = 0; i < ROW; i++) {
        if (i % 8 == 0) {
            putchar(' ');
        }
        if (i < dump.filled) {
            printf(" %02x", dump.row[i]);
        } else {
            printf("   ");
        }
    }
    printf("  |");
    for (size_t i = 0; i < dump.filled; i++) {
        putchar(dump.row[i] >= ' ' && dump.row[i] < 127 ? dump.row[i] : '.');
    }
    printf("|\n");
}

static void print_row(void)
{
    if (dump.filled == 0) {
        return;
    }
    bool repeated = dump.has_previous && dump.filled == ROW && memcmp(dump.row, dump.previous, ROW) == 0;
    if (repeated && !dump.verbose) {
        if (!dump.starred) {
            printf("*\n");
        }
        dump.starred = true;
    } else {
        printf(dump.canonical ? "%08llx" : "%07llx", (unsigned long long)dump.offset);
        if (dump.canonical) {
            print_bytes();
        } else {
            print_words();
        }
        dump.starred = false;
    }
    memcpy(dump.previous, dump.row, ROW);
    dump.has_previous = dump.filled == ROW;
    dump.offset += dump.filled;
    dump.filled = 0;
}

static int feed(FILE *file, const char *name, void *data)
{
    (void)name;
    (void)data;
    int c;
    while (dump.limit > 0 && (c = getc(file)) != EOF) {
        if (dump.skip > 0) {
            dump.skip--;
            dump.offset++;
            continue;
        }
        dump.row[dump.filled++] = (unsigned char)c;
        dump.limit--;
        if (dump.filled == ROW) {
            print_row();
        }
    }
    return 0;
}

static uint64_t number(const char *text)
{
    char *end;
    errno = 0;
    uint64_t value = strtoull(text, &end, 0);
    if (errno != 0 || !isdigit((unsigned char)*text) || *end != '\0') {
        util_die(2, "%s: not a number", text);
    }
    return value;
}

int main(int argc, char **argv)
{
    util_start(argv[0]);
    int option;
    while ((option = getopt(argc, argv, "Cvn:s:")) != -1) {
        switch (option) {
        case 'C': dump.canonical = true; break;
        case 'v': dump.verbose = true; break;
        case 'n': dump.limit = number(optarg); break;
        case 's': dump.skip = number(optarg); break;
        default: return util_usage("[-Cv] [-n length] [-s offset] [file ...]");
        }
    }
    int status = util_each_input(argv + optind, feed, NULL);
    print_row();
    if (dump.offset > 0) {
        printf(dump.canonical ? "%08llx\n" : "%07llx\n", (unsigned long long)dump.offset);
    }
    return util_finish(status);
}
