// SPDX-License-Identifier: MIT
//
// date: prints the time of day. `+FORMAT` as strftime understands it, -u in UTC, -d @SECONDS another time than now,
// -I the ISO 8601 form, -r FILE the time at which a file was changed.

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "lib/util.h"

static time_t parse_seconds(const char *text)
{
    char *end;
    errno = 0;
    long long seconds = *text == '@' ? strtoll(text + 1, &end, 10) : 0;
    if (*text != '@' || end == text + 1 || *end != '\0' || errno != 0) {
        util_die(2, "%s: not a time of the form @SECONDS", text);
    }
    return (time_t)seconds;
}

static time_t file_time(const char *path)
{
    struct stat info;
    if (stat(path, &info) != 0) {
        util_die(1, "%s: %s", path, strerror(errno));
    }
    return info.st_mtime;
}

// strftime cannot tell an empty result from one that does not fit, so the format ends with a character of our own.
static void print_time(const char *format, const struct tm *broken)
{
    size_t length = strlen(format);
    char *marked = util_alloc(length + 2);
    memcpy(marked, format, length);
    strcpy(marked + length, "\n");
    size_t size = 128;
    char *text = util_alloc(size);
    while (strftime(text, size, marked, broken) == 0) {
        size *= 2;
        if (size > 1 << 20) {
            util_die(1, "%s: the result is too long", format);
        }
        text = util_realloc(text, size);
    }
    fputs(text, stdout);
    free(text);
    free(marked);
}

int main(int argc, char **argv)
{
    util_start(argv[0]);
    const char *format = "%a %b %e %H:%M:%S %Z %Y";
    time_t when = time(NULL);
    bool utc = false;
    int option;
    while ((option = getopt(argc, argv, "ud:r:I")) != -1) {
        switch (option) {
        case 'u': utc = true; break;
        case 'd': when = parse_seconds(optarg); break;
        case 'r': when = file_time(optarg); break;
        case 'I': format = "%Y-%m-%d"; break;
        default: return util_usage("[-uI] [-d @seconds | -r file] [+format]");
        }
    }
    if (optind < argc && *argv[optind] == '+') {
        format = argv[optind++] + 1;
    }
    if (optind < argc) {
        util_die(2, "%s: a format starts with +", argv[optind]);
    }
    if (when == (time_t)-1) {
        util_die(1, "the time of day is not known: %s", strerror(errno));
    }
    if (utc) {
        // A zone rather than gmtime, so that %Z says UTC.
        setenv("TZ", "UTC0", 1);
        tzset();
    }
    struct tm *broken = localtime(&when);
    if (broken == NULL) {
        util_die(1, "that time has no date");
    }
    print_time(format, broken);
    return util_finish(0);
}
