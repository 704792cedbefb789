// SPDX-License-Identifier: MIT
//
// cat: copies files, or standard input (also as `-`), to standard output. -n numbers the lines. Without -n it copies
// what read gives at once, so that it passes a terminal's input on line by line.

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "lib/util.h"

static int copy_descriptor(int fd, const char *name)
{
    static char buffer[16384];
    for (;;) {
        ssize_t got = read(fd, buffer, sizeof buffer);
        if (got == 0) {
            return 0;
        }
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0) {
            util_warn_errno(name);
            return 1;
        }
        if (util_write_all(STDOUT_FILENO, buffer, (size_t)got) != 0) {
            util_die(1, "standard output: %s", strerror(errno));
        }
    }
}

static int copy_path(const char *path)
{
    if (strcmp(path, "-") == 0) {
        return copy_descriptor(STDIN_FILENO, "standard input");
    }
    int fd = open(path, O_RDONLY);
    if (fd < 0) {
        util_warn_errno(path);
        return 1;
    }
    int status = copy_descriptor(fd, path);
    close(fd);
    return status;
}

// The line count goes on from file to file, as one stream.
static int number_lines(FILE *file, const char *name, void *data)
{
    (void)name;
    unsigned long *line = data;
    bool at_start = true;
    int c;
    while ((c = getc(file)) != EOF) {
        if (at_start) {
            printf("%6lu\t", ++*line);
        }
        putchar(c);
        at_start = c == '\n';
    }
    return 0;
}

int main(int argc, char **argv)
{
    util_start(argv[0]);
    bool numbers = false;
    int option;
    while ((option = getopt(argc, argv, "nu")) != -1) {
        if (option == '?') {
            return util_usage("[-n] [file ...]");
        }
        numbers = numbers || option == 'n';
    }
    argv += optind;
    if (numbers) {
        unsigned long line = 0;
        return util_finish(util_each_input(argv, number_lines, &line));
    }
    if (*argv == NULL) {
        return copy_path("-");
    }
    int status = 0;
    for (; *argv != NULL; argv++) {
        status |= copy_path(*argv);
    }
    return status;
}
