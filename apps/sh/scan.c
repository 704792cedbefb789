// SPDX-License-Identifier: MIT
//
// The scanner; scan.h is the interface. Source: POSIX.1-2017 XCU 2.2 (quoting), 2.3 (tokens).
//
// Known limit: inside `$(...)` a `case` whose patterns have no opening parenthesis is understood only where `case`
// stands at the start of a command.

#include "scan.h"

#include <ctype.h>
#include <string.h>

int scan_peek(struct source *source, size_t ahead)
{
    while (source->position + ahead >= source->length) {
        if (source->ended || source->refill == NULL || !source->refill(source, source->in_command)) {
            source->ended = true;
            return SCAN_END;
        }
    }
    return (unsigned char)source->text[source->position + ahead];
}

struct source scan_text(const char *text, size_t length)
{
    // A source without refill is only read.
    return (struct source){ .name = "", .text = (char *)text, .length = length };
}

bool scan_single_quotes(struct source *source)
{
    source->position++;
    for (;;) {
        int c = scan_peek(source, 0);
        if (c == SCAN_END) {
            return false;
        }
        source->position++;
        if (c == '\'') {
            return true;
        }
    }
}

static bool scan_escape(struct source *source)
{
    if (scan_peek(source, 1) == SCAN_END) {
        source->position++;
        return true;
    }
    source->position += 2;
    return true;
}

bool scan_backquotes(struct source *source)
{
    source->position++;
    for (;;) {
        int c = scan_peek(source, 0);
        if (c == SCAN_END) {
            return false;
        }
        if (c == '\\') {
            scan_escape(source);
            continue;
        }
        source->position++;
        if (c == '`') {
            return true;
        }
    }
}

bool scan_double_quotes(struct source *source)
{
    source->position++;
    for (;;) {
        int c = scan_peek(source, 0);
        if (c == SCAN_END) {
            return false;
        }
        if (c == '"') {
            source->position++;
            return true;
        }
        bool good = true;
        if (c == '\\') {
            good = scan_escape(source);
        } else if (c == '$') {
            good = scan_dollar(source);
        } else if (c == '`') {
            good = scan_backquotes(source);
        } else {
            source->position++;
        }
        if (!good) {
            return false;
        }
    }
}

bool scan_piece(struct source *source)
{
    switch (scan_peek(source, 0)) {
    case SCAN_END: return false;
    case '\'': return scan_single_quotes(source);
    case '"': return scan_double_quotes(source);
    case '`': return scan_backquotes(source);
    case '$': return scan_dollar(source);
    case '\\': return scan_escape(source);
    default: source->position++; return true;
    }
}

static bool word_is(struct source *source, const char *word)
{
    size_t length = strlen(word);
    for (size_t i = 0; i < length; i++) {
        if (scan_peek(source, i) != word[i]) {
            return false;
        }
    }
    int after = scan_peek(source, length);
    return after == SCAN_END || strchr(" \t\n;&|()", after) != NULL;
}

// What the scan of `$(...)` knows about where it is.
struct command_scan {
    int depth;          // parentheses open
    int cases;          // `case` without its `esac` at depth 1
    bool command_start; // only blanks since an operator
    bool word_start;    // the last character ended a word
};

static bool skip_comment(struct source *source)
{
    int c;
    while ((c = scan_peek(source, 0)) != '\n') {
        if (c == SCAN_END) {
            return false;
        }
        source->position++;
    }
    return true;
}

static bool scan_command_character(struct source *source, struct command_scan *scan)
{
    int c = scan_peek(source, 0);
    if (c == '#' && scan->word_start) {
        return skip_comment(source);
    }
    if (scan->word_start && scan->depth == 1) {
        scan->cases += scan->command_start && word_is(source, "case");
        scan->cases -= scan->cases > 0 && word_is(source, "esac");
    }
    if (c == '(') {
        scan->depth++;
    } else if (c == ')' && !(scan->cases > 0 && scan->depth == 1)) {
        scan->depth--;
    }
    bool is_operator = c != SCAN_END && strchr("\n;&|()", c) != NULL;
    bool blank = c == ' ' || c == '\t';
    scan->command_start = is_operator || (scan->command_start && blank);
    scan->word_start = is_operator || blank;
    return scan_piece(source);
}

// From the opening parenthesis of `$(`.
static bool scan_command(struct source *source)
{
    struct command_scan scan = { .depth = 1, .command_start = true, .word_start = true };
    source->position++;
    while (scan.depth > 0) {
        if (!scan_command_character(source, &scan)) {
            return false;
        }
    }
    return true;
}

// From the opening brace of `${`.
static bool scan_braces(struct source *source)
{
    source->position++;
    for (;;) {
        int c = scan_peek(source, 0);
        if (c == '}') {
            source->position++;
            return true;
        }
        if (!scan_piece(source)) {
            return false;
        }
    }
}

bool scan_dollar(struct source *source)
{
    source->position++;
    int c = scan_peek(source, 0);
    if (c == '(') {
        return scan_command(source);
    }
    if (c == '{') {
        return scan_braces(source);
    }
    if (c != SCAN_END && strchr("@*#?-$!0123456789", c) != NULL) {
        source->position++;
        return true;
    }
    if (c != SCAN_END && (isalpha(c) || c == '_')) {
        while ((c = scan_peek(source, 0)) != SCAN_END && (isalnum(c) || c == '_')) {
            source->position++;
        }
    }
    return true;
}
