// SPDX-License-Identifier: MIT
//
// The table of builtins, and those of one line; builtin.h is the interface.

#include "builtin.h"

#include <stdio.h>
#include <string.h>

#include "../lib/echo.h"
#include "../lib/util.h"
#include "history.h"
#include "jobs.h"

static int builtin_true(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    return 0;
}

static int builtin_false(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    return 1;
}

static int builtin_echo(int argc, char **argv)
{
    (void)argc;
    return echo_run(argv);
}

static int builtin_printf(int argc, char **argv)
{
    (void)argc;
    return printf_run(argv);
}

static int builtin_jobs(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    jobs_print();
    return 0;
}

static int builtin_history(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    for (size_t i = 0; i < history_count(); i++) {
        printf("%5u  %s\n", (unsigned)(i + 1), history_line(i));
    }
    return 0;
}

static int builtin_help(int argc, char **argv);

static const struct builtin {
    const char *name;
    builtin_fn run;
    const char *arguments;
    bool program_too;
} builtins[] = {
    { ".", builtin_source, "file [argument ...]", false },
    { ":", builtin_true, "", false },
    { "[", builtin_test, "expression ]", false },
    { "break", builtin_break, "[levels]", false },
    { "cd", builtin_cd, "[directory | -]", false },
    { "command", builtin_command, "[-v] name [argument ...]", false },
    { "continue", builtin_break, "[levels]", false },
    { "echo", builtin_echo, "[-neE] [word ...]", true },
    { "eval", builtin_eval, "[word ...]", false },
    { "exec", builtin_exec, "[program [argument ...]]", false },
    { "exit", builtin_exit, "[status]", false },
    { "export", builtin_export, "[name[=value] ...]", false },
    { "false", builtin_false, "", true },
    { "help", builtin_help, "", false },
    { "history", builtin_history, "", false },
    { "jobs", builtin_jobs, "", false },
    { "local", builtin_local, "name[=value] ...", false },
    { "printf", builtin_printf, "format [argument ...]", true },
    { "pwd", builtin_pwd, "", false },
    { "read", builtin_read, "[-r] [-p prompt] [name ...]", false },
    { "return", builtin_return, "[status]", false },
    { "set", builtin_set, "[-efux] [+efux] [--] [argument ...]", false },
    { "shift", builtin_shift, "[count]", false },
    { "source", builtin_source, "file [argument ...]", false },
    { "test", builtin_test, "expression", false },
    { "true", builtin_true, "", true },
    { "type", builtin_type, "name ...", false },
    { "unset", builtin_unset, "[-f] name ...", false },
    { "wait", builtin_wait, "[pid | %job ...]", false },
};

enum { BUILTINS = sizeof builtins / sizeof builtins[0] };

static int builtin_help(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    puts("The shell itself runs these; any other name is a program in PATH:");
    for (int i = 0; i < BUILTINS; i++) {
        printf("  %s%s%s\n", builtins[i].name, *builtins[i].arguments != '\0' ? " " : "", builtins[i].arguments);
    }
    puts("Keys: Tab completes, up and down go through the history, Ctrl-R searches it, Ctrl-C gives up a line.");
    return 0;
}

static const struct builtin *find(const char *name)
{
    for (int i = 0; i < BUILTINS; i++) {
        if (strcmp(builtins[i].name, name) == 0) {
            return &builtins[i];
        }
    }
    return NULL;
}

builtin_fn builtin_find(const char *name)
{
    const struct builtin *builtin = find(name);
    return builtin != NULL ? builtin->run : NULL;
}

bool builtin_is_program_too(const char *name)
{
    const struct builtin *builtin = find(name);
    return builtin != NULL && builtin->program_too;
}

void builtin_names(struct list *list)
{
    for (int i = 0; i < BUILTINS; i++) {
        list_add(list, util_strdup(builtins[i].name));
    }
}
