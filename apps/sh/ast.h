// SPDX-License-Identifier: MIT
//
// The tree of a parsed command. Words are kept as they were written, quotes and dollars included: expand.h makes
// arguments of them each time the command runs, and text.h can write the tree back as text.
//
// Layer: sh, data alone. A tree lives in one arena and is never changed once it is parsed.

#ifndef SH_AST_H
#define SH_AST_H

#include <stdbool.h>

struct word {
    const char *text;
    struct word *next;
};

enum redirect_kind {
    REDIRECT_READ,        // < file
    REDIRECT_WRITE,       // > file, >| file
    REDIRECT_APPEND,      // >> file
    REDIRECT_READ_WRITE,  // <> file
    REDIRECT_DUPLICATE,   // <&n >&n, n or -
    REDIRECT_HERE,        // << word: text is the body
    REDIRECT_HERE_STRING, // <<< word
};

struct redirect {
    enum redirect_kind kind;
    int fd;
    const char *text; // the word after the operator, or the body of a here-document
    bool quoted;      // REDIRECT_HERE: the body is not expanded
    struct redirect *next;
};

enum node_kind {
    NODE_SIMPLE,   // assignments, words
    NODE_PIPELINE, // left and its next ones, two or more
    NODE_NOT,      // left
    NODE_AND,      // left, right
    NODE_OR,       // left, right
    NODE_SEQUENCE, // left, right
    NODE_ASYNC,    // left
    NODE_SUBSHELL, // left
    NODE_GROUP,    // left
    NODE_IF,       // left: condition, right: then, other: else
    NODE_WHILE,    // left: condition, right: body
    NODE_UNTIL,    // left: condition, right: body
    NODE_FOR,      // name, words (over the arguments if `over_arguments`), right: body
    NODE_CASE,     // words: the subject, items
    NODE_FUNCTION, // name, right: body
};

struct case_item {
    struct word *patterns;
    struct node *body; // NULL if empty
    struct case_item *next;
};

struct node {
    enum node_kind kind;
    bool over_arguments;
    struct node *left, *right, *other;
    struct node *next; // in a pipeline
    const char *name;
    struct word *assignments, *words;
    struct case_item *items;
    struct redirect *redirects;
};

#endif
