// SPDX-License-Identifier: MIT
//
// The line editor: one line from the terminal, with the keys that people know from Emacs.
//
// Layer: sh, interactive side. The terminal is in raw mode only while a line is read. A line longer than the screen
// scrolls sideways.

#ifndef SH_LINE_H
#define SH_LINE_H

enum line_result { LINE_READ, LINE_END, LINE_CANCELLED };

// Reads a line after PROMPT from the terminal on standard input, its newline not included, into *LINE (malloc'd if
// LINE_READ). LINE_END: Ctrl-D on an empty line, or the terminal is gone. LINE_CANCELLED: Ctrl-C.
enum line_result line_read(const char *prompt, char **line);

#endif
