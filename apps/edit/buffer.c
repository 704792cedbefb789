// SPDX-License-Identifier: MIT
//
// The text; buffer.h is the interface. A change is kept as its place and its text: taking an insertion back is a
// removal and the other way round.

#include "buffer.h"

#include <stdlib.h>
#include <string.h>

#include "../lib/util.h"

struct change {
    struct change *next;
    bool inserted;
    struct position from, to;
    char *text;
    size_t length;
};

static void free_changes(struct change **changes)
{
    while (*changes != NULL) {
        struct change *next = (*changes)->next;
        free((*changes)->text);
        free(*changes);
        *changes = next;
    }
}

static struct line make_line(const char *text, size_t length)
{
    return (struct line){ .text = util_strndup(text, length), .length = length };
}

// Makes room for COUNT lines before line ROW.
static void open_lines(struct buffer *buffer, size_t row, size_t count)
{
    if (buffer->count + count > buffer->capacity) {
        buffer->capacity = (buffer->count + count) * 2;
        buffer->lines = util_realloc(buffer->lines, buffer->capacity * sizeof *buffer->lines);
    }
    memmove(buffer->lines + row + count, buffer->lines + row, (buffer->count - row) * sizeof *buffer->lines);
    buffer->count += count;
}

static void close_lines(struct buffer *buffer, size_t row, size_t count)
{
    for (size_t i = row; i < row + count; i++) {
        free(buffer->lines[i].text);
    }
    memmove(buffer->lines + row, buffer->lines + row + count, (buffer->count - row - count) * sizeof *buffer->lines);
    buffer->count -= count;
}

// Replaces what is from START to END in LINE by LENGTH bytes of TEXT.
static void splice(struct line *line, size_t start, size_t end, const char *text, size_t length)
{
    size_t tail = line->length - end;
    if (length > end - start) {
        line->text = util_realloc(line->text, start + length + tail + 1);
    }
    memmove(line->text + start + length, line->text + end, tail);
    memcpy(line->text + start, text, length);
    line->length = start + length + tail;
}

static size_t count_newlines(const char *text, size_t length)
{
    size_t count = 0;
    for (size_t i = 0; i < length; i++) {
        count += text[i] == '\n';
    }
    return count;
}

static struct position put_in(struct buffer *buffer, struct position at, const char *text, size_t length)
{
    size_t newlines = count_newlines(text, length);
    if (newlines == 0) {
        splice(&buffer->lines[at.row], at.column, at.column, text, length);
        return (struct position){ at.row, at.column + length };
    }
    // The line is cut in two; the first part of the text ends the one, its last part starts the other.
    struct line *first = &buffer->lines[at.row];
    struct line rest = make_line(first->text + at.column, first->length - at.column);
    const char *end = memchr(text, '\n', length);
    size_t part = (size_t)(end - text);
    splice(first, at.column, first->length, text, part);
    open_lines(buffer, at.row + 1, newlines);
    size_t row = at.row + 1;
    for (size_t left = length - part - 1;; row++) {
        text = end + 1;
        end = memchr(text, '\n', left);
        if (end == NULL) {
            splice(&rest, 0, 0, text, left);
            buffer->lines[row] = rest;
            return (struct position){ row, left };
        }
        part = (size_t)(end - text);
        buffer->lines[row] = make_line(text, part);
        left -= part + 1;
    }
}

static void take_out(struct buffer *buffer, struct position from, struct position to)
{
    struct line *first = &buffer->lines[from.row];
    if (from.row == to.row) {
        splice(first, from.column, to.column, "", 0);
        return;
    }
    struct line *last = &buffer->lines[to.row];
    splice(first, from.column, first->length, last->text + to.column, last->length - to.column);
    close_lines(buffer, from.row + 1, to.row - from.row);
}

void buffer_load(struct buffer *buffer, const char *text, size_t length)
{
    free_changes(&buffer->undo);
    free_changes(&buffer->redo);
    if (buffer->count > 0) {
        close_lines(buffer, 0, buffer->count);
    }
    open_lines(buffer, 0, 1);
    buffer->lines[0] = make_line("", 0);
    buffer->depth = 0;
    buffer->saved_depth = 0;
    put_in(buffer, (struct position){ 0, 0 }, text, length);
}

char *buffer_copy(const struct buffer *buffer, struct position from, struct position to, size_t *length)
{
    size_t size = 0;
    for (size_t row = from.row; row <= to.row; row++) {
        size += buffer->lines[row].length + 1;
    }
    char *text = util_alloc(size);
    char *next = text;
    for (size_t row = from.row; row <= to.row; row++) {
        size_t start = row == from.row ? from.column : 0;
        size_t end = row == to.row ? to.column : buffer->lines[row].length;
        memcpy(next, buffer->lines[row].text + start, end - start);
        next += end - start;
        if (row < to.row) {
            *next++ = '\n';
        }
    }
    *length = (size_t)(next - text);
    return text;
}

char *buffer_text(const struct buffer *buffer, size_t *length)
{
    struct position end = { buffer->count - 1, buffer->lines[buffer->count - 1].length };
    return buffer_copy(buffer, (struct position){ 0, 0 }, end, length);
}

// Remembers a change just made. TEXT is malloc'd and taken over.
static void remember(struct buffer *buffer, bool inserted, struct position from, struct position to, char *text,
                     size_t length)
{
    // What was undone after the text was saved can never be reached again: no depth means `saved` any more.
    if (buffer->saved_depth > buffer->depth) {
        buffer->saved_depth = (size_t)-1;
    }
    free_changes(&buffer->redo);
    struct change *last = buffer->undo;
    bool joins = buffer->merge && inserted && last != NULL && last->inserted && last->to.row == from.row
              && last->to.column == from.column && buffer->saved_depth != buffer->depth && length == 1 && *text != '\n';
    if (joins) {
        last->text = util_realloc(last->text, last->length + length);
        memcpy(last->text + last->length, text, length);
        last->length += length;
        last->to = to;
        free(text);
        return;
    }
    struct change *change = util_alloc(sizeof *change);
    *change = (struct change){ buffer->undo, inserted, from, to, text, length };
    buffer->undo = change;
    buffer->depth++;
    buffer->merge = true;
}

struct position buffer_insert(struct buffer *buffer, struct position at, const char *text, size_t length)
{
    struct position end = put_in(buffer, at, text, length);
    remember(buffer, true, at, end, util_strndup(text, length), length);
    return end;
}

void buffer_remove(struct buffer *buffer, struct position from, struct position to)
{
    size_t length;
    char *text = buffer_copy(buffer, from, to, &length);
    if (length == 0) {
        free(text);
        return;
    }
    take_out(buffer, from, to);
    remember(buffer, false, from, to, text, length);
}

// Moves the newest change from one list to the other and makes it, or its opposite with BACK.
static bool replay(struct buffer *buffer, struct change **from, struct change **to, bool back, struct position *cursor)
{
    struct change *change = *from;
    if (change == NULL) {
        return false;
    }
    if (change->inserted != back) {
        *cursor = put_in(buffer, change->from, change->text, change->length);
    } else {
        take_out(buffer, change->from, change->to);
        *cursor = change->from;
    }
    *from = change->next;
    change->next = *to;
    *to = change;
    buffer->depth += back ? (size_t)-1 : 1;
    buffer->merge = false;
    return true;
}

bool buffer_undo(struct buffer *buffer, struct position *cursor)
{
    return replay(buffer, &buffer->undo, &buffer->redo, true, cursor);
}

bool buffer_redo(struct buffer *buffer, struct position *cursor)
{
    return replay(buffer, &buffer->redo, &buffer->undo, false, cursor);
}

void buffer_break(struct buffer *buffer)
{
    buffer->merge = false;
}

bool buffer_is_modified(const struct buffer *buffer)
{
    return buffer->depth != buffer->saved_depth;
}

void buffer_mark_saved(struct buffer *buffer)
{
    buffer->saved_depth = buffer->depth;
}

static bool find_in_line(const struct line *line, size_t start, const char *text, size_t length, size_t *column)
{
    for (size_t i = start; i + length <= line->length; i++) {
        if (memcmp(line->text + i, text, length) == 0) {
            *column = i;
            return true;
        }
    }
    return false;
}

bool buffer_find(const struct buffer *buffer, struct position from, const char *text, struct position *found)
{
    size_t length = strlen(text);
    // The first line comes once more at the end, for what stands before FROM.
    for (size_t i = 0; i <= buffer->count; i++) {
        size_t row = (from.row + i) % buffer->count;
        if (find_in_line(&buffer->lines[row], i == 0 ? from.column : 0, text, length, &found->column)) {
            found->row = row;
            return true;
        }
    }
    return false;
}
