// SPDX-License-Identifier: MIT
//
// Variables and functions; vars.h is the interface. Both are plain arrays, searched from the front: a shell has dozens
// of each. Functions are counted references, since one can be running while it is defined anew or a subshell ends.

#include "vars.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/util.h"
#include "parse.h"
#include "text.h"

struct variable {
    char *name;
    char *value; // NULL: exported and not set
    bool exported;
};

struct function {
    char *name;
    char *text; // as it is written in a definition
    struct arena arena;
    struct node *body;
    int references;
};

struct vars_copy {
    struct variable *variables;
    size_t variable_count;
    struct function **functions;
    size_t function_count;
};

static struct vars_copy now;

static struct variable *find(const char *name)
{
    for (size_t i = 0; i < now.variable_count; i++) {
        if (strcmp(now.variables[i].name, name) == 0) {
            return &now.variables[i];
        }
    }
    return NULL;
}

static struct variable *find_or_add(const char *name)
{
    struct variable *variable = find(name);
    if (variable == NULL) {
        now.variables = util_realloc(now.variables, (now.variable_count + 1) * sizeof *now.variables);
        variable = &now.variables[now.variable_count++];
        *variable = (struct variable){ .name = util_strdup(name) };
    }
    return variable;
}

void vars_start(char **environment)
{
    for (; environment != NULL && *environment != NULL; environment++) {
        const char *equals = strchr(*environment, '=');
        if (equals != NULL && parse_is_name(*environment, (size_t)(equals - *environment))) {
            char *name = util_strndup(*environment, (size_t)(equals - *environment));
            vars_set(name, equals + 1);
            vars_export(name);
            free(name);
        }
    }
}

const char *vars_get(const char *name)
{
    const struct variable *variable = find(name);
    return variable != NULL ? variable->value : NULL;
}

void vars_set(const char *name, const char *value)
{
    struct variable *variable = find_or_add(name);
    char *copy = util_strdup(value);
    free(variable->value);
    variable->value = copy;
}

void vars_export(const char *name)
{
    find_or_add(name)->exported = true;
}

void vars_unset(const char *name)
{
    struct variable *variable = find(name);
    if (variable != NULL) {
        free(variable->name);
        free(variable->value);
        *variable = now.variables[--now.variable_count];
    }
}

static char *assignment(const struct variable *variable)
{
    struct string text = { NULL, 0, 0 };
    string_text(&text, variable->name);
    string_char(&text, '=');
    string_text(&text, variable->value);
    return string_take(&text);
}

char **vars_environment(size_t *count)
{
    char **environment = util_alloc((now.variable_count + 1) * sizeof *environment);
    *count = 0;
    for (size_t i = 0; i < now.variable_count; i++) {
        if (now.variables[i].exported && now.variables[i].value != NULL) {
            environment[(*count)++] = assignment(&now.variables[i]);
        }
    }
    environment[*count] = NULL;
    return environment;
}

static void put_assignment(struct string *text, const struct variable *variable)
{
    string_text(text, variable->name);
    if (variable->value != NULL) {
        string_char(text, '=');
        string_quoted(text, variable->value, strlen(variable->value));
    }
}

void vars_print(bool exported_only)
{
    struct list lines = { NULL, 0 };
    for (size_t i = 0; i < now.variable_count; i++) {
        const struct variable *variable = &now.variables[i];
        if (exported_only ? variable->exported : variable->value != NULL) {
            struct string line = { NULL, 0, 0 };
            string_text(&line, exported_only ? "export " : "");
            put_assignment(&line, variable);
            list_add(&lines, string_take(&line));
        }
    }
    list_sort_unique(&lines, 0);
    for (size_t i = 0; i < lines.count; i++) {
        puts(lines.items[i]);
    }
    list_free(&lines);
}

void vars_serialize(struct string *text)
{
    for (size_t i = 0; i < now.variable_count; i++) {
        if (!now.variables[i].exported) {
            put_assignment(text, &now.variables[i]);
            string_char(text, '\n');
        }
    }
    for (size_t i = 0; i < now.function_count; i++) {
        string_text(text, now.functions[i]->text);
        string_char(text, '\n');
    }
}

struct vars_kept vars_keep(const char *name)
{
    const struct variable *variable = find(name);
    struct vars_kept kept = { .name = util_strdup(name), .existed = variable != NULL };
    if (variable != NULL) {
        kept.exported = variable->exported;
        kept.value = variable->value != NULL ? util_strdup(variable->value) : NULL;
    }
    return kept;
}

void vars_put_back(struct vars_kept *kept)
{
    vars_unset(kept->name);
    if (kept->existed) {
        struct variable *variable = find_or_add(kept->name);
        variable->value = kept->value;
        variable->exported = kept->exported;
    }
    free(kept->name);
}

static struct function **find_function(const char *name)
{
    for (size_t i = 0; i < now.function_count; i++) {
        if (strcmp(now.functions[i]->name, name) == 0) {
            return &now.functions[i];
        }
    }
    return NULL;
}

void functions_release(struct function *function)
{
    if (--function->references == 0) {
        arena_free(&function->arena);
        free(function->name);
        free(function->text);
        free(function);
    }
}

void functions_unset(const char *name)
{
    struct function **place = find_function(name);
    if (place != NULL) {
        functions_release(*place);
        *place = now.functions[--now.function_count];
    }
}

void functions_define(const char *name, const struct node *body)
{
    // The tree that holds the definition goes away with its line: parse a text of it into an arena of the function's.
    struct node definition = { .kind = NODE_FUNCTION, .name = name, .right = (struct node *)body };
    struct string text = { NULL, 0, 0 };
    text_node(&text, &definition);
    struct function *function = util_alloc(sizeof *function);
    *function = (struct function){ .name = util_strdup(name), .text = string_take(&text), .references = 1 };
    struct source source = scan_text(function->text, strlen(function->text));
    source.name = name;
    struct node *parsed;
    if (parse_command(&source, &function->arena, &parsed) != PARSE_COMMAND || parsed == NULL) {
        functions_release(function);
        return;
    }
    function->body = parsed->right;
    functions_unset(name);
    now.functions = util_realloc(now.functions, (now.function_count + 1) * sizeof *now.functions);
    now.functions[now.function_count++] = function;
}

bool functions_exist(const char *name)
{
    return find_function(name) != NULL;
}

struct function *functions_hold(const char *name)
{
    struct function **place = find_function(name);
    if (place == NULL) {
        return NULL;
    }
    (*place)->references++;
    return *place;
}

const struct node *functions_body(const struct function *function)
{
    return function->body;
}

void functions_names(struct list *list)
{
    for (size_t i = 0; i < now.function_count; i++) {
        list_add(list, util_strdup(now.functions[i]->name));
    }
}

struct vars_copy *vars_save(void)
{
    struct vars_copy *copy = util_alloc(sizeof *copy);
    *copy = now;
    copy->variables = util_alloc(now.variable_count * sizeof *copy->variables);
    for (size_t i = 0; i < now.variable_count; i++) {
        copy->variables[i] = (struct variable){
            .name = util_strdup(now.variables[i].name),
            .value = now.variables[i].value != NULL ? util_strdup(now.variables[i].value) : NULL,
            .exported = now.variables[i].exported,
        };
    }
    copy->functions = util_alloc(now.function_count * sizeof *copy->functions);
    for (size_t i = 0; i < now.function_count; i++) {
        copy->functions[i] = now.functions[i];
        copy->functions[i]->references++;
    }
    return copy;
}

void vars_restore(struct vars_copy *copy)
{
    for (size_t i = 0; i < now.variable_count; i++) {
        free(now.variables[i].name);
        free(now.variables[i].value);
    }
    for (size_t i = 0; i < now.function_count; i++) {
        functions_release(now.functions[i]);
    }
    free(now.variables);
    free(now.functions);
    now = *copy;
    free(copy);
}
