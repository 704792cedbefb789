// SPDX-License-Identifier: MIT
//
// Parameter expansion; param.h is the interface.

#include "param.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/util.h"
#include "parse.h"
#include "pattern.h"
#include "sh.h"
#include "vars.h"

static enum origin origin_of(enum context context)
{
    return context == IN_WORD ? FROM_EXPANSION : FROM_QUOTES;
}

static char *number_text(long long number)
{
    char digits[24];
    snprintf(digits, sizeof digits, "%lld", number);
    return util_strdup(digits);
}

static char *option_letters(void)
{
    struct string text = { NULL, 0, 0 };
    string_text(&text, shell.exit_on_error ? "e" : "");
    string_text(&text, shell.no_glob ? "f" : "");
    string_text(&text, shell.interactive ? "i" : "");
    string_text(&text, shell.no_unset ? "u" : "");
    string_text(&text, shell.trace ? "x" : "");
    return string_take(&text);
}

// The arguments with the first character of IFS between them.
static char *joined_arguments(void)
{
    const char *ifs = vars_get("IFS");
    char separator = ifs != NULL ? *ifs : ' ';
    struct string text = { NULL, 0, 0 };
    for (size_t i = 0; i < shell.argument_count; i++) {
        if (i > 0 && separator != '\0') {
            string_char(&text, separator);
        }
        string_text(&text, shell.arguments[i]);
    }
    return string_take(&text);
}

// The value of parameter NAME as a malloc'd string, NULL if it is not set.
static char *lookup(const char *name)
{
    if (isdigit((unsigned char)*name)) {
        unsigned long index = strtoul(name, NULL, 10);
        if (index == 0) {
            return util_strdup(shell.name);
        }
        return index <= shell.argument_count ? util_strdup(shell.arguments[index - 1]) : NULL;
    }
    switch (*name) {
    case '?': return number_text(shell.status);
    case '#': return number_text((long long)shell.argument_count);
    case '$': return number_text(shell.pid);
    case '!': return shell.background != 0 ? number_text(shell.background) : NULL;
    case '-': return option_letters();
    case '@':
    case '*': return shell.argument_count > 0 ? joined_arguments() : NULL;
    default: break;
    }
    const char *value = vars_get(name);
    return value != NULL ? util_strdup(value) : NULL;
}

static void put_arguments(struct fields *fields, enum context context)
{
    for (size_t i = 0; i < shell.argument_count; i++) {
        if (i > 0) {
            fields_mark(fields, FROM_BREAK);
        }
        if (context != IN_WORD) {
            fields_mark(fields, FROM_NOTHING);
        }
        fields_text(fields, shell.arguments[i], origin_of(context));
    }
}

static void put(struct fields *fields, const char *name, const char *value, enum context context)
{
    if (strcmp(name, "@") == 0 || (strcmp(name, "*") == 0 && context == IN_WORD)) {
        put_arguments(fields, context);
    } else if (value != NULL) {
        fields_text(fields, value, origin_of(context));
    } else if (shell.no_unset && strcmp(name, "*") != 0) {
        shell_fail(1, "%s: not set", name);
    }
}

void param_value(struct fields *fields, const char *name, size_t length, enum context context)
{
    char *copy = util_strndup(name, length);
    char *value = lookup(copy);
    put(fields, copy, value, context);
    free(value);
    free(copy);
}

// The number of characters of TEXT that name a parameter, 0 if none do.
static size_t name_length(const char *text, size_t length)
{
    if (length == 0) {
        return 0;
    }
    if (strchr("@*#?-$!", *text) != NULL) {
        return 1;
    }
    size_t end = 0;
    bool digits = isdigit((unsigned char)*text);
    while (end < length && (digits ? isdigit((unsigned char)text[end]) != 0 : parse_is_name(text, end + 1))) {
        end++;
    }
    return end;
}

static char *expand_operand(const char *text, size_t length, bool pattern, enum context context)
{
    struct fields fields = { .text = { NULL, 0, 0 } };
    expand_range(&fields, text, length, context);
    char *joined = fields_join(&fields, pattern);
    fields_free(&fields);
    return joined;
}

// `${x:?word}` with x not set or empty.
static void complain(const char *name, const char *operand, size_t length, bool colon)
{
    char *message = expand_operand(operand, length, false, IN_WORD);
    if (*message == '\0') {
        free(message);
        message = util_strdup(colon ? "not set, or empty" : "not set");
    }
    shell_fail(1, "%s: %s", name, message);
    free(message);
}

static void assign(struct fields *fields, const char *name, const char *operand, size_t length, enum context context)
{
    if (!parse_is_name(name, strlen(name))) {
        shell_fail(1, "%s: cannot be assigned to", name);
        return;
    }
    char *value = expand_operand(operand, length, false, IN_WORD);
    vars_set(name, value);
    fields_text(fields, value, origin_of(context));
    free(value);
}

// The operators `-`, `=`, `?` and `+`, with or without a colon before them.
static void put_conditional(struct fields *fields, const char *name, const char *value, const char *operator,
                            size_t length, enum context context)
{
    bool colon = *operator == ':';
    bool usable = value != NULL && !(colon && *value == '\0');
    const char *operand = operator + colon + 1;
    size_t operand_length = length - colon - 1;
    char kind = operator[colon];
    if (kind == '+') {
        if (usable) {
            expand_range(fields, operand, operand_length, context);
        }
    } else if (usable) {
        put(fields, name, value, context);
    } else if (kind == '-') {
        expand_range(fields, operand, operand_length, context);
    } else if (kind == '=') {
        assign(fields, name, operand, operand_length, context);
    } else {
        complain(name, operand, operand_length, colon);
    }
}

// Removes from VALUE the shortest, or with LONGEST the longest, start or end that PATTERN matches. In place.
static void remove_match(char *value, const char *pattern, bool from_end, bool longest)
{
    size_t length = strlen(value);
    for (size_t i = 0; i <= length; i++) {
        // Candidates come in the order of growing size, or of shrinking size for the longest.
        size_t size = longest ? length - i : i;
        size_t cut = from_end ? length - size : size;
        char kept = value[cut];
        if (from_end ? pattern_match(pattern, value + cut) : (value[cut] = '\0', pattern_match(pattern, value))) {
            value[cut] = from_end ? '\0' : kept;
            if (!from_end) {
                memmove(value, value + cut, length - cut + 1);
            }
            return;
        }
        value[cut] = kept;
    }
}

static void put_trimmed(struct fields *fields, const char *name, char *value, const char *operator, size_t length,
                        enum context context)
{
    bool doubled = length > 1 && operator[1] == operator[0];
    char *pattern = expand_operand(operator + 1 + doubled, length - 1 - doubled, true, IN_WORD);
    if (value != NULL) {
        remove_match(value, pattern, *operator == '%', doubled);
    }
    // A list of arguments is trimmed as the one string that it is here.
    put(fields, name[0] == '@' ? "" : name, value, context);
    free(pattern);
}

static void put_length(struct fields *fields, const char *name, enum context context)
{
    char *value = lookup(name);
    bool list = strcmp(name, "@") == 0 || strcmp(name, "*") == 0;
    if (value == NULL && shell.no_unset && !list) {
        shell_fail(1, "%s: not set", name);
    }
    size_t length = list ? shell.argument_count : value != NULL ? strlen(value) : 0;
    char *digits = number_text((long long)length);
    fields_text(fields, digits, origin_of(context));
    free(digits);
    free(value);
}

static void put_by_operator(struct fields *fields, const char *name, const char *operator, size_t length,
                            enum context context)
{
    char *value = lookup(name);
    char kind = length > 0 ? operator[operator[0] == ':' && length > 1] : '\0';
    if (length == 0) {
        put(fields, name, value, context);
    } else if (strchr("-=?+", kind) != NULL) {
        put_conditional(fields, name, value, operator, length, context);
    } else if (kind == '#' || kind == '%') {
        put_trimmed(fields, name, value, operator, length, context);
    } else {
        shell_fail(STATUS_USAGE, "${%s%.*s}: bad substitution", name, (int)length, operator);
    }
    free(value);
}

void param_expand(struct fields *fields, const char *text, size_t length, enum context context)
{
    // `${#x}` is a length, `${#}` and `${#-word}` are the number of arguments.
    size_t counted = length > 1 && *text == '#' ? name_length(text + 1, length - 1) : 0;
    if (counted > 0 && counted == length - 1) {
        char *name = util_strndup(text + 1, counted);
        put_length(fields, name, context);
        free(name);
        return;
    }
    size_t size = name_length(text, length);
    if (size == 0) {
        shell_fail(STATUS_USAGE, "${%.*s}: bad substitution", (int)length, text);
        return;
    }
    char *name = util_strndup(text, size);
    put_by_operator(fields, name, text + size, length - size, context);
    free(name);
}
