// SPDX-License-Identifier: MIT
//
// The shell's variables and functions, what of them children inherit, and copies of all of it for subshells.
//
// Layer: sh. Values are strings. PATH, HOME and the like are ordinary variables that came from the environment.

#ifndef SH_VARS_H
#define SH_VARS_H

#include <stdbool.h>

#include "arena.h"
#include "ast.h"
#include "list.h"

// Takes over the environment, every variable exported.
void vars_start(char **environment);

// The value of NAME, or NULL if it is not set. Valid until the variable changes.
const char *vars_get(const char *name);

// Sets NAME to a copy of VALUE. An exported variable stays exported.
void vars_set(const char *name, const char *value);

// Passes NAME on to programs from now on, whether it is set already or not.
void vars_export(const char *name);

void vars_unset(const char *name);

// A malloc'd environment for a program; its strings as well (strings_free).
char **vars_environment(size_t *count);

// Prints all variables, or with EXPORTED_ONLY as `export` commands, sorted, in a form that the shell reads back.
void vars_print(bool exported_only);

// Appends, as commands, what a new shell does not get through its environment: other variables, and functions.
void vars_serialize(struct string *text);

// A variable as it was, to be put back: set or not, exported or not.
struct vars_kept {
    char *name;
    char *value; // NULL if it was not set
    bool exported, existed;
};

struct vars_kept vars_keep(const char *name);
void vars_put_back(struct vars_kept *kept);

// Defines a function: keeps BODY as its own tree.
void functions_define(const char *name, const struct node *body);

bool functions_exist(const char *name);
void functions_unset(const char *name);

// The body of a function, which stays valid, even if the function is defined anew, until it is released; NULL if there
// is none of that name.
struct function *functions_hold(const char *name);
const struct node *functions_body(const struct function *function);
void functions_release(struct function *function);

// The names of functions, added to LIST.
void functions_names(struct list *list);

// All variables and functions as they are now. vars_restore puts them back and ends the copy.
struct vars_copy *vars_save(void);
void vars_restore(struct vars_copy *copy);

#endif
