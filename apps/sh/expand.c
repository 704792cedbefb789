// SPDX-License-Identifier: MIT
//
// Expansion of words; expand.h is the interface. A word is walked once, and every piece of it adds characters with
// their origin to a `struct fields`; `param.c` does what stands in `${...}`.

#include "expand.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/util.h"
#include "arith.h"
#include "param.h"
#include "scan.h"
#include "sh.h"
#include "subshell.h"
#include "vars.h"

static enum origin origin_of(enum context context)
{
    return context == IN_WORD ? FROM_EXPANSION : FROM_QUOTES;
}

// The output of a command, its last newlines dropped.
static void put_command(struct fields *fields, const char *command, size_t length, enum context context)
{
    char *text = util_strndup(command, length);
    char *output = subshell_capture(text);
    size_t end = strlen(output);
    while (end > 0 && output[end - 1] == '\n') {
        output[--end] = '\0';
    }
    fields_text(fields, output, origin_of(context));
    free(output);
    free(text);
}

// Inside backquotes a backslash escapes itself, the backquote and the dollar sign.
static void put_backquoted(struct fields *fields, const char *command, size_t length, enum context context)
{
    struct string text = { NULL, 0, 0 };
    for (size_t i = 0; i < length; i++) {
        bool escape = command[i] == '\\' && i + 1 < length
                   && (strchr("\\`$", command[i + 1]) != NULL || (context == IN_QUOTES && command[i + 1] == '"'));
        i += escape;
        string_char(&text, command[i]);
    }
    char *taken = string_take(&text);
    put_command(fields, taken, strlen(taken), context);
    free(taken);
}

static void put_arithmetic(struct fields *fields, const char *expression, size_t length, enum context context)
{
    struct fields inner = { .text = { NULL, 0, 0 } };
    expand_range(&inner, expression, length, IN_QUOTES);
    char *text = fields_join(&inner, false);
    fields_free(&inner);
    long long value;
    if (arith_compute(text, &value)) {
        char digits[24];
        snprintf(digits, sizeof digits, "%lld", value);
        fields_text(fields, digits, origin_of(context));
    }
    free(text);
}

// `$` and what belongs to it, LENGTH characters from TEXT.
static void put_dollar(struct fields *fields, const char *text, size_t length, enum context context)
{
    if (length == 1) {
        fields_char(fields, '$', context == IN_WORD ? FROM_WORD : FROM_QUOTES);
    } else if (length >= 5 && strncmp(text, "$((", 3) == 0 && strncmp(text + length - 2, "))", 2) == 0) {
        put_arithmetic(fields, text + 3, length - 5, context);
    } else if (text[1] == '(') {
        put_command(fields, text + 2, length - 3, context);
    } else if (text[1] == '{') {
        param_expand(fields, text + 2, length - 3, context);
    } else {
        param_value(fields, text + 1, length - 1, context);
    }
}

static void put_quoted(struct fields *fields, const char *text, size_t length)
{
    size_t before = fields_length(fields);
    expand_range(fields, text, length, IN_QUOTES);
    // Nothing in quotes is an empty argument, but for "$@" without arguments, which is none.
    bool is_all_arguments = (length == 2 && strncmp(text, "$@", 2) == 0)
                         || (length == 4 && strncmp(text, "${@}", 4) == 0);
    if (fields_length(fields) == before && !is_all_arguments) {
        fields_mark(fields, FROM_NOTHING);
    }
}

static void put_escaped(struct fields *fields, const char *text, size_t length, enum context context)
{
    char c = length > 1 ? text[1] : '\\';
    if (c == '\n') {
        return;
    }
    bool meaning = context == IN_WORD || strchr("$`\\", c) != NULL || (context == IN_QUOTES && c == '"');
    if (!meaning) {
        fields_char(fields, '\\', FROM_QUOTES);
    }
    if (length > 1 || context == IN_WORD) {
        fields_char(fields, c, FROM_QUOTES);
    }
}

// One piece at the start of TEXT, of which LENGTH characters are there. Returns how many it was.
static size_t put_piece(struct fields *fields, const char *text, size_t length, enum context context)
{
    char c = *text;
    // Double quotes within double quotes stand in the braces of a parameter, where they quote as usual.
    bool quotes = (context == IN_WORD && c == '\'') || (context != IN_HERE && c == '"');
    if (!quotes && c != '$' && c != '`' && c != '\\') {
        fields_char(fields, c, context == IN_WORD ? FROM_WORD : FROM_QUOTES);
        return 1;
    }
    struct source source = scan_text(text, length);
    if (!scan_piece(&source)) {
        // Unbalanced, which a here-document may be: it means itself.
        fields_char(fields, c, FROM_QUOTES);
        return 1;
    }
    size_t size = source.position;
    if (c == '\'') {
        for (size_t i = 1; i + 1 < size; i++) {
            fields_char(fields, text[i], FROM_QUOTES);
        }
        if (size == 2) {
            fields_mark(fields, FROM_NOTHING);
        }
    } else if (c == '"') {
        put_quoted(fields, text + 1, size - 2);
    } else if (c == '$') {
        put_dollar(fields, text, size, context);
    } else if (c == '`') {
        put_backquoted(fields, text + 1, size - 2, context);
    } else {
        put_escaped(fields, text, size, context);
    }
    return size;
}

void expand_range(struct fields *fields, const char *text, size_t length, enum context context)
{
    for (size_t i = 0; i < length && shell.unwind == UNWIND_NONE;) {
        i += put_piece(fields, text + i, length - i, context);
    }
}

// `~` or `~/...` at the start of a word, or after `=` or `:` in an assignment, is HOME.
static size_t put_tilde(struct fields *fields, const char *text)
{
    const char *home = vars_get("HOME");
    if (text[0] != '~' || (text[1] != '\0' && text[1] != '/') || home == NULL) {
        return 0;
    }
    fields_text(fields, home, FROM_QUOTES);
    return 1;
}

static struct fields expand(const char *text, enum context context)
{
    struct fields fields = { .text = { NULL, 0, 0 } };
    size_t skipped = context == IN_WORD ? put_tilde(&fields, text) : 0;
    expand_range(&fields, text + skipped, strlen(text + skipped), context);
    return fields;
}

void expand_words(const struct word *words, struct list *list)
{
    for (; words != NULL && shell.unwind == UNWIND_NONE; words = words->next) {
        struct fields fields = expand(words->text, IN_WORD);
        fields_split(&fields, !shell.no_glob, list);
        fields_free(&fields);
    }
}

static char *expand_joined(const char *text, enum context context, bool escape)
{
    struct fields fields = expand(text, context);
    char *joined = fields_join(&fields, escape);
    fields_free(&fields);
    return joined;
}

char *expand_string(const char *text)
{
    return expand_joined(text, IN_WORD, false);
}

char *expand_pattern(const char *text)
{
    return expand_joined(text, IN_WORD, true);
}

char *expand_here(const char *text)
{
    return expand_joined(text, IN_HERE, false);
}
