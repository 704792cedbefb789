// SPDX-License-Identifier: MIT
//
// Commands that the shell runs itself, because they change it, or because starting a program for them would be waste.
//
// Layer: sh. A builtin takes arguments as main does and returns a status; the shell flushes its output.

#ifndef SH_BUILTIN_H
#define SH_BUILTIN_H

#include <stdbool.h>

#include "list.h"

typedef int (*builtin_fn)(int argc, char **argv);

// The builtin called NAME, or NULL.
builtin_fn builtin_find(const char *name);

// Whether the builtin called NAME does what a program of that name does, so that either will do.
bool builtin_is_program_too(const char *name);

// The names of all builtins, added to LIST.
void builtin_names(struct list *list);

// builtin_state.c: variables, arguments, options and the working directory.
int builtin_cd(int argc, char **argv);
int builtin_pwd(int argc, char **argv);
int builtin_export(int argc, char **argv);
int builtin_unset(int argc, char **argv);
int builtin_local(int argc, char **argv);
int builtin_set(int argc, char **argv);
int builtin_shift(int argc, char **argv);
int builtin_read(int argc, char **argv);

// builtin_control.c: what runs next.
int builtin_break(int argc, char **argv); // `continue` as well
int builtin_return(int argc, char **argv);
int builtin_exit(int argc, char **argv);
int builtin_eval(int argc, char **argv);
int builtin_exec(int argc, char **argv);
int builtin_source(int argc, char **argv);
int builtin_command(int argc, char **argv);
int builtin_type(int argc, char **argv);
int builtin_wait(int argc, char **argv);

// test.c
int builtin_test(int argc, char **argv); // `[` as well

#endif
