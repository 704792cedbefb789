// SPDX-License-Identifier: MIT
//
// The work of echo and printf; echo.h is the interface.
//
// Layer: apps, plain C on stdio. Sources: POSIX.1-2017 echo, printf ("XCU"). Floating-point conversions are left out,
// so that the shell does not carry newlib's floating-point formatting for them.

#include "echo.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "util.h"

static int take_digits(const char **text, int base, int most)
{
    int value = 0;
    for (int i = 0; i < most; i++) {
        char c = **text;
        int digit = c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10
                  : c >= 'A' && c <= 'F' ? c - 'A' + 10 : 99;
        if (digit >= base) {
            break;
        }
        value = value * base + digit;
        (*text)++;
    }
    return value;
}

bool echo_escape(const char **text)
{
    static const char letters[] = "abefnrtv\\";
    static const char values[] = "\a\b\033\f\n\r\t\v\\";
    char c = **text;
    if (c == 'c') {
        return false;
    }
    if (c >= '0' && c <= '7') {
        *text += c == '0';
        putchar(take_digits(text, 8, 3));
        return true;
    }
    const char *found = c != '\0' ? strchr(letters, c) : NULL;
    if (found != NULL) {
        putchar(values[found - letters]);
        (*text)++;
    } else if (c == 'x') {
        (*text)++;
        putchar(take_digits(text, 16, 2));
    } else {
        putchar('\\');
    }
    return true;
}

// Prints TEXT with its escapes. Returns false if \c ended the output.
static bool put_escaped(const char *text)
{
    while (*text != '\0') {
        if (*text != '\\') {
            putchar(*text++);
            continue;
        }
        text++;
        if (!echo_escape(&text)) {
            return false;
        }
    }
    return true;
}

int echo_run(char **argv)
{
    bool newline = true;
    bool escapes = false;
    argv++;
    while (*argv != NULL && (*argv)[0] == '-' && (*argv)[1] != '\0' && strspn(*argv + 1, "neE") == strlen(*argv + 1)) {
        for (const char *option = *argv + 1; *option != '\0'; option++) {
            newline = newline && *option != 'n';
            escapes = *option == 'n' ? escapes : *option == 'e';
        }
        argv++;
    }
    for (char **word = argv; *word != NULL; word++) {
        if (word != argv) {
            putchar(' ');
        }
        if (!escapes) {
            fputs(*word, stdout);
        } else if (!put_escaped(*word)) {
            return 0;
        }
    }
    if (newline) {
        putchar('\n');
    }
    return 0;
}

// An operand of a numeric conversion: a C constant, or a character after a quote. Sets *STATUS on nonsense.
static long long number_operand(const char *text, int *status)
{
    if (*text == '\'' || *text == '"') {
        return (unsigned char)text[1];
    }
    char *end;
    errno = 0;
    long long value = strtoll(text, &end, 0);
    if (errno == ERANGE && *text != '-') {
        errno = 0;
        value = (long long)strtoull(text, &end, 0);
    }
    if (errno != 0 || *end != '\0' || (end == text && *text != '\0')) {
        util_warn("%s: not a number", text);
        *status = 1;
    }
    return value;
}

// Prints OPERAND by the conversion SPEC (`%-5` and so on, without its letter) and LETTER. Returns false to stop output.
static bool convert(char *spec, char letter, const char *operand, int *status)
{
    size_t length = strlen(spec);
    switch (letter) {
    case 's':
        strcpy(spec + length, "s");
        printf(spec, operand);
        return true;
    case 'c':
        strcpy(spec + length, "c");
        if (*operand != '\0') {
            printf(spec, *operand);
        }
        return true;
    case 'b':
        return put_escaped(operand);
    default:
        strcpy(spec + length, "ll");
        spec[length + 2] = letter;
        spec[length + 3] = '\0';
        printf(spec, number_operand(operand, status));
        return true;
    }
}

// One conversion of the format; *FORMAT points after the percent sign. Takes operands from *OPERAND.
static bool put_conversion(const char **format, char ***operand, int *status)
{
    char spec[64] = "%";
    size_t used = 1;
    while (**format != '\0' && strchr("-+ #0123456789.*", **format) != NULL && used < sizeof spec - 24) {
        if (**format == '*') {
            const char *width = **operand != NULL ? *(*operand)++ : "0";
            used += (size_t)snprintf(spec + used, 12, "%d", (int)number_operand(width, status));
        } else {
            spec[used++] = **format;
        }
        (*format)++;
    }
    spec[used] = '\0';
    char letter = **format;
    if (letter == '\0' || strchr("bcdiosuxX", letter) == NULL) {
        util_warn("%%%c: unknown conversion", letter != '\0' ? letter : ' ');
        *status = 1;
        return false;
    }
    (*format)++;
    const char *text = **operand != NULL ? *(*operand)++ : "";
    return convert(spec, letter, text, status);
}

// The whole format once. Returns false to stop output.
static bool put_format(const char *format, char ***operand, int *status)
{
    while (*format != '\0') {
        if (format[0] == '%' && format[1] == '%') {
            putchar('%');
            format += 2;
        } else if (*format == '%') {
            format++;
            if (!put_conversion(&format, operand, status)) {
                return false;
            }
        } else if (*format == '\\') {
            format++;
            if (!echo_escape(&format)) {
                return false;
            }
        } else {
            putchar(*format++);
        }
    }
    return true;
}

int printf_run(char **argv)
{
    if (argv[1] == NULL) {
        util_warn("a format is missing");
        return 2;
    }
    int status = 0;
    char **operand = argv + 2;
    char **before;
    do {
        before = operand;
    } while (put_format(argv[1], &operand, &status) && *operand != NULL && operand != before);
    return status;
}
