// SPDX-License-Identifier: MIT
//
// The state of the shell that every part of it sees, and how a part of it stops early.
//
// sh is a POSIX-style shell for a system without fork: programs are started with posix_spawn, `( )` and `$( )` run in
// the shell itself on a copy of its state (subshell.h), and what must run beside it is given as text to another shell
// (process.h). Reading order: main.c, scan, lex, parse, ast.h, expand, run, pipeline, process, redirect, builtin; then
// line, history and complete for the interactive side.

#ifndef SH_SH_H
#define SH_SH_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

// Statuses with a fixed meaning.
enum { STATUS_USAGE = 2, STATUS_CANNOT_RUN = 126, STATUS_NOT_FOUND = 127, STATUS_SIGNAL = 128 };

// Why commands are being left without being run. Whoever is the target of the reason resets it to UNWIND_NONE.
enum unwind {
    UNWIND_NONE,
    UNWIND_BREAK,     // to the end of `levels` loops
    UNWIND_CONTINUE,  // to the next turn of the outermost of `levels` loops
    UNWIND_RETURN,    // to the end of the function or the sourced file
    UNWIND_ERROR,     // to the prompt; out of a shell that has none
    UNWIND_INTERRUPT, // likewise, after Ctrl-C
    UNWIND_EXIT,      // out of the shell, or of the subshell
};

struct shell {
    const char *name;  // $0
    char *self;        // the path of this very program, to start another shell
    char **arguments;  // $1 and on
    size_t argument_count;
    int status;        // $?
    unsigned captures; // command substitutions so far: whether an assignment had one decides its status
    pid_t pid;         // $$
    pid_t background;  // $!, 0 before the first
    bool interactive;
    bool exit_on_error, no_unset, trace, no_glob; // set -e -u -x -f
    enum unwind unwind;
    int levels;          // for UNWIND_BREAK and UNWIND_CONTINUE
    int loop_depth;      // loops around the command that runs
    int function_depth;  // functions and sourced files around it
    int condition_depth; // above 0, a failure is an answer and not a reason for -e to leave
};

extern struct shell shell;

// Set by the handler of SIGINT; taken back by whoever acts on it.
extern volatile sig_atomic_t shell_interrupted;

// Reports a failure of the shell itself that ends the current command line: sets $? to STATUS and unwinds.
void shell_fail(int status, const char *format, ...) __attribute__((format(printf, 2, 3)));

// Reads all of the file at PATH into a malloc'd string. Returns NULL with errno set on failure.
char *shell_read_file(const char *path);

// Runs each command of TEXT, which is called NAME in messages. Returns the last status.
int shell_run_text(const char *text, const char *name);

#endif
