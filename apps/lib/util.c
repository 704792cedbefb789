// SPDX-License-Identifier: MIT
//
// Messages, memory, numbers and file operands for the utilities; util.h says what each function does.
//
// Layer: apps, plain C on POSIX. Uses stdio and errno alone.

#include "util.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *program_name = "?";

void util_start(const char *argv0)
{
    if (argv0 == NULL || *argv0 == '\0') {
        return;
    }
    const char *slash = strrchr(argv0, '/');
    program_name = slash != NULL ? slash + 1 : argv0;
}

const char *util_name(void)
{
    return program_name;
}

static void warn_arguments(const char *format, va_list arguments)
{
    fflush(stdout);
    fprintf(stderr, "%s: ", program_name);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
}

void util_warn(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    warn_arguments(format, arguments);
    va_end(arguments);
}

void util_warn_errno(const char *what)
{
    int saved = errno;
    util_warn("%s: %s", what, strerror(saved));
    errno = saved;
}

void util_die(int status, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    warn_arguments(format, arguments);
    va_end(arguments);
    exit(status);
}

int util_usage(const char *synopsis)
{
    fprintf(stderr, "usage: %s %s\n", program_name, synopsis);
    return 2;
}

int util_finish(int status)
{
    if (fflush(stdout) != 0 || ferror(stdout)) {
        util_warn_errno("standard output");
        return status != 0 ? status : 1;
    }
    return status;
}

void *util_realloc(void *old, size_t size)
{
    void *memory = realloc(old, size != 0 ? size : 1);
    if (memory == NULL) {
        util_die(1, "out of memory (%lu bytes wanted)", (unsigned long)size);
    }
    return memory;
}

void *util_alloc(size_t size)
{
    return util_realloc(NULL, size);
}

char *util_strndup(const char *text, size_t length)
{
    char *copy = util_alloc(length + 1);
    memcpy(copy, text, length);
    copy[length] = '\0';
    return copy;
}

char *util_strdup(const char *text)
{
    return util_strndup(text, strlen(text));
}

long util_getline(char **line, size_t *capacity, FILE *file)
{
    size_t length = 0;
    int c;
    while ((c = getc(file)) != EOF) {
        if (length + 2 > *capacity) {
            *capacity = *capacity != 0 ? *capacity * 2 : 128;
            *line = util_realloc(*line, *capacity);
        }
        (*line)[length++] = (char)c;
        if (c == '\n') {
            break;
        }
    }
    if (length == 0) {
        return -1;
    }
    (*line)[length] = '\0';
    return (long)length;
}

bool util_parse_u64(const char *text, uint64_t *value)
{
    uint64_t sum = 0;
    if (*text == '\0') {
        return false;
    }
    for (; *text != '\0'; text++) {
        if (!isdigit((unsigned char)*text)) {
            return false;
        }
        unsigned digit = (unsigned)(*text - '0');
        if (sum > (UINT64_MAX - digit) / 10) {
            return false;
        }
        sum = sum * 10 + digit;
    }
    *value = sum;
    return true;
}

void util_human(char *buffer, size_t size, uint64_t bytes)
{
    static const char units[] = "BKMGTPE";
    int unit = 0;
    uint64_t scale = 1;
    while (bytes / scale >= 1024) {
        scale *= 1024;
        unit++;
    }
    if (unit == 0) {
        snprintf(buffer, size, "%u", (unsigned)bytes);
        return;
    }
    // Rounded up, as a size is: tenths below ten, whole units above.
    uint64_t tenths = bytes / scale * 10 + (bytes % scale * 10 + scale - 1) / scale;
    if (tenths < 100) {
        snprintf(buffer, size, "%u.%u%c", (unsigned)(tenths / 10), (unsigned)(tenths % 10), units[unit]);
    } else {
        snprintf(buffer, size, "%u%c", (unsigned)((tenths + 9) / 10), units[unit]);
    }
}

int util_write_all(int fd, const void *data, size_t size)
{
    const char *next = data;
    while (size > 0) {
        ssize_t written = write(fd, next, size);
        if (written < 0) {
            if (errno == EINTR) {
                continue;
            }
            return -1;
        }
        next += written;
        size -= (size_t)written;
    }
    return 0;
}

static int one_input(const char *path, util_input_fn input, void *data)
{
    bool standard = strcmp(path, "-") == 0;
    const char *name = standard ? "standard input" : path;
    FILE *file = standard ? stdin : fopen(path, "r");
    if (file == NULL) {
        util_warn_errno(path);
        return 1;
    }
    errno = 0;
    int status = input(file, name, data);
    if (ferror(file)) {
        util_warn_errno(name);
        status = status > 1 ? status : 1;
    }
    if (standard) {
        clearerr(file);
    } else {
        fclose(file);
    }
    return status;
}

int util_each_input(char **paths, util_input_fn input, void *data)
{
    if (*paths == NULL) {
        return one_input("-", input, data);
    }
    int worst = 0;
    for (; *paths != NULL; paths++) {
        int status = one_input(*paths, input, data);
        worst = status > worst ? status : worst;
    }
    return worst;
}

char *util_basename(const char *path)
{
    size_t end = strlen(path);
    while (end > 1 && path[end - 1] == '/') {
        end--;
    }
    size_t start = end;
    while (start > 0 && path[start - 1] != '/') {
        start--;
    }
    if (start == end) {
        return util_strdup("/");
    }
    return util_strndup(path + start, end - start);
}

char *util_join(const char *directory, const char *name)
{
    size_t length = strlen(directory);
    bool slash = length > 0 && directory[length - 1] != '/';
    char *path = util_alloc(length + slash + strlen(name) + 1);
    memcpy(path, directory, length);
    if (slash) {
        path[length++] = '/';
    }
    strcpy(path + length, name);
    return path;
}

bool util_confirm(const char *format, const char *subject)
{
    fflush(stdout);
    fprintf(stderr, "%s: ", program_name);
    fprintf(stderr, format, subject);
    fputs("? ", stderr);
    int first = getchar();
    for (int c = first; c != '\n' && c != EOF;) {
        c = getchar();
    }
    return first == 'y' || first == 'Y';
}
