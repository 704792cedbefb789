// SPDX-License-Identifier: MIT
//
// Redirections, made in the shell itself and taken back: programs inherit what the shell has at that moment, and
// builtins and compound commands need nothing else.
//
// Layer: sh. What a descriptor was before is kept under a high number that programs do not inherit.

#ifndef SH_REDIRECT_H
#define SH_REDIRECT_H

#include <stdbool.h>
#include <stddef.h>

#include "ast.h"

enum { REDIRECT_LIMIT = 16 };

struct redirect_undo {
    struct {
        int fd;
        int kept; // the descriptor that holds the old one, -1 if there was none
    } entries[REDIRECT_LIMIT];
    int count;
};

// Starts with nothing to take back.
void redirect_save(struct redirect_undo *undo);

// Makes each of REDIRECTS. Returns false after a message if one cannot be made; those before it stay to be undone.
bool redirect_apply(struct redirect_undo *undo, const struct redirect *redirects);

// Makes FD mean what FROM means. Returns false after a message on failure.
bool redirect_to(struct redirect_undo *undo, int from, int fd);

// Takes everything back.
void redirect_undo(struct redirect_undo *undo);

// Keeps everything as it is now, for `exec`.
void redirect_keep(struct redirect_undo *undo);

// A nameless temporary file: returns a descriptor that appends to it, and in *READER one that reads from its beginning;
// programs inherit neither. Returns -1 with errno set; PATH is then what could not be made.
int redirect_temporary(char *path, size_t size, int *reader);

#endif
