// SPDX-License-Identifier: MIT
//
// The text that is edited: an array of lines, changed through two operations only, so that undo knows of every change.
//
// Layer: edit; no terminal, no files. Lines hold any bytes but newlines. There is always at least one line; text that
// ends with a newline has an empty last one, so lines joined by newlines are the text again, byte for byte.

#ifndef EDIT_BUFFER_H
#define EDIT_BUFFER_H

#include <stdbool.h>
#include <stddef.h>

struct line {
    char *text; // not NUL-terminated
    size_t length;
};

// A place between two bytes; column counts bytes.
struct position {
    size_t row, column;
};

struct buffer {
    struct line *lines;
    size_t count, capacity;
    struct change *undo, *redo; // newest first
    size_t depth;               // undoable changes since the text was loaded; see buffer_is_modified
    size_t saved_depth;
    bool merge;                 // the next insertion may be joined with the newest change
};

// Makes BUFFER hold LENGTH bytes of TEXT, with nothing to undo.
void buffer_load(struct buffer *buffer, const char *text, size_t length);

// The whole text, malloc'd; its length in *LENGTH.
char *buffer_text(const struct buffer *buffer, size_t *length);

// Puts LENGTH bytes of TEXT in at AT. Returns the place after them.
struct position buffer_insert(struct buffer *buffer, struct position at, const char *text, size_t length);

// Takes out what is between FROM and TO, FROM being first.
void buffer_remove(struct buffer *buffer, struct position from, struct position to);

// What is between FROM and TO, malloc'd; its length in *LENGTH.
char *buffer_copy(const struct buffer *buffer, struct position from, struct position to, size_t *length);

// Takes the newest change back, or makes it again. Returns whether there was one; *CURSOR is then where it was.
bool buffer_undo(struct buffer *buffer, struct position *cursor);
bool buffer_redo(struct buffer *buffer, struct position *cursor);

// Ends a run of typing: what comes next is undone by itself.
void buffer_break(struct buffer *buffer);

// Whether the text differs from what was loaded or last marked as saved.
bool buffer_is_modified(const struct buffer *buffer);
void buffer_mark_saved(struct buffer *buffer);

// Finds TEXT at or after FROM, going on from the beginning at the end. Returns false if it is nowhere.
bool buffer_find(const struct buffer *buffer, struct position from, const char *text, struct position *found);

#endif
