// SPDX-License-Identifier: MIT
//
// Builtins that change variables, arguments, options and the working directory; builtin.h lists them.

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../lib/util.h"
#include "builtin.h"
#include "parse.h"
#include "run.h"
#include "sh.h"
#include "vars.h"

enum { PATH_BYTES = 1024 };

int builtin_pwd(int argc, char **argv)
{
    (void)argc;
    (void)argv;
    char path[PATH_BYTES];
    if (getcwd(path, sizeof path) == NULL) {
        util_warn("pwd: %s", strerror(errno));
        return 1;
    }
    puts(path);
    return 0;
}

int builtin_cd(int argc, char **argv)
{
    bool back = argc > 1 && strcmp(argv[1], "-") == 0;
    const char *target = back ? vars_get("OLDPWD") : argc > 1 ? argv[1] : vars_get("HOME");
    if (argc > 2) {
        util_warn("cd: one directory, please");
        return STATUS_USAGE;
    }
    if (target == NULL) {
        util_warn("cd: %s is not set", back ? "OLDPWD" : "HOME");
        return 1;
    }
    char old[PATH_BYTES];
    char now[PATH_BYTES];
    bool had_old = getcwd(old, sizeof old) != NULL;
    if (chdir(target) != 0) {
        util_warn("cd: %s: %s", target, strerror(errno));
        return 1;
    }
    if (had_old) {
        vars_set("OLDPWD", old);
    }
    if (getcwd(now, sizeof now) != NULL) {
        vars_set("PWD", now);
        if (back) {
            puts(now);
        }
    }
    return 0;
}

// Splits `name=value` or `name`. Returns false after a message if it is not a name.
static bool split_assignment(const char *builtin, const char *text, char **name, const char **value)
{
    size_t length = strcspn(text, "=");
    if (!parse_is_name(text, length)) {
        util_warn("%s: %s: not a name", builtin, text);
        return false;
    }
    *name = util_strndup(text, length);
    *value = text[length] == '=' ? text + length + 1 : NULL;
    return true;
}

int builtin_export(int argc, char **argv)
{
    if (argc == 1 || strcmp(argv[1], "-p") == 0) {
        vars_print(true);
        return 0;
    }
    int status = 0;
    for (int i = 1; i < argc; i++) {
        char *name;
        const char *value;
        if (!split_assignment("export", argv[i], &name, &value)) {
            status = 1;
            continue;
        }
        if (value != NULL) {
            vars_set(name, value);
        }
        vars_export(name);
        free(name);
    }
    return status;
}

int builtin_local(int argc, char **argv)
{
    int status = 0;
    for (int i = 1; i < argc; i++) {
        char *name;
        const char *value;
        if (!split_assignment("local", argv[i], &name, &value)) {
            status = 1;
            continue;
        }
        if (!run_make_local(name)) {
            util_warn("local: not inside a function");
            free(name);
            return 1;
        }
        if (value != NULL) {
            vars_set(name, value);
        } else {
            vars_unset(name);
        }
        free(name);
    }
    return status;
}

int builtin_unset(int argc, char **argv)
{
    bool functions = argc > 1 && strcmp(argv[1], "-f") == 0;
    bool variables = argc > 1 && strcmp(argv[1], "-v") == 0;
    for (int i = 1 + (functions || variables); i < argc; i++) {
        if (functions) {
            functions_unset(argv[i]);
        } else if (parse_is_name(argv[i], strlen(argv[i]))) {
            vars_unset(argv[i]);
        } else {
            util_warn("unset: %s: not a name", argv[i]);
            return 1;
        }
    }
    return 0;
}

static void set_arguments(int count, char **values)
{
    char **copy = strings_copy(values, (size_t)count);
    strings_free(shell.arguments, shell.argument_count);
    shell.arguments = copy;
    shell.argument_count = (size_t)count;
}

static bool set_option(char letter, bool on)
{
    switch (letter) {
    case 'e': shell.exit_on_error = on; return true;
    case 'f': shell.no_glob = on; return true;
    case 'u': shell.no_unset = on; return true;
    case 'x': shell.trace = on; return true;
    default: util_warn("set: -%c: no such option", letter); return false;
    }
}

int builtin_set(int argc, char **argv)
{
    if (argc == 1) {
        vars_print(false);
        return 0;
    }
    int i = 1;
    for (; i < argc && (argv[i][0] == '-' || argv[i][0] == '+') && argv[i][1] != '\0'; i++) {
        if (strcmp(argv[i], "--") == 0) {
            set_arguments(argc - i - 1, argv + i + 1);
            return 0;
        }
        for (const char *letter = argv[i] + 1; *letter != '\0'; letter++) {
            if (!set_option(*letter, argv[i][0] == '-')) {
                return STATUS_USAGE;
            }
        }
    }
    if (i < argc) {
        set_arguments(argc - i, argv + i);
    }
    return 0;
}

int builtin_shift(int argc, char **argv)
{
    uint64_t count = 1;
    if (argc > 1 && !util_parse_u64(argv[1], &count)) {
        util_warn("shift: %s: not a number", argv[1]);
        return STATUS_USAGE;
    }
    if (count > shell.argument_count) {
        util_warn("shift: there are only %lu arguments", (unsigned long)shell.argument_count);
        return 1;
    }
    set_arguments((int)(shell.argument_count - count), shell.arguments + count);
    return 0;
}

// One line of standard input, a byte at a time, since what follows belongs to others. A backslash takes the meaning
// from the character after it, and joins lines, unless RAW; such characters are marked in ESCAPED, which runs beside
// LINE.
// Returns false at the end of input.
static bool read_line(bool raw, struct string *line, struct string *escaped)
{
    bool after_backslash = false;
    for (;;) {
        char c;
        ssize_t got = read(STDIN_FILENO, &c, 1);
        if (got < 0 && errno == EINTR && !shell_interrupted) {
            continue;
        }
        if (got <= 0) {
            return false;
        }
        if (after_backslash) {
            after_backslash = false;
            if (c != '\n') {
                string_char(line, c);
                string_char(escaped, 1);
            }
        } else if (c == '\\' && !raw) {
            after_backslash = true;
        } else if (c == '\n') {
            return true;
        } else if (c != '\0') {
            string_char(line, c);
            string_char(escaped, 0);
        }
    }
}

static bool separates(const struct string *line, const struct string *escaped, size_t i, const char *ifs)
{
    return !escaped->text[i] && strchr(ifs, line->text[i]) != NULL;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n';
}

// Gives each of NAMES a field of the line, and the last one all that is left.
static void assign_fields(const struct string *line, const struct string *escaped, char **names)
{
    const char *ifs = vars_get("IFS");
    ifs = ifs != NULL ? ifs : " \t\n";
    size_t end = line->length;
    while (end > 0 && separates(line, escaped, end - 1, ifs) && is_blank(line->text[end - 1])) {
        end--;
    }
    size_t i = 0;
    for (; *names != NULL; names++) {
        while (i < end && separates(line, escaped, i, ifs) && is_blank(line->text[i])) {
            i++;
        }
        size_t start = i;
        while (i < end && (names[1] == NULL || !separates(line, escaped, i, ifs))) {
            i++;
        }
        char *value = util_strndup(line->text + start, i - start);
        vars_set(*names, value);
        free(value);
        while (i < end && separates(line, escaped, i, ifs) && is_blank(line->text[i])) {
            i++;
        }
        if (i < end && names[1] != NULL && separates(line, escaped, i, ifs)) {
            i++;
        }
    }
}

int builtin_read(int argc, char **argv)
{
    static char *reply[] = { "REPLY", NULL };
    bool raw = false;
    int i = 1;
    for (; i < argc && argv[i][0] == '-'; i++) {
        if (strcmp(argv[i], "-r") == 0) {
            raw = true;
        } else if (strcmp(argv[i], "-p") == 0 && i + 1 < argc) {
            fputs(argv[++i], stderr);
        } else {
            util_warn("read: %s: no such option", argv[i]);
            return STATUS_USAGE;
        }
    }
    for (int name = i; name < argc; name++) {
        if (!parse_is_name(argv[name], strlen(argv[name]))) {
            util_warn("read: %s: not a name", argv[name]);
            return STATUS_USAGE;
        }
    }
    struct string line = { NULL, 0, 0 };
    struct string escaped = { NULL, 0, 0 };
    bool complete = read_line(raw, &line, &escaped);
    string_text(&line, "");
    string_text(&escaped, "");
    assign_fields(&line, &escaped, i < argc ? argv + i : reply);
    free(line.text);
    free(escaped.text);
    return complete ? 0 : 1;
}
