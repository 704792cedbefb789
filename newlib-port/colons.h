/* SPDX-License-Identifier: MIT
 *
 * colons.h: files of lines whose fields are separated by colons: /etc/passwd, /etc/group. Layer: newlib-port, private.
 *
 * An entry is parsed in place in a buffer of the caller's, which it points into. A table without a file consists of one
 * built-in text. Functions return 1 (found), 0 (there is none), or a negative errno value: -ERANGE when the buffer is too
 * small for a line.
 */
#ifndef NEWLIB_PORT_COLONS_H
#define NEWLIB_PORT_COLONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define COLONS_LINE 1024 /* of the functions with a buffer of their own; sysconf(_SC_GETPW_R_SIZE_MAX) */

/* Makes an entry from a line that begins a buffer of `room` bytes; false: the line is none. */
typedef bool colons_parse_fn(char *line, size_t room, void *entry);
typedef bool colons_match_fn(const void *entry, const char *name, unsigned id);

struct colons_table {
    const char *path;
    const char *text; /* if the file does not exist */
    size_t bytes;
    colons_parse_fn *parse;
};

struct colons_walk {
    FILE *file; /* NULL: at the beginning */
};

int colons_next(const struct colons_table *table, struct colons_walk *walk, char *buffer, size_t size, void *entry);
void colons_end(struct colons_walk *walk);
int colons_find(const struct colons_table *table, colons_match_fn *match, const char *name, unsigned id, char *buffer,
                size_t size, void *entry);

/* Cuts a line into exactly `count` fields. */
bool colons_split(char *line, char **fields, unsigned count);
/* A whole field as a decimal number of 32 bits. */
bool colons_number(const char *field, unsigned *out);

#endif
