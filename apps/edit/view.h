// SPDX-License-Identifier: MIT
//
// The editor's window on its text: which part is on the screen, and the drawing of it.
//
// Layer: edit. Draws with ANSI sequences that every terminal of the last decades knows; each drawing is one write.

#ifndef EDIT_VIEW_H
#define EDIT_VIEW_H

#include "buffer.h"

struct view {
    struct position cursor;
    size_t top;         // first line on the screen
    size_t left;        // first column on the screen
    size_t wanted;      // the column that up and down aim for
    bool numbers;       // line numbers at the left
    const char *name;   // of the file, for the status line
    const char *prompt; // a question on the last line, with the answer after it; NULL if none is asked
    const char *answer;
    char message[160];  // on the last line until the next key
};

// The number of text lines that fit on the screen.
size_t view_rows(void);

// Draws everything, scrolling so that the cursor is seen.
void view_draw(struct view *view, const struct buffer *buffer);

// The column on the screen at which byte COLUMN of LINE is drawn, and the byte that is drawn at a column.
size_t view_column(const struct line *line, size_t column);
size_t view_byte(const struct line *line, size_t column);

#endif
