// SPDX-License-Identifier: MIT
//
// Tokens of the shell's language, and here-documents, which are read when the line that announced them ends.
//
// Layer: sh. The lexer never reads past the token that was asked for, so that a command runs before the next is read.

#ifndef SH_LEX_H
#define SH_LEX_H

#include <stdbool.h>

#include "arena.h"
#include "ast.h"
#include "scan.h"

enum token {
    TOKEN_END,
    TOKEN_ERROR, // the message was printed
    TOKEN_NEWLINE,
    TOKEN_WORD,
    TOKEN_IO_NUMBER, // digits right before < or >
    TOKEN_AND_IF,    // &&
    TOKEN_OR_IF,     // ||
    TOKEN_AMPERSAND,
    TOKEN_PIPE,
    TOKEN_SEMICOLON,
    TOKEN_DOUBLE_SEMICOLON,
    TOKEN_OPEN,  // (
    TOKEN_CLOSE, // )
    TOKEN_LESS,
    TOKEN_GREATER,
    TOKEN_CLOBBER,      // >|
    TOKEN_APPEND,       // >>
    TOKEN_LESS_GREATER, // <>
    TOKEN_LESS_AND,     // <&
    TOKEN_GREATER_AND,  // >&
    TOKEN_HERE,         // <<
    TOKEN_HERE_DASH,    // <<-
    TOKEN_HERE_STRING,  // <<<
};

enum { PENDING_HERE = 16 };

struct lexer {
    struct source *source;
    struct arena *arena;
    bool peeked;
    enum token token; // if peeked
    char *text;       // of a word or an operator, in the arena
    struct {
        struct redirect *redirect;
        const char *delimiter;
        bool strip_tabs;
    } here[PENDING_HERE];
    int here_count;
    bool failed; // a syntax error was reported
};

// The next token, which stays; lexer->text is its text.
enum token lex_peek(struct lexer *lexer);

// Takes the token that was peeked.
void lex_take(struct lexer *lexer);

// Announces that REDIRECT's body follows the current line and ends at DELIMITER, quotes removed if there were any.
void lex_here(struct lexer *lexer, struct redirect *redirect, const char *word, bool strip_tabs);

// Reports `name: line N: MESSAGE` once a command and marks the lexer as failed.
void lex_error(struct lexer *lexer, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
