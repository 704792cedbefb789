// SPDX-License-Identifier: MIT
//
// Subshells without fork: commands run in this very process on a copy of the shell's state, which is put back after.
//
// Layer: sh. Copied are variables, functions, arguments, options, the working directory and the place in loops; `exit`
// ends the subshell alone.

#ifndef SH_SUBSHELL_H
#define SH_SUBSHELL_H

#include "ast.h"

// Runs NODE as `( )` does. Returns its status.
int subshell_run(const struct node *node);

// Runs the commands in TEXT and returns what they wrote to standard output, malloc'd, never NULL. NUL bytes are left
// out. Sets $?. The output is kept in a file in /tmp meanwhile.
char *subshell_capture(const char *text);

#endif
