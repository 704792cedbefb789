// SPDX-License-Identifier: MIT
//
// Running trees.
//
// Layer: sh. Status and unwinding are in `shell`.

#ifndef SH_RUN_H
#define SH_RUN_H

#include <stdbool.h>
#include <sys/types.h>

#include "ast.h"
#include "list.h"

// Runs NODE; its status is in shell.status.
void run_node(const struct node *node);

// Starts a simple command that is a program, beside the shell. Returns its process number, or -1 after a message with
// shell.status set.
pid_t run_start(const struct node *node, bool background);

// Runs ARGUMENTS as a command: a function (unless SKIP_FUNCTIONS), a builtin or a program.
void run_arguments(const struct list *arguments, bool skip_functions);

// Makes NAME local to the function that runs: it is put back at its end. Returns false outside of functions.
bool run_make_local(const char *name);

#endif
