// SPDX-License-Identifier: MIT
//
// Text that is being read, and the scanner that finds where quotes and substitutions in it end. The lexer uses it on
// what people type, which may have to be asked for line by line; the expander uses it on single words.
//
// Layer: sh. Positions are offsets: the text moves when it grows.

#ifndef SH_SCAN_H
#define SH_SCAN_H

#include <stdbool.h>
#include <stddef.h>

enum { SCAN_END = -1 };

struct source {
    const char *name; // for messages
    char *text;       // not NUL-terminated as far as anybody may rely on
    size_t length;
    size_t position;
    int line;         // of the position, counted by the lexer
    // Appends at least one more character to the text. MORE says that a command has begun. NULL if the text is all
    // there is. Returns false at the end.
    bool (*refill)(struct source *source, bool more);
    bool in_command;  // passed to refill
    bool ended;       // refill said that there is no more; it is not asked again
    bool cancelled;   // the last refill failed because the user gave the command up: no error is to be told
};

// The character AHEAD of the position, asking for more text if need be, or SCAN_END.
int scan_peek(struct source *source, size_t ahead);

// Each moves the position from the first character of a construct to after its last one. False: the text ends first.
bool scan_single_quotes(struct source *source);
bool scan_double_quotes(struct source *source);
bool scan_backquotes(struct source *source);

// `$` and what belongs to it: a name, a special parameter, `{...}`, `(...)`, `((...))`, or nothing.
bool scan_dollar(struct source *source);

// Any one piece of a word: a quoted part, an escaped character, a substitution, a plain character.
bool scan_piece(struct source *source);

// A source over LENGTH bytes of TEXT that starts at its beginning.
struct source scan_text(const char *text, size_t length);

#endif
