// SPDX-License-Identifier: MIT
//
// What every utility needs and none should write again: messages in one form (`name: what: why`), memory that cannot
// fail silently, numbers, sizes for people, and the loop over file operands.
//
// Layer: apps, plain C on POSIX; compiles on a host too. Single-threaded use. Linked from an archive, so a program pays
// for the parts that it calls.

#ifndef APPS_LIB_UTIL_H
#define APPS_LIB_UTIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

// Names the program in messages: the last component of ARGV0.
void util_start(const char *argv0);

// The name given to util_start.
const char *util_name(void);

// Prints `name: message` on standard error, after flushing standard output so that the two keep their order.
void util_warn(const char *format, ...) __attribute__((format(printf, 1, 2)));

// Prints `name: what: strerror(errno)` on standard error. Keeps errno.
void util_warn_errno(const char *what);

// util_warn, then exits with STATUS.
_Noreturn void util_die(int status, const char *format, ...) __attribute__((format(printf, 2, 3)));

// Prints `usage: name SYNOPSIS` on standard error and returns 2, the status of a wrong command line.
int util_usage(const char *synopsis);

// Flushes standard output. Returns STATUS, or 1 with a message if anything written there was lost.
int util_finish(int status);

// Memory as malloc, realloc and strdup give it; a program that gets none ends with a message and status 1.
void *util_alloc(size_t size);
void *util_realloc(void *old, size_t size);
char *util_strdup(const char *text);
char *util_strndup(const char *text, size_t length);

// Reads one line, newline included, into *LINE (malloc'd, grown as needed, *CAPACITY its size) and ends it with NUL.
// Returns its length, or -1 at end of file or on an error (see ferror).
long util_getline(char **line, size_t *capacity, FILE *file);

// Parses all of TEXT as an unsigned decimal number. Returns false, and leaves *VALUE, if it is not one or too large.
bool util_parse_u64(const char *text, uint64_t *value);

// Writes BYTES for people into BUFFER: `512`, `1.5K`, `12M`.
void util_human(char *buffer, size_t size, uint64_t bytes);

// Writes all of DATA to FD, however many calls that takes. Returns 0, or -1 with errno set.
int util_write_all(int fd, const void *data, size_t size);

// One operand of a utility that reads files: an open FILE, the NAME it was given by, and the caller's own data.
// Returns the utility's status for it.
typedef int (*util_input_fn)(FILE *file, const char *name, void *data);

// Calls INPUT for each of the PATHS (NULL-terminated), `-` being standard input, or once for standard input if there
// are none. Says what could not be opened or read. Returns the largest status, at least 1 if a file failed.
int util_each_input(char **paths, util_input_fn input, void *data);

// The last component of PATH, trailing slashes not counted, as a malloc'd string; "/" for the root.
char *util_basename(const char *path);

// DIRECTORY and NAME joined by one slash, as a malloc'd string.
char *util_join(const char *directory, const char *name);

// Asks QUESTION on standard error and reads a line of standard input. Returns true if it starts with y or Y.
bool util_confirm(const char *format, const char *subject);

#endif
