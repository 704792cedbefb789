// SPDX-License-Identifier: MIT
//
// The lexer; lex.h is the interface. Source: POSIX.1-2017 XCU 2.3 (tokens), 2.7.4 (here-documents).

#include "lex.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "../lib/util.h"

static const struct { const char *text; enum token token; } operators[] = {
    // Longer ones first.
    { "<<<", TOKEN_HERE_STRING }, { "<<-", TOKEN_HERE_DASH },   { "&&", TOKEN_AND_IF },
    { "||", TOKEN_OR_IF },        { ";;", TOKEN_DOUBLE_SEMICOLON }, { "<<", TOKEN_HERE },
    { ">>", TOKEN_APPEND },       { "<&", TOKEN_LESS_AND },     { ">&", TOKEN_GREATER_AND },
    { "<>", TOKEN_LESS_GREATER }, { ">|", TOKEN_CLOBBER },      { "&", TOKEN_AMPERSAND },
    { "|", TOKEN_PIPE },          { ";", TOKEN_SEMICOLON },     { "(", TOKEN_OPEN },
    { ")", TOKEN_CLOSE },         { "<", TOKEN_LESS },          { ">", TOKEN_GREATER },
};

enum { OPERATORS = sizeof operators / sizeof operators[0] };

void lex_error(struct lexer *lexer, const char *format, ...)
{
    if (lexer->failed) {
        return;
    }
    lexer->failed = true;
    if (lexer->source->cancelled) {
        return;
    }
    char message[256];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    if (lexer->source->name != NULL) {
        util_warn("%s: line %d: %s", lexer->source->name, lexer->source->line, message);
    } else {
        util_warn("%s", message);
    }
}

// Blanks, comments and joined lines before a token.
static void skip_blanks(struct source *source)
{
    for (;;) {
        int c = scan_peek(source, 0);
        if (c == ' ' || c == '\t' || c == '\r') {
            source->position++;
        } else if (c == '\\' && scan_peek(source, 1) == '\n') {
            source->position += 2;
            source->line++;
        } else if (c == '#') {
            while (c != '\n' && c != SCAN_END) {
                source->position++;
                c = scan_peek(source, 0);
            }
        } else {
            return;
        }
    }
}

static enum token lex_operator(struct lexer *lexer)
{
    struct source *source = lexer->source;
    for (int i = 0; i < OPERATORS; i++) {
        const char *text = operators[i].text;
        size_t length = strlen(text);
        size_t matched = 0;
        while (matched < length && scan_peek(source, matched) == text[matched]) {
            matched++;
        }
        if (matched == length) {
            source->position += length;
            lexer->text = arena_text(lexer->arena, text, length);
            return operators[i].token;
        }
    }
    return TOKEN_END;
}

static int lines_in(const char *text)
{
    int lines = 0;
    for (; (text = strchr(text, '\n')) != NULL; text++) {
        lines++;
    }
    return lines;
}

static enum token lex_word(struct lexer *lexer)
{
    struct source *source = lexer->source;
    size_t start = source->position;
    int c;
    while ((c = scan_peek(source, 0)) != SCAN_END && strchr(" \t\r\n;&|()<>", c) == NULL) {
        size_t start_of_piece = source->position;
        if (!scan_piece(source)) {
            int closing = c != '$' ? c : source->text[start_of_piece + 1] == '{' ? '}' : ')';
            lex_error(lexer, "syntax error: %c expected before the end", closing);
            return TOKEN_ERROR;
        }
    }
    lexer->text = arena_text(lexer->arena, source->text + start, source->position - start);
    source->line += lines_in(lexer->text);
    bool digits = strspn(lexer->text, "0123456789") == strlen(lexer->text);
    return digits && (c == '<' || c == '>') ? TOKEN_IO_NUMBER : TOKEN_WORD;
}

// One line of the text, its newline taken and not returned; NULL at the end.
static char *take_line(struct lexer *lexer)
{
    struct source *source = lexer->source;
    size_t start = source->position;
    int c = scan_peek(source, 0);
    if (c == SCAN_END) {
        return NULL;
    }
    while (c != SCAN_END && c != '\n') {
        source->position++;
        c = scan_peek(source, 0);
    }
    char *line = arena_text(lexer->arena, source->text + start, source->position - start);
    source->position += c == '\n';
    source->line++;
    return line;
}

static char *join(struct arena *arena, const char *body, const char *line)
{
    size_t old = strlen(body);
    size_t more = strlen(line);
    char *text = arena_alloc(arena, old + more + 2);
    memcpy(text, body, old);
    memcpy(text + old, line, more);
    text[old + more] = '\n';
    return text;
}

static void read_here_documents(struct lexer *lexer)
{
    for (int i = 0; i < lexer->here_count; i++) {
        char *body = arena_text(lexer->arena, "", 0);
        for (;;) {
            char *line = take_line(lexer);
            if (line == NULL) {
                lex_error(lexer, "the here-document that should end with %s does not end", lexer->here[i].delimiter);
                break;
            }
            while (lexer->here[i].strip_tabs && *line == '\t') {
                line++;
            }
            if (strcmp(line, lexer->here[i].delimiter) == 0) {
                break;
            }
            body = join(lexer->arena, body, line);
        }
        lexer->here[i].redirect->text = body;
    }
    lexer->here_count = 0;
}

void lex_here(struct lexer *lexer, struct redirect *redirect, const char *word, bool strip_tabs)
{
    if (lexer->here_count == PENDING_HERE) {
        lex_error(lexer, "more than %d here-documents in one line", PENDING_HERE);
        return;
    }
    char *delimiter = arena_alloc(lexer->arena, strlen(word) + 1);
    size_t length = 0;
    for (const char *c = word; *c != '\0'; c++) {
        if (*c == '\'' || *c == '"' || *c == '\\') {
            redirect->quoted = true;
        } else {
            delimiter[length++] = *c;
        }
    }
    redirect->text = "";
    lexer->here[lexer->here_count].redirect = redirect;
    lexer->here[lexer->here_count].delimiter = delimiter;
    lexer->here[lexer->here_count].strip_tabs = strip_tabs;
    lexer->here_count++;
}

static enum token lex_next(struct lexer *lexer)
{
    struct source *source = lexer->source;
    skip_blanks(source);
    int c = scan_peek(source, 0);
    if (c == SCAN_END) {
        lexer->text = arena_text(lexer->arena, "end of input", 12);
        if (lexer->here_count > 0) {
            read_here_documents(lexer);
        }
        return lexer->failed ? TOKEN_ERROR : TOKEN_END;
    }
    if (c == '\n') {
        source->position++;
        source->line++;
        lexer->text = arena_text(lexer->arena, "newline", 7);
        read_here_documents(lexer);
        return lexer->failed ? TOKEN_ERROR : TOKEN_NEWLINE;
    }
    enum token token = lex_operator(lexer);
    token = token != TOKEN_END ? token : lex_word(lexer);
    source->in_command = true;
    return token;
}

enum token lex_peek(struct lexer *lexer)
{
    if (!lexer->peeked) {
        lexer->token = lex_next(lexer);
        lexer->peeked = true;
    }
    return lexer->token;
}

void lex_take(struct lexer *lexer)
{
    lexer->peeked = false;
}
