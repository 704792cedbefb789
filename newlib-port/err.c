/* SPDX-License-Identifier: MIT
 *
 * err.c: see err.h. Layer: newlib-port.
 */
#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "exo/start.h"
#include "proc/start.h"

static const char *program;

static const char *last_part(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

const char *getprogname(void)
{
    if (program == NULL) {
        const struct start_block *start = libos_start_block();
        program = start && start->argc ? last_part(((char **)start->argv)[0]) : "init";
    }
    return program;
}

void setprogname(const char *name) { program = last_part(name); }

/* code: 0 for none. */
static void say(int code, const char *format, va_list list)
{
    fflush(stdout);
    fprintf(stderr, "%s: ", getprogname());
    if (format != NULL) {
        vfprintf(stderr, format, list);
        if (code)
            fputs(": ", stderr);
    }
    if (code)
        fputs(strerror(code), stderr);
    fputc('\n', stderr);
}

void vwarn(const char *format, va_list list)
{
    int code = errno;
    say(code, format, list);
    errno = code;
}

void vwarnx(const char *format, va_list list) { say(0, format, list); }

_Noreturn void verr(int status, const char *format, va_list list)
{
    say(errno, format, list);
    exit(status);
}

_Noreturn void verrx(int status, const char *format, va_list list)
{
    say(0, format, list);
    exit(status);
}

#define WITH_LIST(action) \
    va_list list; \
    va_start(list, format); \
    action; \
    va_end(list)

void warn(const char *format, ...) { WITH_LIST(vwarn(format, list)); }
void warnx(const char *format, ...) { WITH_LIST(say(0, format, list)); }
void warnc(int code, const char *format, ...) { WITH_LIST(say(code, format, list)); }

_Noreturn void err(int status, const char *format, ...)
{
    WITH_LIST(say(errno, format, list));
    exit(status);
}

_Noreturn void errx(int status, const char *format, ...)
{
    WITH_LIST(say(0, format, list));
    exit(status);
}

_Noreturn void errc(int status, int code, const char *format, ...)
{
    WITH_LIST(say(code, format, list));
    exit(status);
}
