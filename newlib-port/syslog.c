/* SPDX-License-Identifier: MIT
 *
 * syslog.c: see syslog.h. Layer: newlib-port, over the kernel's log, which takes a line of EXO_LOG_TEXT bytes: what is
 * longer becomes several. %m is the text of errno.
 */
#include <err.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "exo/exo.h"

#define MESSAGE 1024

static const char *name;
static int options, mask = LOG_UPTO(LOG_DEBUG);

void openlog(const char *new_name, int new_options, int facility)
{
    (void)facility;
    name = new_name;
    options = new_options;
}

void closelog(void)
{
    name = NULL;
    options = 0;
}

int setlogmask(int new_mask)
{
    int before = mask;
    if (new_mask)
        mask = new_mask;
    return before;
}

static uint32_t level_of(int priority)
{
    switch (LOG_PRI(priority)) {
    case LOG_WARNING: return EXO_LOG_WARN;
    case LOG_NOTICE: return EXO_LOG_NOTICE;
    case LOG_INFO: return EXO_LOG_INFO;
    case LOG_DEBUG: return EXO_LOG_DEBUG;
    }
    return EXO_LOG_ERROR;
}

/* Puts the text of an error number in place of %m; other conversions stay as they are. */
static void expand(const char *format, const char *error, char *out, size_t size)
{
    char *end = out + size - 1;
    while (*format && out < end) {
        if (format[0] == '%' && format[1] == 'm') {
            for (const char *from = error; *from && out < end; from++) {
                if (*from == '%' && out + 1 < end)
                    *out++ = '%';
                *out++ = *from;
            }
            format += 2;
            continue;
        }
        if (format[0] == '%' && format[1] && out + 1 < end)
            *out++ = *format++;
        *out++ = *format++;
    }
    *out = '\0';
}

static void write_log(uint32_t level, const char *text, size_t bytes)
{
    while (bytes) {
        size_t part = bytes < EXO_LOG_TEXT - 1 ? bytes : EXO_LOG_TEXT - 1;
        if (exo_log_write(0, level, text, (uint32_t)part) < 0)
            return;
        text += part;
        bytes -= part;
    }
}

void vsyslog(int priority, const char *format, va_list list)
{
    if (!(mask & LOG_MASK(LOG_PRI(priority))))
        return;
    char expanded[MESSAGE], text[MESSAGE];
    expand(format, strerror(errno), expanded, sizeof expanded);
    int before = snprintf(text, sizeof text, "%s", name ? name : getprogname());
    if (options & LOG_PID && before < MESSAGE)
        before += snprintf(text + before, sizeof text - (size_t)before, "[%d]", getpid());
    if (before < MESSAGE)
        before += snprintf(text + before, sizeof text - (size_t)before, ": ");
    if (before < MESSAGE)
        vsnprintf(text + before, sizeof text - (size_t)before, expanded, list);
    size_t bytes = strlen(text);
    while (bytes && text[bytes - 1] == '\n')
        text[--bytes] = '\0';
    write_log(level_of(priority), text, bytes);
    if (options & LOG_PERROR)
        fprintf(stderr, "%s\n", text);
}

void syslog(int priority, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    vsyslog(priority, format, list);
    va_end(list);
}
