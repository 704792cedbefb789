// SPDX-License-Identifier: MIT
//
// The line editor; line.h is the interface. The line is drawn anew after each key, with one write. Positions are bytes
// and always between whole UTF-8 characters, each of which takes one column.

#include "line.h"

#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../lib/term.h"
#include "../lib/util.h"
#include "complete.h"
#include "history.h"
#include "list.h"

struct editor {
    const char *prompt;
    char *text;
    size_t length, capacity, cursor;
    size_t history;  // index of the line shown, history_count() for the new one
    char *pending;   // the new line while another is shown
    bool second_tab; // the last key was a Tab that changed nothing
    bool done;
    enum line_result result;
};

static char *cut_text; // what Ctrl-K and the like took, for Ctrl-Y

static size_t before(const struct editor *editor, size_t position)
{
    if (position > 0) {
        position--;
    }
    while (position > 0 && term_is_continuation(editor->text[position])) {
        position--;
    }
    return position;
}

static size_t after(const struct editor *editor, size_t position)
{
    if (position < editor->length) {
        position++;
    }
    while (position < editor->length && term_is_continuation(editor->text[position])) {
        position++;
    }
    return position;
}

static bool in_word(const struct editor *editor, size_t position)
{
    unsigned char c = (unsigned char)editor->text[position];
    return isalnum(c) || c == '_' || c >= 0x80;
}

static size_t word_before(const struct editor *editor)
{
    size_t position = editor->cursor;
    while (position > 0 && !in_word(editor, position - 1)) {
        position--;
    }
    while (position > 0 && in_word(editor, position - 1)) {
        position--;
    }
    return position;
}

static size_t word_after(const struct editor *editor)
{
    size_t position = editor->cursor;
    while (position < editor->length && !in_word(editor, position)) {
        position++;
    }
    while (position < editor->length && in_word(editor, position)) {
        position++;
    }
    return position;
}

// To the blank before the word before the cursor.
static size_t blank_before(const struct editor *editor)
{
    size_t position = editor->cursor;
    while (position > 0 && editor->text[position - 1] == ' ') {
        position--;
    }
    while (position > 0 && editor->text[position - 1] != ' ') {
        position--;
    }
    return position;
}

static void insert(struct editor *editor, const char *text, size_t length)
{
    if (editor->length + length + 1 > editor->capacity) {
        editor->capacity = (editor->length + length + 64) * 2;
        editor->text = util_realloc(editor->text, editor->capacity);
    }
    memmove(editor->text + editor->cursor + length, editor->text + editor->cursor, editor->length - editor->cursor);
    memcpy(editor->text + editor->cursor, text, length);
    editor->length += length;
    editor->cursor += length;
    editor->text[editor->length] = '\0';
}

// Takes out what is from START to END; the cursor is then there.
static void take_out(struct editor *editor, size_t start, size_t end)
{
    memmove(editor->text + start, editor->text + end, editor->length - end);
    editor->length -= end - start;
    editor->text[editor->length] = '\0';
    editor->cursor = start;
}

static void cut(struct editor *editor, size_t start, size_t end)
{
    if (start < end) {
        free(cut_text);
        cut_text = util_strndup(editor->text + start, end - start);
        take_out(editor, start, end);
    }
}

static void replace_line(struct editor *editor, const char *text)
{
    take_out(editor, 0, editor->length);
    insert(editor, text, strlen(text));
}

static void draw_with(struct editor *editor, const char *prompt)
{
    int rows;
    int columns;
    term_size(STDOUT_FILENO, &rows, &columns);
    size_t prompt_width = term_text_width(prompt);
    size_t room = (size_t)columns > prompt_width + 8 ? (size_t)columns - prompt_width - 1 : 8;
    // Scroll so far that the cursor is seen.
    size_t start = 0;
    size_t column = 0;
    for (size_t i = 0; i < editor->cursor; i = after(editor, i)) {
        column++;
    }
    while (column > room) {
        start = after(editor, start);
        column--;
    }
    size_t end = start;
    for (size_t width = 0; end < editor->length && width < room; width++) {
        end = after(editor, end);
    }
    struct string output = { NULL, 0, 0 };
    string_char(&output, '\r');
    string_text(&output, prompt);
    string_bytes(&output, editor->text + start, end - start);
    string_text(&output, "\033[K\r");
    if (prompt_width + column > 0) {
        char move[24];
        snprintf(move, sizeof move, "\033[%uC", (unsigned)(prompt_width + column));
        string_text(&output, move);
    }
    util_write_all(STDOUT_FILENO, output.text, output.length);
    free(output.text);
}

static void draw(struct editor *editor)
{
    draw_with(editor, editor->prompt);
}

static void show_history(struct editor *editor, size_t index)
{
    if (editor->history == history_count()) {
        free(editor->pending);
        editor->pending = util_strdup(editor->text);
    }
    editor->history = index;
    replace_line(editor, index == history_count() ? editor->pending : history_line(index));
}

static void history_up(struct editor *editor)
{
    if (editor->history > 0) {
        show_history(editor, editor->history - 1);
    }
}

static void history_down(struct editor *editor)
{
    if (editor->history < history_count()) {
        show_history(editor, editor->history + 1);
    }
}

static void beep(void)
{
    util_write_all(STDOUT_FILENO, "\a", 1);
}

// The candidates, in columns, below the line.
static void list_candidates(const struct completion *completion)
{
    int rows;
    int columns;
    term_size(STDOUT_FILENO, &rows, &columns);
    size_t widest = 1;
    for (size_t i = 0; i < completion->words.count; i++) {
        size_t width = term_text_width(completion->words.items[i] + completion->shown_from);
        widest = width > widest ? width : widest;
    }
    size_t across = ((size_t)columns + 1) / (widest + 2);
    across = across > 0 ? across : 1;
    size_t down = (completion->words.count + across - 1) / across;
    printf("\r\n");
    for (size_t row = 0; row < down; row++) {
        for (size_t i = row; i < completion->words.count; i += down) {
            const char *word = completion->words.items[i] + completion->shown_from;
            bool last = i + down >= completion->words.count;
            printf("%s%*s", word, last ? 0 : (int)(widest + 2 - term_text_width(word)), "");
        }
        printf("\r\n");
    }
    fflush(stdout);
}

static void complete_word(struct editor *editor, bool again)
{
    struct completion completion = complete(editor->text, editor->cursor);
    editor->second_tab = false;
    if (completion.common == NULL) {
        beep();
        completion_free(&completion);
        return;
    }
    size_t length = strlen(completion.common);
    bool single = completion.words.count == 1;
    bool same = length == editor->cursor - completion.start
             && memcmp(completion.common, editor->text + completion.start, length) == 0;
    if (single || !same) {
        take_out(editor, completion.start, editor->cursor);
        insert(editor, completion.common, length);
        if (single && length > 0 && completion.common[length - 1] != '/') {
            insert(editor, " ", 1);
        }
        editor->second_tab = !single;
    } else if (again) {
        list_candidates(&completion);
    } else {
        beep();
        editor->second_tab = true;
    }
    completion_free(&completion);
}

static bool find_back(const char *text, size_t *from)
{
    for (size_t i = *from; i > 0; i--) {
        if (strstr(history_line(i - 1), text) != NULL) {
            *from = i - 1;
            return true;
        }
    }
    return false;
}

static void handle_key(struct editor *editor, int key);

// Ctrl-R: what is typed is looked for in older lines; Ctrl-R again goes further back, any other key takes the line.
static void search_back(struct editor *editor)
{
    struct string wanted = { NULL, 0, 0 };
    string_text(&wanted, "");
    size_t found = history_count();
    for (;;) {
        struct string prompt = { NULL, 0, 0 };
        string_text(&prompt, "(search) ");
        string_text(&prompt, wanted.text);
        string_text(&prompt, ": ");
        draw_with(editor, prompt.text);
        free(prompt.text);
        int key = term_read_key(STDIN_FILENO);
        size_t from = history_count();
        if (key == TERM_CTRL('R')) {
            from = found;
        } else if ((key == 127 || key == TERM_CTRL('H')) && wanted.length > 0) {
            wanted.text[--wanted.length] = '\0';
        } else if (key >= ' ' && key < 256 && key != 127) {
            string_char(&wanted, (char)key);
        } else {
            free(wanted.text);
            if (key != TERM_CTRL('G') && key != TERM_KEY_INTERRUPTED) {
                handle_key(editor, key);
            }
            return;
        }
        if (wanted.length > 0 && find_back(wanted.text, &from)) {
            found = from;
            show_history(editor, found);
        } else {
            beep();
        }
    }
}

static void swap_characters(struct editor *editor)
{
    if (editor->length < 2 || editor->cursor == 0) {
        return;
    }
    size_t right = editor->cursor == editor->length ? before(editor, editor->length) : editor->cursor;
    size_t left = before(editor, right);
    size_t end = after(editor, right);
    if (left == right) {
        return;
    }
    char *moved = util_strndup(editor->text + left, right - left);
    size_t moved_length = right - left;
    take_out(editor, left, right);
    editor->cursor = end - moved_length;
    insert(editor, moved, moved_length);
    free(moved);
}

static void finish(struct editor *editor, enum line_result result)
{
    editor->cursor = editor->length;
    draw(editor);
    util_write_all(STDOUT_FILENO, result == LINE_CANCELLED ? "^C\r\n" : "\r\n", result == LINE_CANCELLED ? 4 : 2);
    editor->done = true;
    editor->result = result;
}

// Keys that move the cursor. Returns false if KEY is none of them.
static bool move_key(struct editor *editor, int key)
{
    switch (key) {
    case TERM_CTRL('A'):
    case TERM_KEY_HOME: editor->cursor = 0; return true;
    case TERM_CTRL('E'):
    case TERM_KEY_END: editor->cursor = editor->length; return true;
    case TERM_CTRL('B'):
    case TERM_KEY_LEFT: editor->cursor = before(editor, editor->cursor); return true;
    case TERM_CTRL('F'):
    case TERM_KEY_RIGHT: editor->cursor = after(editor, editor->cursor); return true;
    case TERM_ALT + 'b':
    case TERM_KEY_WORD_LEFT: editor->cursor = word_before(editor); return true;
    case TERM_ALT + 'f':
    case TERM_KEY_WORD_RIGHT: editor->cursor = word_after(editor); return true;
    case TERM_CTRL('P'):
    case TERM_KEY_UP: history_up(editor); return true;
    case TERM_CTRL('N'):
    case TERM_KEY_DOWN: history_down(editor); return true;
    default: return false;
    }
}

// Keys that take something out or put it back. Returns false if KEY is none of them.
static bool change_key(struct editor *editor, int key)
{
    switch (key) {
    case 127:
    case TERM_CTRL('H'): take_out(editor, before(editor, editor->cursor), editor->cursor); return true;
    case TERM_KEY_DELETE: take_out(editor, editor->cursor, after(editor, editor->cursor)); return true;
    case TERM_CTRL('K'): cut(editor, editor->cursor, editor->length); return true;
    case TERM_CTRL('U'): cut(editor, 0, editor->cursor); return true;
    case TERM_CTRL('W'): cut(editor, blank_before(editor), editor->cursor); return true;
    case TERM_ALT + 127: cut(editor, word_before(editor), editor->cursor); return true;
    case TERM_ALT + 'd': cut(editor, editor->cursor, word_after(editor)); return true;
    case TERM_CTRL('T'): swap_characters(editor); return true;
    case TERM_CTRL('Y'):
        if (cut_text != NULL) {
            insert(editor, cut_text, strlen(cut_text));
        }
        return true;
    default: return false;
    }
}

static void handle_key(struct editor *editor, int key)
{
    bool again = editor->second_tab;
    editor->second_tab = false;
    if (move_key(editor, key) || change_key(editor, key)) {
        return;
    }
    if (key == '\r' || key == '\n') {
        finish(editor, LINE_READ);
    } else if (key == TERM_CTRL('C') || key == TERM_KEY_INTERRUPTED) {
        finish(editor, LINE_CANCELLED);
    } else if (key == TERM_KEY_END_OF_INPUT || (key == TERM_CTRL('D') && editor->length == 0)) {
        finish(editor, LINE_END);
    } else if (key == TERM_CTRL('D')) {
        take_out(editor, editor->cursor, after(editor, editor->cursor));
    } else if (key == '\t') {
        complete_word(editor, again);
    } else if (key == TERM_CTRL('L')) {
        util_write_all(STDOUT_FILENO, "\033[H\033[2J", 7);
    } else if (key == TERM_CTRL('R')) {
        search_back(editor);
    } else if (key >= ' ' && key < 256) {
        char c = (char)key;
        insert(editor, &c, 1);
    }
}

// Goes to the next line if the cursor is not in the first column, so that the prompt overwrites nothing: as many blanks as
// a line has fill the first line without leaving it (the last column waits with the wrap), and go over the end of any other.
static void fresh_line(void)
{
    int rows;
    int columns;
    term_size(STDOUT_FILENO, &rows, &columns);
    struct string blanks = { NULL, 0, 0 };
    for (int i = 0; i < columns; i++) {
        string_char(&blanks, ' ');
    }
    util_write_all(STDOUT_FILENO, blanks.text, blanks.length);
    free(blanks.text);
}

enum line_result line_read(const char *prompt, char **line)
{
    struct editor editor = { .prompt = prompt, .history = history_count() };
    insert(&editor, "", 0);
    fflush(stdout);
    if (term_raw(STDIN_FILENO) != 0) {
        free(editor.text);
        return LINE_END;
    }
    fresh_line();
    while (!editor.done) {
        draw(&editor);
        handle_key(&editor, term_read_key(STDIN_FILENO));
    }
    term_restore(STDIN_FILENO);
    free(editor.pending);
    if (editor.result == LINE_READ) {
        *line = editor.text;
    } else {
        free(editor.text);
    }
    return editor.result;
}
