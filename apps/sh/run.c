// SPDX-License-Identifier: MIT
//
// Running trees; run.h is the interface. Source: POSIX.1-2017 XCU 2.9.

#include "run.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/util.h"
#include "builtin.h"
#include "expand.h"
#include "jobs.h"
#include "pattern.h"
#include "pipeline.h"
#include "process.h"
#include "redirect.h"
#include "sh.h"
#include "subshell.h"
#include "vars.h"

// More than this many functions within each other are taken for an endless recursion.
enum { DEEPEST_CALL = 200 };

struct local {
    struct local *next;
    int depth; // of the function that it belongs to
    struct vars_kept kept;
};

static struct local *locals;

bool run_make_local(const char *name)
{
    if (shell.function_depth == 0) {
        return false;
    }
    struct local *local = util_alloc(sizeof *local);
    *local = (struct local){ .next = locals, .depth = shell.function_depth, .kept = vars_keep(name) };
    locals = local;
    return true;
}

static void end_locals(void)
{
    while (locals != NULL && locals->depth >= shell.function_depth) {
        struct local *local = locals;
        locals = local->next;
        vars_put_back(&local->kept);
        free(local);
    }
}

static void run_function(struct function *function, const struct list *arguments)
{
    if (shell.function_depth >= DEEPEST_CALL) {
        shell_fail(1, "%s: more than %d calls within each other", arguments->items[0], DEEPEST_CALL);
        functions_release(function);
        return;
    }
    char **outer_arguments = shell.arguments;
    size_t outer_count = shell.argument_count;
    int outer_loops = shell.loop_depth;
    shell.arguments = strings_copy(arguments->items + 1, arguments->count - 1);
    shell.argument_count = arguments->count - 1;
    shell.loop_depth = 0;
    shell.function_depth++;
    run_node(functions_body(function));
    end_locals();
    shell.function_depth--;
    shell.loop_depth = outer_loops;
    strings_free(shell.arguments, shell.argument_count);
    shell.arguments = outer_arguments;
    shell.argument_count = outer_count;
    if (shell.unwind == UNWIND_RETURN) {
        shell.unwind = UNWIND_NONE;
    }
    functions_release(function);
}

void run_arguments(const struct list *arguments, bool skip_functions)
{
    const char *name = arguments->items[0];
    struct function *function = skip_functions ? NULL : functions_hold(name);
    if (function != NULL) {
        run_function(function, arguments);
        return;
    }
    builtin_fn builtin = builtin_find(name);
    if (builtin != NULL) {
        shell.status = builtin((int)arguments->count, arguments->items);
        if (fflush(stdout) != 0) {
            util_warn_errno(name);
            clearerr(stdout);
            shell.status = 1;
        }
        return;
    }
    pid_t pid = process_start(arguments->items, false);
    if (pid > 0) {
        shell.status = jobs_wait_foreground(&pid, 1, name);
    }
}

// What holds while one simple command runs: its redirections and the variables that are set for it alone.
struct setting {
    struct redirect_undo redirects;
    struct vars_kept *kept;
    size_t kept_count;
};

static void assign(const struct word *assignment)
{
    const char *equals = strchr(assignment->text, '=');
    char *name = util_strndup(assignment->text, (size_t)(equals - assignment->text));
    char *value = expand_string(equals + 1);
    if (shell.unwind == UNWIND_NONE) {
        vars_set(name, value);
    }
    free(value);
    free(name);
}

static bool setting_begin(struct setting *setting, const struct node *node, bool temporary)
{
    *setting = (struct setting){ .kept = NULL };
    redirect_save(&setting->redirects);
    bool good = redirect_apply(&setting->redirects, node->redirects);
    for (const struct word *word = node->assignments; good && word != NULL; word = word->next) {
        if (temporary) {
            char *name = util_strndup(word->text, strcspn(word->text, "="));
            setting->kept = util_realloc(setting->kept, (setting->kept_count + 1) * sizeof *setting->kept);
            setting->kept[setting->kept_count++] = vars_keep(name);
            assign(word);
            vars_export(name);
            free(name);
        } else {
            assign(word);
        }
        good = shell.unwind == UNWIND_NONE;
    }
    if (!good && shell.unwind == UNWIND_NONE) {
        shell.status = 1;
    }
    return good;
}

static void setting_end(struct setting *setting)
{
    while (setting->kept_count > 0) {
        vars_put_back(&setting->kept[--setting->kept_count]);
    }
    free(setting->kept);
    redirect_undo(&setting->redirects);
}

static void trace(const struct list *arguments)
{
    fflush(stdout);
    fputc('+', stderr);
    for (size_t i = 0; i < arguments->count; i++) {
        fprintf(stderr, " %s", arguments->items[i]);
    }
    fputc('\n', stderr);
}

static void run_simple(const struct node *node)
{
    unsigned captures = shell.captures;
    struct list arguments = { NULL, 0 };
    expand_words(node->words, &arguments);
    struct setting setting;
    if (shell.unwind == UNWIND_NONE && arguments.count == 0) {
        if (setting_begin(&setting, node, false) && shell.captures == captures) {
            shell.status = 0;
        }
        setting_end(&setting);
    } else if (shell.unwind == UNWIND_NONE) {
        if (shell.trace) {
            trace(&arguments);
        }
        if (setting_begin(&setting, node, true)) {
            run_arguments(&arguments, false);
            // `exec` with redirections alone makes them last.
            if (arguments.count == 1 && strcmp(arguments.items[0], "exec") == 0) {
                redirect_keep(&setting.redirects);
            }
        }
        setting_end(&setting);
    }
    list_free(&arguments);
}

pid_t run_start(const struct node *node, bool background)
{
    pid_t pid = -1;
    struct list arguments = { NULL, 0 };
    expand_words(node->words, &arguments);
    if (shell.unwind == UNWIND_NONE && arguments.count > 0) {
        struct setting setting;
        if (shell.trace) {
            trace(&arguments);
        }
        if (setting_begin(&setting, node, true)) {
            pid = process_start(arguments.items, background);
        }
        setting_end(&setting);
    }
    list_free(&arguments);
    return pid;
}

// A command whose failure is an answer.
static bool condition(const struct node *node)
{
    shell.condition_depth++;
    run_node(node);
    shell.condition_depth--;
    return shell.status == 0;
}

// After the body of a loop. Returns whether the loop goes on.
static bool next_turn(void)
{
    if (shell.unwind == UNWIND_NONE) {
        return true;
    }
    if (shell.unwind != UNWIND_BREAK && shell.unwind != UNWIND_CONTINUE) {
        return false;
    }
    if (shell.levels > 1) {
        shell.levels--;
        return false;
    }
    bool on = shell.unwind == UNWIND_CONTINUE;
    shell.unwind = UNWIND_NONE;
    return on;
}

static void run_while(const struct node *node)
{
    int status = 0;
    bool wanted = node->kind == NODE_WHILE;
    shell.loop_depth++;
    for (;;) {
        bool holds = condition(node->left);
        if (shell.unwind != UNWIND_NONE) {
            if (next_turn()) {
                continue;
            }
            break;
        }
        if (holds != wanted) {
            shell.status = status;
            break;
        }
        run_node(node->right);
        status = shell.status;
        if (!next_turn()) {
            break;
        }
    }
    shell.loop_depth--;
}

static void run_for(const struct node *node)
{
    struct list values = { NULL, 0 };
    if (node->over_arguments) {
        for (size_t i = 0; i < shell.argument_count; i++) {
            list_add(&values, util_strdup(shell.arguments[i]));
        }
    } else {
        expand_words(node->words, &values);
    }
    if (shell.unwind == UNWIND_NONE) {
        shell.status = 0;
    }
    shell.loop_depth++;
    for (size_t i = 0; i < values.count && shell.unwind == UNWIND_NONE; i++) {
        vars_set(node->name, values.items[i]);
        run_node(node->right);
        if (!next_turn()) {
            break;
        }
    }
    shell.loop_depth--;
    list_free(&values);
}

static bool item_matches(const struct case_item *item, const char *subject)
{
    for (const struct word *word = item->patterns; word != NULL; word = word->next) {
        char *pattern = expand_pattern(word->text);
        bool matches = shell.unwind == UNWIND_NONE && pattern_match(pattern, subject);
        free(pattern);
        if (matches) {
            return true;
        }
    }
    return false;
}

static void run_case(const struct node *node)
{
    char *subject = expand_string(node->words->text);
    const struct case_item *item = node->items;
    while (item != NULL && !item_matches(item, subject)) {
        item = item->next;
    }
    free(subject);
    if (shell.unwind == UNWIND_NONE) {
        shell.status = 0;
    }
    if (item != NULL && item->body != NULL) {
        run_node(item->body);
    }
}

static void run_if(const struct node *node)
{
    if (condition(node->left)) {
        if (shell.unwind == UNWIND_NONE) {
            run_node(node->right);
        }
    } else if (shell.unwind == UNWIND_NONE) {
        shell.status = 0;
        if (node->other != NULL) {
            run_node(node->other);
        }
    }
}

static void run_and_or(const struct node *node)
{
    bool holds = condition(node->left);
    if (shell.unwind == UNWIND_NONE && holds == (node->kind == NODE_AND)) {
        run_node(node->right);
    }
}

static void run_not(const struct node *node)
{
    bool holds = condition(node->left);
    if (shell.unwind == UNWIND_NONE) {
        shell.status = holds;
    }
}

// `-e`: a command that failed, and was not asked whether it would, ends the shell.
static void check_failure(void)
{
    if (shell.exit_on_error && shell.status != 0 && shell.condition_depth == 0 && shell.unwind == UNWIND_NONE) {
        shell.unwind = UNWIND_EXIT;
    }
}

static void run_kind(const struct node *node)
{
    switch (node->kind) {
    case NODE_SIMPLE: run_simple(node); check_failure(); break;
    case NODE_PIPELINE: pipeline_run(node); check_failure(); break;
    case NODE_SUBSHELL: subshell_run(node->left); check_failure(); break;
    case NODE_NOT: run_not(node); break;
    case NODE_AND:
    case NODE_OR: run_and_or(node); break;
    case NODE_SEQUENCE: run_node(node->left); run_node(node->right); break;
    case NODE_ASYNC: pipeline_background(node->left); break;
    case NODE_GROUP: run_node(node->left); break;
    case NODE_IF: run_if(node); break;
    case NODE_WHILE:
    case NODE_UNTIL: run_while(node); break;
    case NODE_FOR: run_for(node); break;
    case NODE_CASE: run_case(node); break;
    case NODE_FUNCTION: functions_define(node->name, node->right); shell.status = 0; break;
    }
}

void run_node(const struct node *node)
{
    if (shell_interrupted) {
        shell_interrupted = 0;
        shell.unwind = UNWIND_INTERRUPT;
        shell.status = STATUS_SIGNAL + SIGINT;
    }
    if (shell.unwind != UNWIND_NONE) {
        return;
    }
    if (node->kind == NODE_SIMPLE || node->redirects == NULL) {
        run_kind(node);
        return;
    }
    struct redirect_undo undo;
    redirect_save(&undo);
    if (redirect_apply(&undo, node->redirects)) {
        run_kind(node);
    } else if (shell.unwind == UNWIND_NONE) {
        shell.status = 1;
        check_failure();
    }
    redirect_undo(&undo);
}
