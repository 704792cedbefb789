/* SPDX-License-Identifier: MIT
 *
 * newlib-ldtoa.h: a sprintf for newlib's ldtoa.c alone, which knows its formats: plain text and %d. Included in front of
 * that file by newlib-gcc, so that printing a long double does not link a second formatter of 22 KiB.
 */
#ifndef NEWLIB_LDTOA_H
#define NEWLIB_LDTOA_H

#include <stdarg.h>
#include <stdio.h>

static inline int ldtoa_sprintf(char *out, const char *format, ...)
{
    char *start = out, digits[12];
    va_list arguments;
    va_start(arguments, format);
    for (; *format; format++) {
        if (*format != '%') {
            *out++ = *format;
            continue;
        }
        while (*format != 'd')
            format++;
        int value = va_arg(arguments, int), n = 0;
        unsigned left = value < 0 ? 0u - (unsigned)value : (unsigned)value;
        if (value < 0)
            *out++ = '-';
        do
            digits[n++] = (char)('0' + left % 10);
        while ((left /= 10) != 0);
        while (n > 0)
            *out++ = digits[--n];
    }
    va_end(arguments);
    *out = 0;
    return (int)(out - start);
}
#define sprintf ldtoa_sprintf

#endif
