// SPDX-License-Identifier: MIT
//
// The parser: one complete command at a time, from a source into a tree.
//
// Layer: sh. Source: POSIX.1-2017 XCU 2.9 (commands), 2.10 (grammar).

#ifndef SH_PARSE_H
#define SH_PARSE_H

#include "arena.h"
#include "ast.h"
#include "scan.h"

enum parse_result {
    PARSE_COMMAND, // *NODE is the command, NULL for an empty line
    PARSE_END,     // there is no more
    PARSE_ERROR,   // a message was printed; the rest of the line was dropped
};

// Reads the next complete command from SOURCE. The tree is in ARENA.
enum parse_result parse_command(struct source *source, struct arena *arena, struct node **node);

// Whether LENGTH bytes of TEXT are a name that a variable or function can have.
bool parse_is_name(const char *text, size_t length);

// Whether WORD has a meaning of its own at the start of a command.
bool parse_is_reserved(const char *word);

#endif
