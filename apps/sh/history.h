// SPDX-License-Identifier: MIT
//
// The lines that were typed.
//
// Layer: sh. The last few hundred, in memory; if the variable HISTFILE is set, they are read from that file at the
// start and written to it at the end.

#ifndef SH_HISTORY_H
#define SH_HISTORY_H

#include <stddef.h>

// Adds LINE, unless it is blank or the same as the last.
void history_add(const char *line);

// The number of lines, and line INDEX, 0 being the oldest.
size_t history_count(void);
const char *history_line(size_t index);

// Reads and writes the file at PATH; a missing one is no error.
void history_load(const char *path);
void history_save(const char *path);

#endif
