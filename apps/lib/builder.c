// SPDX-License-Identifier: MIT
//
// Growing strings; builder.h is the interface.

#include "builder.h"

#include <string.h>

#include "util.h"

void string_bytes(struct string *string, const char *bytes, size_t length)
{
    if (string->length + length + 1 > string->capacity) {
        string->capacity = (string->length + length + 32) * 2;
        string->text = util_realloc(string->text, string->capacity);
    }
    memcpy(string->text + string->length, bytes, length);
    string->length += length;
    string->text[string->length] = '\0';
}

void string_char(struct string *string, char c)
{
    string_bytes(string, &c, 1);
}

void string_text(struct string *string, const char *text)
{
    string_bytes(string, text, strlen(text));
}

void string_quoted(struct string *string, const char *text, size_t length)
{
    string_char(string, '\'');
    for (size_t i = 0; i < length; i++) {
        if (text[i] == '\'') {
            string_text(string, "'\\''");
        } else {
            string_char(string, text[i]);
        }
    }
    string_char(string, '\'');
}

char *string_take(struct string *string)
{
    string_bytes(string, "", 0);
    char *text = string->text;
    *string = (struct string){ NULL, 0, 0 };
    return text;
}
