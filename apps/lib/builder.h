// SPDX-License-Identifier: MIT
//
// A string that grows at its end.
//
// Layer: apps, plain C. It starts as all zeros; its text belongs to whoever made it and is freed with free.

#ifndef APPS_LIB_BUILDER_H
#define APPS_LIB_BUILDER_H

#include <stddef.h>

struct string {
    char *text; // NULL, or NUL-terminated
    size_t length, capacity;
};

// Appends a character, a string, LENGTH bytes. The text stays NUL-terminated.
void string_char(struct string *string, char c);
void string_text(struct string *string, const char *text);
void string_bytes(struct string *string, const char *bytes, size_t length);

// Appends LENGTH bytes of TEXT in single quotes, so that the shell reads them back as one word.
void string_quoted(struct string *string, const char *text, size_t length);

// The text, never NULL; it belongs to the caller, and the string is empty again.
char *string_take(struct string *string);

#endif
