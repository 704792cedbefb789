/* SPDX-License-Identifier: MIT
 *
 * format.c: see format.h.
 */
#include "format.h"

#include <stdbool.h>
#include <stdint.h>

enum { DIGITS_MAX = 20, WIDTH_MAX = 255 };

struct output {
    char *to;
    size_t used, size;
};

struct conversion {
    bool left, zero;
    int width, precision; /* precision -1: none given */
    int length;           /* number of l and z, less the number of h */
};

static void put(struct output *out, char c)
{
    if (out->used + 1 < out->size)
        out->to[out->used++] = c;
}

static void pad(struct output *out, char c, int n)
{
    while (n-- > 0)
        put(out, c);
}

static void put_text(struct output *out, const struct conversion *c, const char *text, int n)
{
    pad(out, ' ', c->left ? 0 : c->width - n);
    for (int i = 0; i < n; i++)
        put(out, text[i]);
    pad(out, ' ', c->left ? c->width - n : 0);
}

static void put_string(struct output *out, const struct conversion *c, const char *text)
{
    int n = 0;
    if (!text)
        text = "(null)";
    while ((c->precision < 0 || n < c->precision) && text[n])
        n++;
    put_text(out, c, text, n);
}

static void put_number(struct output *out, const struct conversion *c, uint64_t value, unsigned base, bool negative,
                       const char *digits)
{
    char reversed[DIGITS_MAX];
    int n = 0;
    do {
        reversed[n++] = digits[value % base];
        value /= base;
    } while (value);
    int zeroes = c->precision > n ? c->precision - n : 0;
    int total = n + zeroes + negative;
    bool zero_fill = c->zero && !c->left && c->precision < 0;
    if (!c->left && !zero_fill)
        pad(out, ' ', c->width - total);
    if (negative)
        put(out, '-');
    pad(out, '0', zero_fill ? c->width - total : zeroes);
    while (n)
        put(out, reversed[--n]);
    if (c->left)
        pad(out, ' ', c->width - total);
}

static uint64_t take_unsigned(const struct conversion *c, va_list *arguments)
{
    uint64_t value = c->length > 0 ? va_arg(*arguments, unsigned long) : va_arg(*arguments, unsigned);
    if (c->length == -1)
        return (uint16_t)value;
    return c->length <= -2 ? (uint8_t)value : value;
}

static int64_t take_signed(const struct conversion *c, va_list *arguments)
{
    int64_t value = c->length > 0 ? va_arg(*arguments, long) : va_arg(*arguments, int);
    if (c->length == -1)
        return (int16_t)value;
    return c->length <= -2 ? (int8_t)value : value;
}

/* Reads digits or *, at most WIDTH_MAX. */
static int take_count(const char **at, va_list *arguments)
{
    int value = 0;
    if (**at == '*') {
        (*at)++;
        value = va_arg(*arguments, int);
        return value > WIDTH_MAX ? WIDTH_MAX : value;
    }
    for (; **at >= '0' && **at <= '9'; (*at)++)
        if (value < WIDTH_MAX)
            value = value * 10 + (**at - '0');
    return value > WIDTH_MAX ? WIDTH_MAX : value;
}

static struct conversion parse(const char **at, va_list *arguments)
{
    struct conversion c = {.precision = -1};
    for (; **at == '-' || **at == '0'; (*at)++) {
        c.left |= **at == '-';
        c.zero |= **at == '0';
    }
    c.width = take_count(at, arguments);
    if (c.width < 0) {
        c.left = true;
        c.width = -c.width > WIDTH_MAX || c.width < -WIDTH_MAX ? WIDTH_MAX : -c.width;
    }
    if (**at == '.') {
        (*at)++;
        c.precision = take_count(at, arguments);
    }
    for (; **at == 'l' || **at == 'z' || **at == 'h'; (*at)++)
        c.length += **at == 'h' ? -1 : 1;
    return c;
}

static void put_signed(struct output *out, const struct conversion *c, int64_t value)
{
    put_number(out, c, value < 0 ? -(uint64_t)value : (uint64_t)value, 10, value < 0, "0123456789");
}

/* Writes one conversion. False: it is not one. */
static bool convert(struct output *out, struct conversion *c, char letter, va_list *arguments)
{
    char single;
    switch (letter) {
    case 'd':
    case 'i':
        put_signed(out, c, take_signed(c, arguments));
        return true;
    case 'u':
        put_number(out, c, take_unsigned(c, arguments), 10, false, "0123456789");
        return true;
    case 'x':
        put_number(out, c, take_unsigned(c, arguments), 16, false, "0123456789abcdef");
        return true;
    case 'X':
        put_number(out, c, take_unsigned(c, arguments), 16, false, "0123456789ABCDEF");
        return true;
    case 'p':
        put_text(out, &(struct conversion){.precision = -1}, "0x", 2);
        put_number(out, c, (uintptr_t)va_arg(*arguments, void *), 16, false, "0123456789abcdef");
        return true;
    case 'c':
        single = (char)va_arg(*arguments, int);
        put_text(out, c, &single, 1);
        return true;
    case 's':
        put_string(out, c, va_arg(*arguments, const char *));
        return true;
    case '%':
        put(out, '%');
        return true;
    default:
        return false;
    }
}

size_t kformat_list(char *to, size_t size, const char *format, va_list arguments)
{
    struct output out = {to, 0, size};
    va_list list;
    va_copy(list, arguments);
    while (*format) {
        if (*format != '%') {
            put(&out, *format++);
            continue;
        }
        const char *at = format + 1;
        struct conversion c = parse(&at, &list);
        if (convert(&out, &c, *at, &list)) {
            format = at + 1;
        } else {
            put(&out, *format++);
        }
    }
    va_end(list);
    to[out.used] = 0;
    return out.used;
}

size_t kformat(char *to, size_t size, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    size_t used = kformat_list(to, size, format, arguments);
    va_end(arguments);
    return used;
}
