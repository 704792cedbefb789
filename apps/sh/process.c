// SPDX-License-Identifier: MIT
//
// Starting processes; process.h is the interface.

#include "process.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../lib/search.h"
#include "../lib/util.h"
#include "list.h"
#include "redirect.h"
#include "sh.h"
#include "text.h"
#include "vars.h"

// What runs beside the shell must not die of the Ctrl-C that is meant for the foreground: it is started while the shell
// ignores the signal, since an ignored signal stays ignored in a new program and a handled one does not.
static int spawn(pid_t *pid, const char *path, char **arguments, bool background)
{
    struct sigaction ignore = { .sa_handler = SIG_IGN };
    struct sigaction before;
    if (background) {
        sigaction(SIGINT, &ignore, &before);
    }
    size_t count;
    char **environment = vars_environment(&count);
    fflush(stdout);
    int error = posix_spawn(pid, path, NULL, NULL, arguments, environment);
    strings_free(environment, count);
    if (background) {
        sigaction(SIGINT, &before, NULL);
    }
    return error;
}

// Whether the file, which the system would not start, may be a script: it is no program, and has no NUL at its start.
static bool looks_like_script(const char *path)
{
    char start[128];
    int fd = open(path, O_RDONLY);
    ssize_t got = fd >= 0 ? read(fd, start, sizeof start) : -1;
    if (fd >= 0) {
        close(fd);
    }
    return got >= 0 && memchr(start, '\0', (size_t)got) == NULL && memcmp(start, "\177ELF", got < 4 ? 0 : 4) != 0;
}

static int spawn_script(pid_t *pid, const char *path, char **arguments, bool background)
{
    size_t count = 0;
    while (arguments[count] != NULL) {
        count++;
    }
    char **vector = util_alloc((count + 2) * sizeof *vector);
    vector[0] = "sh";
    vector[1] = (char *)path;
    memcpy(vector + 2, arguments + 1, count * sizeof *vector);
    int error = spawn(pid, shell.self, vector, background);
    free(vector);
    return error;
}

// The libOS knows more about a file that is no program; elsewhere the function is not there.
extern const char *proc_spawn_error(void) __attribute__((weak));

static const char *why(int error)
{
    return error == ENOEXEC && proc_spawn_error ? proc_spawn_error() : strerror(error);
}

static pid_t start_at(const char *path, char **arguments, bool background)
{
    pid_t pid;
    int error = spawn(&pid, path, arguments, background);
    if (error == ENOEXEC && looks_like_script(path)) {
        error = spawn_script(&pid, path, arguments, background);
    }
    if (error != 0) {
        util_warn("%s: cannot be run: %s", arguments[0], why(error));
        shell.status = STATUS_CANNOT_RUN;
        return -1;
    }
    return pid;
}

pid_t process_start(char **arguments, bool background)
{
    char *path = search_program(arguments[0], vars_get("PATH"));
    if (path == NULL) {
        bool missing = errno == ENOENT;
        util_warn("%s: %s", *arguments[0] != '\0' ? arguments[0] : "''", missing ? "not found" : strerror(errno));
        shell.status = missing ? STATUS_NOT_FOUND : STATUS_CANNOT_RUN;
        return -1;
    }
    pid_t pid = start_at(path, arguments, background);
    free(path);
    return pid;
}

bool process_exists(const char *name)
{
    char *path = search_program(name, vars_get("PATH"));
    free(path);
    return path != NULL;
}

pid_t process_start_shell(const struct node *node, bool background)
{
    struct string text = { NULL, 0, 0 };
    vars_serialize(&text);
    if (shell.exit_on_error || shell.no_unset || shell.trace || shell.no_glob) {
        string_text(&text, "set -");
        string_text(&text, shell.exit_on_error ? "e" : "");
        string_text(&text, shell.no_unset ? "u" : "");
        string_text(&text, shell.trace ? "x" : "");
        string_text(&text, shell.no_glob ? "f" : "");
        string_char(&text, '\n');
    }
    text_node(&text, node);
    char *commands = string_take(&text);
    char **vector = util_alloc((shell.argument_count + 5) * sizeof *vector);
    vector[0] = "sh";
    vector[1] = "-c";
    vector[2] = commands;
    vector[3] = (char *)shell.name;
    memcpy(vector + 4, shell.arguments, shell.argument_count * sizeof *vector);
    vector[shell.argument_count + 4] = NULL;
    pid_t pid = start_at(shell.self, vector, background);
    free(vector);
    free(commands);
    return pid;
}
