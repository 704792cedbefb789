/* SPDX-License-Identifier: MIT
 *
 * text.h: puts a line together for a report without printf, which small programs do not link and broken ones cannot trust.
 * Layer: libos/posix; pure, tested on the host. What does not fit is dropped; the buffer is always a string.
 */
#ifndef LIBOS_TEXT_H
#define LIBOS_TEXT_H

#include <stddef.h>
#include <stdint.h>

struct text {
    char *at, *end; /* next byte, and the last one, which is for the NUL */
};

static inline struct text text_begin(char *buffer, size_t bytes)
{
    buffer[0] = 0;
    return (struct text){buffer, buffer + bytes - 1};
}

static inline void text_char(struct text *text, char c)
{
    if (text->at < text->end)
        *text->at++ = c;
    *text->at = 0;
}

static inline void text_string(struct text *text, const char *string)
{
    while (*string)
        text_char(text, *string++);
}

/* At least `digits` hexadecimal digits. */
static inline void text_hex(struct text *text, uint64_t value, unsigned digits)
{
    for (int shift = 60; shift >= 0; shift -= 4)
        if (value >> shift || (unsigned)shift / 4 < digits)
            text_char(text, "0123456789abcdef"[value >> shift & 15]);
}

static inline void text_decimal(struct text *text, uint64_t value)
{
    if (value >= 10)
        text_decimal(text, value / 10);
    text_char(text, (char)('0' + value % 10));
}

#endif
