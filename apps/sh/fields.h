// SPDX-License-Identifier: MIT
//
// A word in the middle of its expansion: characters that know where they came from, which decides whether they may be
// split at blanks or stand for other characters.
//
// Layer: sh; between expand.c, which fills it, and its consumers.

#ifndef SH_FIELDS_H
#define SH_FIELDS_H

#include <stdbool.h>
#include <stddef.h>

#include "list.h"

enum origin {
    FROM_WORD,      // written so: patterns count
    FROM_QUOTES,    // quoted: means itself
    FROM_EXPANSION, // came out of a `$`: split, and patterns count
    FROM_NOTHING,   // no character, but makes an empty field a field
    FROM_BREAK,     // no character, but ends a field
};

struct fields {
    struct string text;
    struct string origins; // one byte for each of text
};

void fields_char(struct fields *fields, char c, enum origin origin);
void fields_text(struct fields *fields, const char *text, enum origin origin);
void fields_mark(struct fields *fields, enum origin origin);

// The number of characters and marks so far.
static inline size_t fields_length(const struct fields *fields)
{
    return fields->text.length;
}

// Splits at IFS, expands pathnames if PATHNAMES, and adds the arguments to LIST.
void fields_split(const struct fields *fields, bool pathnames, struct list *list);

// All characters as one string (breaks become blanks); with ESCAPE, quoted ones that mean something in a pattern get a
// backslash. malloc'd.
char *fields_join(const struct fields *fields, bool escape);

void fields_free(struct fields *fields);

#endif
