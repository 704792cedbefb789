// SPDX-License-Identifier: MIT
//
// sh: the shell. `sh` reads commands from standard input (with line editing if that is a terminal), `sh FILE ARG...`
// from a file, `sh -c COMMANDS [NAME ARG...]` from its argument. -e -u -x -f as `set` has them, -i interactive.
// $HOME/.shrc is read first by an interactive shell.
//
// sh.h says how the shell is made. What is left out: job control, `trap`, aliases, `getopts`.

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../lib/search.h"
#include "../lib/util.h"
#include "arena.h"
#include "history.h"
#include "jobs.h"
#include "line.h"
#include "list.h"
#include "parse.h"
#include "run.h"
#include "sh.h"
#include "vars.h"

struct shell shell;
volatile sig_atomic_t shell_interrupted;

extern char **environ;

void shell_fail(int status, const char *format, ...)
{
    char message[512];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    util_warn("%s", message);
    shell.status = status;
    shell.unwind = UNWIND_ERROR;
}

static char *read_all(int fd)
{
    struct string text = { NULL, 0, 0 };
    char buffer[1024];
    ssize_t got;
    while ((got = read(fd, buffer, sizeof buffer)) > 0) {
        string_bytes(&text, buffer, (size_t)got);
    }
    char *taken = string_take(&text);
    if (got < 0) {
        free(taken);
        return NULL;
    }
    return taken;
}

char *shell_read_file(const char *path)
{
    int fd = open(path, O_RDONLY);
    if (fd < 0) {
        return NULL;
    }
    char *text = read_all(fd);
    int error = errno;
    close(fd);
    errno = error;
    return text;
}

// Runs the next command of SOURCE. Returns what the parser said.
static enum parse_result run_next(struct source *source)
{
    struct arena arena = { NULL };
    struct node *node;
    enum parse_result result = parse_command(source, &arena, &node);
    if (result == PARSE_ERROR) {
        shell.status = STATUS_USAGE;
    } else if (result == PARSE_COMMAND && node != NULL) {
        run_node(node);
    }
    arena_free(&arena);
    return result;
}

int shell_run_text(const char *text, const char *name)
{
    struct source source = scan_text(text, strlen(text));
    source.name = name;
    source.line = 1;
    while (shell.unwind == UNWIND_NONE) {
        enum parse_result result = run_next(&source);
        if (result == PARSE_END) {
            break;
        }
        if (result == PARSE_ERROR) {
            shell.unwind = UNWIND_ERROR;
        }
    }
    return shell.status;
}

static void append(struct source *source, const char *text, size_t length)
{
    source->text = util_realloc(source->text, source->length + length + 1);
    memcpy(source->text + source->length, text, length);
    source->length += length;
}

// A line of standard input, a byte at a time: the rest is for the programs that the line starts.
static bool refill_from_input(struct source *source, bool more)
{
    (void)more;
    size_t before = source->length;
    for (;;) {
        char c;
        ssize_t got = read(STDIN_FILENO, &c, 1);
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got <= 0) {
            return source->length > before;
        }
        append(source, &c, 1);
        if (c == '\n') {
            return true;
        }
    }
}

// PS1 with `\w` (the working directory) and `\$` written out.
static char *prompt_text(bool more)
{
    const char *format = vars_get(more ? "PS2" : "PS1");
    struct string text = { NULL, 0, 0 };
    for (format = format != NULL ? format : more ? "> " : "\\w$ "; *format != '\0'; format++) {
        char directory[256];
        if (format[0] == '\\' && format[1] == 'w') {
            string_text(&text, getcwd(directory, sizeof directory) != NULL ? directory : "?");
            format++;
        } else if (format[0] == '\\' && format[1] == '$') {
            string_char(&text, '$');
            format++;
        } else {
            string_char(&text, *format);
        }
    }
    return string_take(&text);
}

static bool refill_from_terminal(struct source *source, bool more)
{
    if (!more) {
        jobs_report();
    }
    char *prompt = prompt_text(more);
    char *line = NULL;
    enum line_result result = line_read(prompt, &line);
    free(prompt);
    source->cancelled = result == LINE_CANCELLED;
    if (result != LINE_READ) {
        return false;
    }
    history_add(line);
    append(source, line, strlen(line));
    append(source, "\n", 1);
    free(line);
    return true;
}

// Commands from standard input until its end. What was read is dropped as soon as it has been run.
static void run_input(void)
{
    struct source source = {
        .name = shell.interactive ? NULL : shell.name,
        .refill = shell.interactive && isatty(STDIN_FILENO) ? refill_from_terminal : refill_from_input,
        .line = 1,
    };
    for (;;) {
        enum parse_result result = run_next(&source);
        bool stays = shell.interactive && shell.unwind != UNWIND_EXIT;
        if (stays) {
            shell.unwind = UNWIND_NONE;
            shell_interrupted = 0;
        }
        if (shell.unwind != UNWIND_NONE || (!stays && result == PARSE_ERROR)
            || (result == PARSE_END && !source.cancelled)) {
            break;
        }
        if (source.cancelled) {
            source.cancelled = false;
            source.position = source.length;
            shell.status = STATUS_SIGNAL + SIGINT;
        }
        // The end of input in the middle of a command ends that command alone, if there is somebody to type another.
        source.ended = source.ended && !stays;
        if (source.position > 0) {
            memmove(source.text, source.text + source.position, source.length - source.position);
        }
        source.length -= source.position;
        source.position = 0;
    }
    free(source.text);
}

static void on_interrupt(int number)
{
    (void)number;
    shell_interrupted = 1;
}

static void start_interactive(void)
{
    struct sigaction action = { .sa_handler = on_interrupt };
    sigaction(SIGINT, &action, NULL);
    const char *file = vars_get("HISTFILE");
    if (file != NULL) {
        history_load(file);
    }
    const char *home = vars_get("HOME");
    char *path = home != NULL ? util_join(home, ".shrc") : NULL;
    char *text = path != NULL ? shell_read_file(path) : NULL;
    if (text != NULL) {
        shell_run_text(text, path);
        shell.unwind = shell.unwind == UNWIND_EXIT ? UNWIND_EXIT : UNWIND_NONE;
    }
    free(text);
    free(path);
}

// The path of this program, by which it can be started again from any directory.
static char *own_path(const char *argv0)
{
    // A login shell's name starts with a dash.
    char *found = search_program(argv0[0] == '-' ? "sh" : argv0, vars_get("PATH"));
    if (found == NULL) {
        return util_strdup("/bin/sh");
    }
    char directory[1024];
    if (found[0] == '/' || getcwd(directory, sizeof directory) == NULL) {
        return found;
    }
    char *path = util_join(directory, found);
    free(found);
    return path;
}

struct options {
    bool command;     // -c
    bool interactive; // -i
};

// Options up to the first argument that is none, whose index is returned; -1 after a message.
static int parse_options(int argc, char **argv, struct options *options)
{
    int i = 1;
    for (; i < argc && argv[i][0] == '-' && argv[i][1] != '\0'; i++) {
        if (strcmp(argv[i], "--") == 0) {
            return i + 1;
        }
        for (const char *letter = argv[i] + 1; *letter != '\0'; letter++) {
            switch (*letter) {
            case 'c': options->command = true; break;
            case 'i': options->interactive = true; break;
            case 'l':
            case 's': break;
            case 'e': shell.exit_on_error = true; break;
            case 'u': shell.no_unset = true; break;
            case 'x': shell.trace = true; break;
            case 'f': shell.no_glob = true; break;
            default: return -1;
            }
        }
    }
    return i;
}

static void take_arguments(int argc, char **argv, int first)
{
    shell.argument_count = first < argc ? (size_t)(argc - first) : 0;
    shell.arguments = strings_copy(argv + (first < argc ? first : argc), shell.argument_count);
}

static void run_command(int argc, char **argv, int next)
{
    if (next + 1 < argc) {
        shell.name = argv[next + 1];
    }
    take_arguments(argc, argv, next + 2);
    shell_run_text(argv[next], NULL);
}

static void run_file(int argc, char **argv, int next)
{
    shell.name = argv[next];
    take_arguments(argc, argv, next + 1);
    char *text = shell_read_file(argv[next]);
    if (text == NULL) {
        util_warn_errno(argv[next]);
        shell.status = errno == ENOENT ? STATUS_NOT_FOUND : STATUS_CANNOT_RUN;
        return;
    }
    shell_run_text(text, argv[next]);
    free(text);
}

static void run_standard_input(int argc, char **argv, const struct options *options)
{
    take_arguments(argc, argv, argc);
    shell.interactive = options->interactive || (isatty(STDIN_FILENO) && isatty(STDERR_FILENO));
    if (shell.interactive) {
        start_interactive();
    }
    if (shell.unwind == UNWIND_NONE) {
        run_input();
    }
    const char *file = vars_get("HISTFILE");
    if (shell.interactive && file != NULL) {
        history_save(file);
    }
}

int main(int argc, char **argv)
{
    struct options options = { .command = false };
    util_start("sh");
    int next = parse_options(argc, argv, &options);
    if (next < 0 || (options.command && next >= argc)) {
        return util_usage("[-eufxi] [-c commands [name [argument ...]] | file [argument ...]]");
    }
    shell.name = argc > 0 ? argv[0] : "sh";
    shell.pid = getpid();
    vars_start(environ);
    // Not taken from the environment: it decides how every word is split.
    vars_set("IFS", " \t\n");
    shell.self = own_path(shell.name);
    if (options.command) {
        run_command(argc, argv, next);
    } else if (next < argc) {
        run_file(argc, argv, next);
    } else {
        run_standard_input(argc, argv, &options);
    }
    return util_finish(shell.status);
}
