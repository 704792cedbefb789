// SPDX-License-Identifier: MIT
//
// Builtins that decide what runs next; builtin.h lists them.

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/search.h"
#include "../lib/util.h"
#include "builtin.h"
#include "jobs.h"
#include "parse.h"
#include "process.h"
#include "run.h"
#include "sh.h"
#include "vars.h"

// The number in ARGV[1], DEFAULT_VALUE without one. Returns false after a message.
static bool number_argument(int argc, char **argv, int default_value, int *value)
{
    uint64_t number;
    *value = default_value;
    if (argc < 2) {
        return true;
    }
    if (!util_parse_u64(argv[1], &number) || number > 1000000) {
        util_warn("%s: %s: not a number", argv[0], argv[1]);
        return false;
    }
    *value = (int)number;
    return true;
}

int builtin_break(int argc, char **argv)
{
    int levels;
    if (!number_argument(argc, argv, 1, &levels) || levels < 1) {
        return STATUS_USAGE;
    }
    if (shell.loop_depth == 0) {
        util_warn("%s: not inside a loop", argv[0]);
        return 0;
    }
    shell.levels = levels < shell.loop_depth ? levels : shell.loop_depth;
    shell.unwind = argv[0][0] == 'b' ? UNWIND_BREAK : UNWIND_CONTINUE;
    return 0;
}

int builtin_return(int argc, char **argv)
{
    int status;
    if (!number_argument(argc, argv, shell.status, &status)) {
        return STATUS_USAGE;
    }
    if (shell.function_depth == 0) {
        util_warn("return: not inside a function or a sourced file");
        return 1;
    }
    shell.unwind = UNWIND_RETURN;
    return status & 255;
}

int builtin_exit(int argc, char **argv)
{
    int status;
    if (!number_argument(argc, argv, shell.status, &status)) {
        status = STATUS_USAGE;
    }
    shell.unwind = UNWIND_EXIT;
    return status & 255;
}

int builtin_eval(int argc, char **argv)
{
    struct string text = { NULL, 0, 0 };
    for (int i = 1; i < argc; i++) {
        string_text(&text, i > 1 ? " " : "");
        string_text(&text, argv[i]);
    }
    char *commands = string_take(&text);
    shell.status = 0;
    int status = shell_run_text(commands, NULL);
    free(commands);
    return status;
}

// There is no replacing a program that runs: the shell waits for the new one and ends as it does.
int builtin_exec(int argc, char **argv)
{
    if (argc == 1) {
        return 0;
    }
    pid_t pid = process_start(argv + 1, false);
    int status = pid > 0 ? jobs_wait_foreground(&pid, 1, argv[1]) : shell.status;
    shell.unwind = UNWIND_EXIT;
    return status;
}

int builtin_source(int argc, char **argv)
{
    if (argc < 2) {
        util_warn("%s: a file is missing", argv[0]);
        return STATUS_USAGE;
    }
    char *text = shell_read_file(argv[1]);
    if (text == NULL) {
        util_warn("%s: %s: %s", argv[0], argv[1], strerror(errno));
        return 1;
    }
    char **outer_arguments = shell.arguments;
    size_t outer_count = shell.argument_count;
    if (argc > 2) {
        shell.arguments = strings_copy(argv + 2, (size_t)(argc - 2));
        shell.argument_count = (size_t)(argc - 2);
    }
    shell.function_depth++;
    shell.status = 0;
    int status = shell_run_text(text, argv[1]);
    shell.function_depth--;
    if (argc > 2) {
        strings_free(shell.arguments, shell.argument_count);
        shell.arguments = outer_arguments;
        shell.argument_count = outer_count;
    }
    if (shell.unwind == UNWIND_RETURN) {
        shell.unwind = UNWIND_NONE;
    }
    free(text);
    return status;
}

// Says what NAME is, in words or, with SHORTLY, as what would be typed for it. Returns its status.
static int describe(const char *name, bool shortly)
{
    const char *kind = parse_is_reserved(name) ? "a word of the shell's language"
                     : functions_exist(name) ? "a function" : builtin_find(name) != NULL ? "a builtin" : NULL;
    if (kind != NULL) {
        printf(shortly ? "%s\n" : "%s is %s\n", name, kind);
        return 0;
    }
    char *path = search_program(name, vars_get("PATH"));
    if (path == NULL) {
        if (!shortly) {
            util_warn("%s: not found", name);
        }
        return STATUS_NOT_FOUND;
    }
    if (shortly) {
        puts(path);
    } else {
        printf("%s is %s\n", name, path);
    }
    free(path);
    return 0;
}

int builtin_type(int argc, char **argv)
{
    int status = 0;
    for (int i = 1; i < argc; i++) {
        status |= describe(argv[i], false);
    }
    return status;
}

int builtin_command(int argc, char **argv)
{
    if (argc > 1 && (strcmp(argv[1], "-v") == 0 || strcmp(argv[1], "-V") == 0)) {
        return argc > 2 ? describe(argv[2], argv[1][1] == 'v') : STATUS_USAGE;
    }
    if (argc == 1) {
        return 0;
    }
    struct list arguments = { NULL, 0 };
    for (int i = 1; i < argc; i++) {
        list_add(&arguments, util_strdup(argv[i]));
    }
    run_arguments(&arguments, true);
    list_free(&arguments);
    return shell.status;
}

int builtin_wait(int argc, char **argv)
{
    if (argc == 1) {
        return jobs_wait_all();
    }
    int status = 0;
    for (int i = 1; i < argc && shell.unwind == UNWIND_NONE; i++) {
        status = jobs_wait(argv[i]);
    }
    return status;
}
