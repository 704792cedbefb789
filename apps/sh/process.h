// SPDX-License-Identifier: MIT
//
// Starting programs, and other shells, with posix_spawn.
//
// Layer: sh. A process inherits the shell's descriptors, working directory and exported variables as they are at the
// moment of the call. In the background it ignores Ctrl-C and reads nothing, unless something was redirected for it.

#ifndef SH_PROCESS_H
#define SH_PROCESS_H

#include <stdbool.h>
#include <sys/types.h>

#include "ast.h"

// Starts the program that ARGUMENTS[0] names. Returns its process number, or -1 after a message with $? set to 127 (not
// found) or 126 (cannot be run).
pid_t process_start(char **arguments, bool background);

// Starts another shell that runs NODE with the variables, functions, arguments and options of this one. Returns
// likewise.
pid_t process_start_shell(const struct node *node, bool background);

// Whether a command of this name, without a slash, is found in PATH.
bool process_exists(const char *name);

#endif
