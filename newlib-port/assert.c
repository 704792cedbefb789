/* SPDX-License-Identifier: MIT
 *
 * assert.c: what a failed assert() calls. Layer: newlib-port. In newlib's place, because that one prints with fprintf and
 * newlib's number conversion asserts: every program that prints a float would carry a second formatter.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { LINE_BYTES = 512 };

/* Appends text, cut off at the end of the buffer. Returns the new length. */
static size_t append(char *line, size_t used, const char *text)
{
    size_t bytes = strlen(text);
    if (bytes > LINE_BYTES - used)
        bytes = LINE_BYTES - used;
    memcpy(line + used, text, bytes);
    return used + bytes;
}

/* Says what failed, in one write, and aborts. */
void __assert_func(const char *file, int line_number, const char *function, const char *expression)
{
    char line[LINE_BYTES], digits[16], *digit = digits + sizeof digits;
    *--digit = 0;
    do
        *--digit = (char)('0' + line_number % 10);
    while ((line_number /= 10) > 0 && digit > digits);
    size_t used = append(line, 0, "assertion \"");
    used = append(line, used, expression);
    used = append(line, used, "\" failed: file \"");
    used = append(line, used, file);
    used = append(line, used, "\", line ");
    used = append(line, used, digit);
    used = append(line, used, function ? ", function: " : "");
    used = append(line, used, function ? function : "");
    used = append(line, used, "\n");
    (void)!write(STDERR_FILENO, line, used);
    abort();
}

/* The same for callers that know no function. */
void __assert(const char *file, int line_number, const char *expression)
{
    __assert_func(file, line_number, NULL, expression);
}
