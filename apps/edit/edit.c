// SPDX-License-Identifier: MIT
//
// edit: a small full-screen editor. Arrows, Home, End, Page Up and Down move; Ctrl-S saves, Ctrl-Q leaves, Ctrl-F
// finds, Ctrl-Z takes back; Ctrl-X lists all keys at the bottom of the screen.
//
// buffer.c is the text, view.c the screen, this file the keys and the file on disk. Files are taken and written byte
// for byte. The text is in memory in whole.

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../lib/builder.h"
#include "../lib/term.h"
#include "../lib/util.h"
#include "buffer.h"
#include "view.h"

static const char help[] =
    "^S save ^O save as ^Q quit ^F find ^G line ^K cut line ^U paste ^Z undo ^Y redo ^T numbers";

static struct buffer buffer;
static struct view view;
static char *file_name;
static char *wanted_text; // what was looked for last
static char *cut_lines;   // what Ctrl-K took
static size_t cut_length;
static bool leaving;

static struct line *current(void)
{
    return &buffer.lines[view.cursor.row];
}

static void say(const char *format, const char *subject)
{
    snprintf(view.message, sizeof view.message, format, subject);
}

// Moves the cursor sideways: the column that up and down aim for is then here.
static void move_to(struct position position)
{
    view.cursor = position;
    view.wanted = view_column(current(), position.column);
}

// Asks on the last line. Returns the answer, malloc'd, or NULL if it was given up.
static char *ask(const char *prompt, const char *initial)
{
    struct string answer = { NULL, 0, 0 };
    string_text(&answer, initial);
    view.prompt = prompt;
    for (;;) {
        view.answer = answer.text;
        view_draw(&view, &buffer);
        int key = term_read_key(STDIN_FILENO);
        if (key == '\r' || key == '\n') {
            break;
        }
        if (key == TERM_CTRL('C') || key == TERM_CTRL('G') || key == TERM_CTRL('Q') || key == TERM_KEY_END_OF_INPUT
            || key == TERM_ALT + 27) {
            free(answer.text);
            answer.text = NULL;
            break;
        }
        if ((key == 127 || key == TERM_CTRL('H')) && answer.length > 0) {
            do {
                answer.length--;
            } while (answer.length > 0 && term_is_continuation(answer.text[answer.length]));
            answer.text[answer.length] = '\0';
        } else if (key == TERM_CTRL('U')) {
            answer.text[answer.length = 0] = '\0';
        } else if (key >= ' ' && key < 256 && key != 127) {
            string_char(&answer, (char)key);
        }
    }
    view.prompt = NULL;
    return answer.text;
}

// Asks for one key of CHOICES. Returns it, or 0 if the question was given up.
static int ask_key(const char *prompt, const char *choices)
{
    view.prompt = prompt;
    view.answer = "";
    int key;
    do {
        view_draw(&view, &buffer);
        key = term_read_key(STDIN_FILENO);
        if (key == TERM_CTRL('C') || key == TERM_CTRL('G') || key == TERM_KEY_END_OF_INPUT || key == TERM_ALT + 27) {
            key = 0;
        }
    } while (key != 0 && (key >= 256 || key < 0 || strchr(choices, tolower(key)) == NULL));
    view.prompt = NULL;
    return tolower(key);
}

static bool write_file(const char *path, const char *text, size_t length)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0666);
    if (fd < 0) {
        return false;
    }
    bool written = util_write_all(fd, text, length) == 0;
    int error = errno;
    if (close(fd) != 0 && written) {
        written = false;
        error = errno;
    }
    errno = error;
    return written;
}

static bool save(const char *path)
{
    size_t length;
    char *text = buffer_text(&buffer, &length);
    bool written = write_file(path, text, length);
    free(text);
    if (!written) {
        snprintf(view.message, sizeof view.message, "%s: not saved: %s", path, strerror(errno));
        return false;
    }
    buffer_mark_saved(&buffer);
    snprintf(view.message, sizeof view.message, "%s: saved, %lu bytes", path, (unsigned long)length);
    return true;
}

static bool save_as(void)
{
    char *path = ask("Save as: ", file_name != NULL ? file_name : "");
    if (path == NULL || *path == '\0') {
        say("%s", "Not saved");
        free(path);
        return false;
    }
    struct stat info;
    bool other = file_name == NULL || strcmp(path, file_name) != 0;
    if (other && stat(path, &info) == 0 && ask_key("That file exists. Replace it (y, n)? ", "yn") != 'y') {
        say("%s", "Not saved");
        free(path);
        return false;
    }
    if (!save(path)) {
        free(path);
        return false;
    }
    free(file_name);
    file_name = path;
    view.name = file_name;
    return true;
}

static bool save_file(void)
{
    return file_name != NULL ? save(file_name) : save_as();
}

static void quit(void)
{
    if (!buffer_is_modified(&buffer)) {
        leaving = true;
        return;
    }
    int key = ask_key("There are changes. Save them (y, n, Ctrl-C to stay)? ", "yn");
    leaving = key == 'n' || (key == 'y' && save_file());
}

static void find(void)
{
    char *text = ask("Find: ", wanted_text != NULL ? wanted_text : "");
    if (text == NULL || *text == '\0') {
        free(text);
        return;
    }
    free(wanted_text);
    wanted_text = text;
    struct position from = view.cursor;
    struct position found;
    from.column += from.column < current()->length;
    if (!buffer_find(&buffer, from, text, &found)) {
        say("%s: not found", text);
        return;
    }
    say(found.row < view.cursor.row || (found.row == view.cursor.row && found.column <= view.cursor.column)
            ? "Found, from the beginning again%s" : "%s", "");
    move_to(found);
}

static void go_to_line(void)
{
    char *answer = ask("Line: ", "");
    uint64_t number;
    if (answer != NULL && util_parse_u64(answer, &number) && number > 0) {
        size_t row = number <= buffer.count ? (size_t)number - 1 : buffer.count - 1;
        move_to((struct position){ row, 0 });
    } else if (answer != NULL) {
        say("%s: not a line number", answer);
    }
    free(answer);
}

static void move_rows(size_t rows, bool down)
{
    size_t last = buffer.count - 1;
    size_t row = view.cursor.row;
    view.cursor.row = down ? (last - row > rows ? row + rows : last) : (row > rows ? row - rows : 0);
    view.cursor.column = view_byte(current(), view.wanted);
}

static struct position left_of(struct position at)
{
    if (at.column == 0) {
        return at.row == 0 ? at : (struct position){ at.row - 1, buffer.lines[at.row - 1].length };
    }
    do {
        at.column--;
    } while (at.column > 0 && term_is_continuation(buffer.lines[at.row].text[at.column]));
    return at;
}

static struct position right_of(struct position at)
{
    const struct line *line = &buffer.lines[at.row];
    if (at.column == line->length) {
        return at.row + 1 == buffer.count ? at : (struct position){ at.row + 1, 0 };
    }
    do {
        at.column++;
    } while (at.column < line->length && term_is_continuation(line->text[at.column]));
    return at;
}

static bool at_word(struct position at)
{
    const struct line *line = &buffer.lines[at.row];
    unsigned char c = at.column < line->length ? (unsigned char)line->text[at.column] : ' ';
    return isalnum(c) || c == '_' || c >= 0x80;
}

static struct position word_left(struct position at)
{
    struct position origin = { 0, 0 };
    do {
        at = left_of(at);
    } while (!at_word(at) && (at.row != origin.row || at.column != origin.column));
    while (at.column > 0 && at_word(left_of(at))) {
        at = left_of(at);
    }
    return at;
}

static struct position word_right(struct position at)
{
    while (at_word(at)) {
        at = right_of(at);
    }
    while (!at_word(at) && (at.row + 1 < buffer.count || at.column < buffer.lines[at.row].length)) {
        at = right_of(at);
    }
    return at;
}

// Keys that move the cursor. Returns false if KEY is none of them.
static bool move_key(int key)
{
    struct position at = view.cursor;
    switch (key) {
    case TERM_KEY_UP:
    case TERM_CTRL('P'): move_rows(1, false); return true;
    case TERM_KEY_DOWN:
    case TERM_CTRL('N'): move_rows(1, true); return true;
    case TERM_KEY_PAGE_UP: move_rows(view_rows() - 1, false); return true;
    case TERM_KEY_PAGE_DOWN:
    case TERM_CTRL('V'): move_rows(view_rows() - 1, true); return true;
    case TERM_KEY_LEFT:
    case TERM_CTRL('B'): move_to(left_of(at)); return true;
    case TERM_KEY_RIGHT: move_to(right_of(at)); return true;
    case TERM_KEY_WORD_LEFT:
    case TERM_ALT + 'b': move_to(word_left(at)); return true;
    case TERM_KEY_WORD_RIGHT:
    case TERM_ALT + 'f': move_to(word_right(at)); return true;
    case TERM_KEY_HOME:
    case TERM_CTRL('A'): move_to((struct position){ at.row, 0 }); return true;
    case TERM_KEY_END:
    case TERM_CTRL('E'): move_to((struct position){ at.row, current()->length }); return true;
    case TERM_ALT + '<': move_to((struct position){ 0, 0 }); return true;
    case TERM_ALT + '>':
        move_to((struct position){ buffer.count - 1, buffer.lines[buffer.count - 1].length });
        return true;
    default: return false;
    }
}

static void insert(const char *text, size_t length)
{
    move_to(buffer_insert(&buffer, view.cursor, text, length));
}

// A new line starts with the blanks that the current one starts with.
static void new_line(void)
{
    struct string text = { NULL, 0, 0 };
    string_char(&text, '\n');
    const struct line *line = current();
    for (size_t i = 0; i < view.cursor.column && (line->text[i] == ' ' || line->text[i] == '\t'); i++) {
        string_char(&text, line->text[i]);
    }
    insert(text.text, text.length);
    free(text.text);
}

static void remove_to(struct position other)
{
    bool back = other.row < view.cursor.row || (other.row == view.cursor.row && other.column < view.cursor.column);
    struct position from = back ? other : view.cursor;
    struct position to = back ? view.cursor : other;
    buffer_break(&buffer);
    buffer_remove(&buffer, from, to);
    move_to(from);
}

// Cuts the current line; lines cut one after another are pasted together.
static void cut_line(bool again)
{
    struct position from = { view.cursor.row, 0 };
    struct position to = { from.row, current()->length };
    if (from.row + 1 < buffer.count) {
        to = (struct position){ from.row + 1, 0 };
    }
    size_t length;
    char *text = buffer_copy(&buffer, from, to, &length);
    if (!again) {
        free(cut_lines);
        cut_lines = NULL;
        cut_length = 0;
    }
    cut_lines = util_realloc(cut_lines, cut_length + length);
    memcpy(cut_lines + cut_length, text, length);
    cut_length += length;
    free(text);
    move_to(from);
    remove_to(to);
}

static void undo(bool back)
{
    struct position cursor;
    if (back ? buffer_undo(&buffer, &cursor) : buffer_redo(&buffer, &cursor)) {
        move_to(cursor);
    } else {
        say("Nothing to %s", back ? "undo" : "redo");
    }
}

// Keys that change the text. Returns false if KEY is none of them.
static bool change_key(int key, int last_key)
{
    switch (key) {
    case '\r':
    case '\n': new_line(); return true;
    case 127:
    case TERM_CTRL('H'): remove_to(left_of(view.cursor)); return true;
    case TERM_KEY_DELETE:
    case TERM_CTRL('D'): remove_to(right_of(view.cursor)); return true;
    case TERM_ALT + 127:
    case TERM_CTRL('W'): remove_to(word_left(view.cursor)); return true;
    case TERM_CTRL('K'): cut_line(last_key == key); return true;
    case TERM_CTRL('U'):
        buffer_break(&buffer);
        if (cut_length > 0) {
            insert(cut_lines, cut_length);
        }
        return true;
    case TERM_CTRL('Z'): undo(true); return true;
    case TERM_CTRL('Y'): undo(false); return true;
    default: break;
    }
    if (key == '\t' || (key >= ' ' && key < 256)) {
        char c = (char)key;
        insert(&c, 1);
        return true;
    }
    return false;
}

static void handle_key(int key, int last_key)
{
    if (move_key(key)) {
        buffer_break(&buffer);
        return;
    }
    if (change_key(key, last_key)) {
        return;
    }
    switch (key) {
    case TERM_CTRL('S'): save_file(); break;
    case TERM_CTRL('O'): save_as(); break;
    case TERM_CTRL('Q'): quit(); break;
    case TERM_CTRL('F'): find(); break;
    case TERM_CTRL('G'): go_to_line(); break;
    case TERM_CTRL('T'): view.numbers = !view.numbers; break;
    case TERM_CTRL('L'): util_write_all(STDOUT_FILENO, "\033[2J", 4); break;
    case TERM_CTRL('C'): say("%s", "Ctrl-Q leaves the editor"); break;
    default: say("%s", help); break;
    }
    buffer_break(&buffer);
}

// The file's text. A file that does not exist is empty and new. Leaves with a message if it cannot be read.
static void load(const char *path)
{
    struct string text = { NULL, 0, 0 };
    struct stat info;
    int fd = open(path, O_RDONLY);
    if (fd < 0 && errno != ENOENT) {
        util_die(1, "%s: %s", path, strerror(errno));
    }
    if (fd >= 0 && fstat(fd, &info) == 0 && S_ISDIR(info.st_mode)) {
        util_die(1, "%s: %s", path, strerror(EISDIR));
    }
    char block[4096];
    ssize_t got = 0;
    while (fd >= 0 && (got = read(fd, block, sizeof block)) > 0) {
        string_bytes(&text, block, (size_t)got);
    }
    if (got < 0) {
        util_die(1, "%s: %s", path, strerror(errno));
    }
    say(fd >= 0 ? "%s" : "A new file%s", fd >= 0 ? help : "");
    if (fd >= 0) {
        close(fd);
    }
    size_t length = text.length;
    char *taken = string_take(&text);
    buffer_load(&buffer, taken, length);
    free(taken);
    file_name = util_strdup(path);
}

static void on_resize(int number)
{
    (void)number; // the read of a key ends, and everything is drawn anew
}

static void run(void)
{
    int last_key = 0;
    while (!leaving) {
        view_draw(&view, &buffer);
        int key = term_read_key(STDIN_FILENO);
        if (key == TERM_KEY_END_OF_INPUT) {
            return;
        }
        if (key == TERM_KEY_INTERRUPTED) {
            continue;
        }
        view.message[0] = '\0';
        handle_key(key, last_key);
        last_key = key;
    }
}

int main(int argc, char **argv)
{
    util_start(argv[0]);
    if (argc > 2 || (argc == 2 && argv[1][0] == '-' && argv[1][1] != '\0')) {
        return util_usage("[file]");
    }
    say("%s", help);
    view.numbers = true;
    buffer_load(&buffer, "", 0);
    if (argc == 2) {
        load(argv[1]);
    }
    view.name = file_name;
    if (term_raw(STDIN_FILENO) != 0) {
        util_die(1, "standard input is not a terminal");
    }
    struct sigaction resize = { .sa_handler = on_resize };
    sigaction(SIGWINCH, &resize, NULL);
    run();
    term_restore(STDIN_FILENO);
    util_write_all(STDOUT_FILENO, "\033[0m\033[H\033[2J", 11);
    return leaving ? 0 : 1;
}
