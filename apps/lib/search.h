// SPDX-License-Identifier: MIT
//
// Where a command is: the search through PATH that the shell and env share.
//
// Layer: apps, plain C on POSIX.

#ifndef APPS_LIB_SEARCH_H
#define APPS_LIB_SEARCH_H

// The path searched if PATH is not set.
#define SEARCH_DEFAULT_PATH "/bin:/usr/bin"

// The file that NAME means as a command: NAME itself if it holds a slash, else the first program of that name in the
// folders of PATH (colon-separated; NULL means SEARCH_DEFAULT_PATH). Returns a malloc'd path, or NULL with errno ENOENT
// if there is none, or with the reason why the one that is there cannot be run (EACCES, EISDIR).
char *search_program(const char *name, const char *path);

#endif
