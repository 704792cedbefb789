// SPDX-License-Identifier: MIT
//
// Drawing; view.h is the interface. A tab reaches to the next multiple of eight columns, a control character shows as
// `?`, a UTF-8 character takes one column.

#include "view.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../lib/builder.h"
#include "../lib/term.h"
#include "../lib/util.h"

enum { TAB = 8, OTHER_LINES = 2 };

static void screen_size(size_t *rows, size_t *columns)
{
    int height;
    int width;
    term_size(STDOUT_FILENO, &height, &width);
    *rows = height > OTHER_LINES + 1 ? (size_t)(height - OTHER_LINES) : 1;
    *columns = width > 16 ? (size_t)width : 16;
}

size_t view_rows(void)
{
    size_t rows;
    size_t columns;
    screen_size(&rows, &columns);
    return rows;
}

// The columns that the byte at INDEX adds, COLUMN being where it is drawn.
static size_t width_at(const struct line *line, size_t index, size_t column)
{
    if (line->text[index] == '\t') {
        return TAB - column % TAB;
    }
    return term_is_continuation(line->text[index]) ? 0 : 1;
}

size_t view_column(const struct line *line, size_t column)
{
    size_t width = 0;
    for (size_t i = 0; i < column; i++) {
        width += width_at(line, i, width);
    }
    return width;
}

size_t view_byte(const struct line *line, size_t column)
{
    size_t width = 0;
    for (size_t i = 0; i < line->length; i++) {
        size_t next = width + width_at(line, i, width);
        if (next > column) {
            return i;
        }
        width = next;
    }
    return line->length;
}

static size_t number_width(const struct view *view, const struct buffer *buffer)
{
    char digits[24];
    return view->numbers ? (size_t)snprintf(digits, sizeof digits, "%lu", (unsigned long)buffer->count) + 1 : 0;
}

static void scroll(struct view *view, size_t column, size_t rows, size_t columns)
{
    if (view->cursor.row < view->top) {
        view->top = view->cursor.row;
    }
    if (view->cursor.row >= view->top + rows) {
        view->top = view->cursor.row - rows + 1;
    }
    if (column < view->left) {
        view->left = column;
    }
    if (column >= view->left + columns) {
        view->left = column - columns + 1;
    }
}

// The part of LINE from column LEFT on that fits into COLUMNS.
static void put_line(struct string *output, const struct line *line, size_t left, size_t columns)
{
    size_t column = 0;
    for (size_t i = 0; i < line->length; i++) {
        unsigned char c = (unsigned char)line->text[i];
        size_t next = column + width_at(line, i, column);
        if (column >= left + columns && next > column) {
            return;
        }
        if (c == '\t') {
            for (size_t at = column; at < next; at++) {
                if (at >= left && at < left + columns) {
                    string_char(output, ' ');
                }
            }
        } else if (column >= left && !(next == column && column == left)) {
            string_char(output, c < ' ' || c == 127 ? '?' : (char)c);
        }
        column = next;
    }
}

static void put_rows(struct string *output, const struct view *view, const struct buffer *buffer, size_t rows,
                     size_t columns)
{
    size_t width = number_width(view, buffer);
    for (size_t i = 0; i < rows; i++) {
        size_t row = view->top + i;
        if (row < buffer->count && width > 0) {
            char number[48];
            snprintf(number, sizeof number, "\033[2m%*lu\033[0m ", (int)width - 1, (unsigned long)row + 1);
            string_text(output, number);
        }
        if (row < buffer->count) {
            put_line(output, &buffer->lines[row], view->left, columns - width);
        } else {
            string_char(output, '~');
        }
        string_text(output, "\033[K\r\n");
    }
}

static void put_status(struct string *output, const struct view *view, const struct buffer *buffer, size_t columns)
{
    char left[512];
    char right[80];
    snprintf(left, sizeof left, " %s%s", view->name != NULL ? view->name : "(no name)",
             buffer_is_modified(buffer) ? " [modified]" : "");
    size_t column = view_column(&buffer->lines[view->cursor.row], view->cursor.column);
    int length = snprintf(right, sizeof right, "line %lu of %lu, column %lu ", (unsigned long)view->cursor.row + 1,
                          (unsigned long)buffer->count, (unsigned long)column + 1);
    size_t room = columns > (size_t)length ? columns - (size_t)length : 0;
    string_text(output, "\033[7m");
    char *shown = util_strndup(left, strlen(left) < room ? strlen(left) : room);
    string_text(output, shown);
    for (size_t i = term_text_width(shown); i < room; i++) {
        string_char(output, ' ');
    }
    free(shown);
    string_bytes(output, right, (size_t)length < columns ? (size_t)length : columns);
    string_text(output, "\033[0m\r\n");
}

static void put_last_line(struct string *output, const struct view *view, size_t columns)
{
    struct string text = { NULL, 0, 0 };
    string_text(&text, view->prompt != NULL ? view->prompt : view->message);
    string_text(&text, view->prompt != NULL ? view->answer : "");
    // The end of a long answer is what its writer looks at.
    size_t skipped = text.length > columns - 1 ? text.length - (columns - 1) : 0;
    string_text(output, text.text + skipped);
    string_text(output, "\033[K");
    free(text.text);
}

void view_draw(struct view *view, const struct buffer *buffer)
{
    size_t rows;
    size_t columns;
    screen_size(&rows, &columns);
    size_t numbers = number_width(view, buffer);
    size_t column = view_column(&buffer->lines[view->cursor.row], view->cursor.column);
    scroll(view, column, rows, columns - numbers);
    struct string output = { NULL, 0, 0 };
    string_text(&output, "\033[?25l\033[H");
    put_rows(&output, view, buffer, rows, columns);
    put_status(&output, view, buffer, columns);
    put_last_line(&output, view, columns);
    if (view->prompt == NULL) {
        char move[48];
        snprintf(move, sizeof move, "\033[%lu;%luH", (unsigned long)(view->cursor.row - view->top + 1),
                 (unsigned long)(column - view->left + numbers + 1));
        string_text(&output, move);
    }
    string_text(&output, "\033[?25h");
    util_write_all(STDOUT_FILENO, output.text, output.length);
    free(output.text);
}
