// SPDX-License-Identifier: MIT
//
// Field splitting and quote removal; fields.h is the interface. Source: POSIX.1-2017 XCU 2.6.5 to 2.6.7.

#include "fields.h"

#include <stdlib.h>
#include <string.h>

#include "../lib/util.h"
#include "pattern.h"
#include "vars.h"

void fields_char(struct fields *fields, char c, enum origin origin)
{
    string_char(&fields->text, c);
    string_char(&fields->origins, (char)origin);
}

void fields_text(struct fields *fields, const char *text, enum origin origin)
{
    for (; *text != '\0'; text++) {
        fields_char(fields, *text, origin);
    }
}

void fields_mark(struct fields *fields, enum origin origin)
{
    fields_char(fields, ' ', origin);
}

void fields_free(struct fields *fields)
{
    free(fields->text.text);
    free(fields->origins.text);
}

static bool is_pattern_character(char c)
{
    return strchr("*?[]\\!^-", c) != NULL;
}

// One field while it is built, both as it is and as a pattern.
struct field {
    struct string plain, pattern;
    bool present;
    bool special; // the pattern has a character with a meaning
};

static void field_char(struct field *field, char c, bool quoted)
{
    field->present = true;
    string_char(&field->plain, c);
    if (quoted && is_pattern_character(c)) {
        string_char(&field->pattern, '\\');
    }
    field->special = field->special || (!quoted && strchr("*?[", c) != NULL);
    string_char(&field->pattern, c);
}

static void field_end(struct field *field, bool pathnames, struct list *list)
{
    char *plain = string_take(&field->plain);
    char *pattern = string_take(&field->pattern);
    if (field->present && pathnames && field->special && pattern_files(pattern, list)) {
        free(plain);
    } else if (field->present) {
        list_add(list, plain);
    } else {
        free(plain);
    }
    free(pattern);
    field->present = false;
    field->special = false;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n';
}

void fields_split(const struct fields *fields, bool pathnames, struct list *list)
{
    const char *ifs = vars_get("IFS");
    ifs = ifs != NULL ? ifs : " \t\n";
    struct field field = { .present = false };
    bool after_blanks = false; // the last field was ended by blanks, which one other separator may follow
    for (size_t i = 0; i < fields->text.length; i++) {
        char c = fields->text.text[i];
        enum origin origin = (enum origin)fields->origins.text[i];
        if (origin == FROM_EXPANSION && strchr(ifs, c) != NULL) {
            if (is_blank(c)) {
                after_blanks = after_blanks || field.present;
            } else if (!after_blanks || field.present) {
                field.present = true;
                after_blanks = false;
            } else {
                after_blanks = false;
            }
            field_end(&field, pathnames, list);
        } else if (origin == FROM_BREAK) {
            field_end(&field, pathnames, list);
            after_blanks = false;
        } else if (origin == FROM_NOTHING) {
            field.present = true;
        } else {
            field_char(&field, c, origin == FROM_QUOTES);
            after_blanks = false;
        }
    }
    field_end(&field, pathnames, list);
}

char *fields_join(const struct fields *fields, bool escape)
{
    struct string text = { NULL, 0, 0 };
    for (size_t i = 0; i < fields->text.length; i++) {
        char c = fields->text.text[i];
        enum origin origin = (enum origin)fields->origins.text[i];
        if (origin == FROM_NOTHING) {
            continue;
        }
        if (escape && origin == FROM_QUOTES && is_pattern_character(c)) {
            string_char(&text, '\\');
        }
        string_char(&text, c);
    }
    return string_take(&text);
}
