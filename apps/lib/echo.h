// SPDX-License-Identifier: MIT
//
// echo and printf as functions: each is a program of its own and a builtin of the shell, written once here.
//
// Layer: apps, plain C on stdio. Both write to stdout and leave flushing to the caller.

#ifndef APPS_LIB_ECHO_H
#define APPS_LIB_ECHO_H

#include <stdbool.h>

// Prints ARGV[1..] with spaces between and a newline after. Options -n (no newline), -e (escapes), -E. Returns 0.
int echo_run(char **argv);

// Prints ARGV[2..] as the format ARGV[1] says, again and again until all are used. Returns 0; 1 for an operand that is
// no number or a bad conversion; 2 without a format. Supports %b %c %d %i %o %s %u %x %X %% with flags and widths.
int printf_run(char **argv);

// Writes one backslash escape. *TEXT points after the backslash and is moved past it. Returns false for \c, which ends
// all output.
bool echo_escape(const char **text);

#endif
