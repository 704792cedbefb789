// SPDX-License-Identifier: MIT
//
// Copying and removing whole trees: what cp, mv and rm have in common.
//
// Layer: apps, plain C on POSIX. Every failure is reported as `name: path: why` at the place where it happens, and the
// walk goes on with the next entry; the result says whether all of it worked. Links are copied as links, never followed
// below the operand. Owners are not kept: there are none to keep.

#ifndef APPS_LIB_FILES_H
#define APPS_LIB_FILES_H

#include <stdbool.h>

enum {
    FILES_RECURSIVE = 1,   // go into directories
    FILES_FORCE = 2,       // copy: remove a target that cannot be opened; remove: missing files are no error
    FILES_ASK = 4,         // ask before overwriting or removing
    FILES_VERBOSE = 8,     // say what was done
    FILES_KEEP_TIMES = 16, // give the copy the modification time of the original
};

// Copies SOURCE to exactly TARGET (not into it). Returns 0, or 1 if anything failed.
int files_copy(const char *source, const char *target, int flags);

// Removes PATH. Returns 0, or 1 if anything failed.
int files_remove(const char *path, int flags);

// Whether PATH names a directory, links followed.
bool files_is_directory(const char *path);

// Where an operand goes: TARGET itself, or the name of SOURCE inside it if TARGET is a directory. malloc'd.
char *files_target(const char *source, const char *target);

#endif
