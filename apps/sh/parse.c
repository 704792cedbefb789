// SPDX-License-Identifier: MIT
//
// The parser; parse.h is the interface. A recursive descent: one function a rule of the grammar. After an error every
// function returns NULL at once, since lexer->failed stays set.

#include "parse.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "lex.h"

static const char *const reserved[] = {
    "if", "then", "elif", "else", "fi", "while", "until", "for", "in", "do", "done", "case", "esac", "{", "}", "!",
};

enum { RESERVED = sizeof reserved / sizeof reserved[0] };

static struct node *parse_list(struct lexer *lexer);
static struct node *parse_body(struct lexer *lexer);

bool parse_is_name(const char *text, size_t length)
{
    if (length == 0 || isdigit((unsigned char)*text)) {
        return false;
    }
    for (size_t i = 0; i < length; i++) {
        if (!isalnum((unsigned char)text[i]) && text[i] != '_') {
            return false;
        }
    }
    return true;
}

bool parse_is_reserved(const char *word)
{
    for (int i = 0; i < RESERVED; i++) {
        if (strcmp(word, reserved[i]) == 0) {
            return true;
        }
    }
    return false;
}

static void *unexpected(struct lexer *lexer)
{
    enum token token = lex_peek(lexer);
    if (token != TOKEN_ERROR) {
        lex_error(lexer, "syntax error: unexpected %s", lexer->text);
    }
    return NULL;
}

static struct node *new_node(struct lexer *lexer, enum node_kind kind, struct node *left, struct node *right)
{
    struct node *node = arena_alloc(lexer->arena, sizeof *node);
    node->kind = kind;
    node->left = left;
    node->right = right;
    return node;
}

static bool at_word(struct lexer *lexer, const char *word)
{
    return lex_peek(lexer) == TOKEN_WORD && strcmp(lexer->text, word) == 0;
}

static bool accept_word(struct lexer *lexer, const char *word)
{
    if (!at_word(lexer, word)) {
        return false;
    }
    lex_take(lexer);
    return true;
}

static bool accept(struct lexer *lexer, enum token token)
{
    if (lex_peek(lexer) != token) {
        return false;
    }
    lex_take(lexer);
    return true;
}

static bool expect_word(struct lexer *lexer, const char *word)
{
    if (accept_word(lexer, word)) {
        return true;
    }
    if (lex_peek(lexer) != TOKEN_ERROR) {
        lex_error(lexer, "syntax error: unexpected %s, %s expected", lexer->text, word);
    }
    return false;
}

static void skip_newlines(struct lexer *lexer)
{
    while (accept(lexer, TOKEN_NEWLINE)) {
    }
}

static struct word *take_word(struct lexer *lexer)
{
    struct word *word = arena_alloc(lexer->arena, sizeof *word);
    word->text = lexer->text;
    lex_take(lexer);
    return word;
}

static bool is_redirection(enum token token)
{
    return token == TOKEN_IO_NUMBER || token >= TOKEN_LESS;
}

static enum redirect_kind redirect_kind(enum token operator)
{
    switch (operator) {
    case TOKEN_LESS: return REDIRECT_READ;
    case TOKEN_APPEND: return REDIRECT_APPEND;
    case TOKEN_LESS_GREATER: return REDIRECT_READ_WRITE;
    case TOKEN_LESS_AND:
    case TOKEN_GREATER_AND: return REDIRECT_DUPLICATE;
    case TOKEN_HERE:
    case TOKEN_HERE_DASH: return REDIRECT_HERE;
    case TOKEN_HERE_STRING: return REDIRECT_HERE_STRING;
    default: return REDIRECT_WRITE;
    }
}

static bool reads(enum token operator)
{
    return operator == TOKEN_LESS || operator == TOKEN_LESS_GREATER || operator == TOKEN_LESS_AND
        || operator == TOKEN_HERE || operator == TOKEN_HERE_DASH || operator == TOKEN_HERE_STRING;
}

static struct redirect *parse_redirect(struct lexer *lexer)
{
    struct redirect *redirect = arena_alloc(lexer->arena, sizeof *redirect);
    int fd = -1;
    if (lex_peek(lexer) == TOKEN_IO_NUMBER) {
        fd = atoi(lexer->text);
        lex_take(lexer);
    }
    enum token operator = lex_peek(lexer);
    lex_take(lexer);
    redirect->kind = redirect_kind(operator);
    redirect->fd = fd >= 0 ? fd : reads(operator) ? 0 : 1;
    if (lex_peek(lexer) != TOKEN_WORD && lex_peek(lexer) != TOKEN_IO_NUMBER) {
        return unexpected(lexer);
    }
    redirect->text = lexer->text;
    if (redirect->kind == REDIRECT_HERE) {
        lex_here(lexer, redirect, lexer->text, operator == TOKEN_HERE_DASH);
    }
    lex_take(lexer);
    return redirect;
}

// Any number of redirections, added at TAIL.
static bool parse_redirects(struct lexer *lexer, struct redirect **tail)
{
    while (*tail != NULL) {
        tail = &(*tail)->next;
    }
    while (is_redirection(lex_peek(lexer))) {
        *tail = parse_redirect(lexer);
        if (*tail == NULL) {
            return false;
        }
        tail = &(*tail)->next;
    }
    return true;
}

static bool is_assignment(const char *text)
{
    const char *equals = strchr(text, '=');
    return equals != NULL && parse_is_name(text, (size_t)(equals - text));
}

static struct node *parse_function(struct lexer *lexer, const char *name)
{
    lex_take(lexer);
    if (!accept(lexer, TOKEN_CLOSE)) {
        return unexpected(lexer);
    }
    skip_newlines(lexer);
    struct node *node = new_node(lexer, NODE_FUNCTION, NULL, parse_body(lexer));
    node->name = name;
    return node->right != NULL ? node : NULL;
}

static struct node *parse_simple(struct lexer *lexer)
{
    struct node *node = new_node(lexer, NODE_SIMPLE, NULL, NULL);
    struct word **assignments = &node->assignments;
    struct word **words = &node->words;
    for (;;) {
        enum token token = lex_peek(lexer);
        if (token == TOKEN_WORD && node->words == NULL && is_assignment(lexer->text)) {
            *assignments = take_word(lexer);
            assignments = &(*assignments)->next;
        } else if (token == TOKEN_WORD) {
            *words = take_word(lexer);
            words = &(*words)->next;
        } else if (is_redirection(token)) {
            if (!parse_redirects(lexer, &node->redirects)) {
                return NULL;
            }
        } else if (token == TOKEN_OPEN && node->words != NULL && node->words->next == NULL
                   && node->assignments == NULL && node->redirects == NULL
                   && parse_is_name(node->words->text, strlen(node->words->text))) {
            return parse_function(lexer, node->words->text);
        } else {
            break;
        }
    }
    if (node->words == NULL && node->assignments == NULL && node->redirects == NULL) {
        return unexpected(lexer);
    }
    return node;
}

// A list that must not be empty.
static struct node *parse_needed_list(struct lexer *lexer)
{
    struct node *list = parse_list(lexer);
    return list != NULL ? list : unexpected(lexer);
}

// After `if` or `elif`.
static struct node *parse_if(struct lexer *lexer)
{
    struct node *node = new_node(lexer, NODE_IF, NULL, NULL);
    node->left = parse_needed_list(lexer);
    if (node->left == NULL || !expect_word(lexer, "then")) {
        return NULL;
    }
    node->right = parse_needed_list(lexer);
    if (node->right == NULL) {
        return NULL;
    }
    if (accept_word(lexer, "elif")) {
        node->other = parse_if(lexer);
        return node->other != NULL ? node : NULL;
    }
    if (accept_word(lexer, "else")) {
        node->other = parse_needed_list(lexer);
        if (node->other == NULL) {
            return NULL;
        }
    }
    return expect_word(lexer, "fi") ? node : NULL;
}

static struct node *parse_do(struct lexer *lexer)
{
    if (!expect_word(lexer, "do")) {
        return NULL;
    }
    struct node *body = parse_needed_list(lexer);
    return body != NULL && expect_word(lexer, "done") ? body : NULL;
}

static struct node *parse_loop(struct lexer *lexer, enum node_kind kind)
{
    struct node *condition = parse_needed_list(lexer);
    struct node *body = condition != NULL ? parse_do(lexer) : NULL;
    return body != NULL ? new_node(lexer, kind, condition, body) : NULL;
}

static struct node *parse_for(struct lexer *lexer)
{
    if (lex_peek(lexer) != TOKEN_WORD || !parse_is_name(lexer->text, strlen(lexer->text))) {
        return unexpected(lexer);
    }
    struct node *node = new_node(lexer, NODE_FOR, NULL, NULL);
    node->name = take_word(lexer)->text;
    skip_newlines(lexer);
    node->over_arguments = !accept_word(lexer, "in");
    if (!node->over_arguments) {
        struct word **tail = &node->words;
        while (lex_peek(lexer) == TOKEN_WORD) {
            *tail = take_word(lexer);
            tail = &(*tail)->next;
        }
        if (!accept(lexer, TOKEN_SEMICOLON) && lex_peek(lexer) != TOKEN_NEWLINE) {
            return unexpected(lexer);
        }
    } else {
        accept(lexer, TOKEN_SEMICOLON);
    }
    skip_newlines(lexer);
    node->right = parse_do(lexer);
    return node->right != NULL ? node : NULL;
}

static struct case_item *parse_case_item(struct lexer *lexer)
{
    struct case_item *item = arena_alloc(lexer->arena, sizeof *item);
    struct word **tail = &item->patterns;
    accept(lexer, TOKEN_OPEN);
    do {
        if (lex_peek(lexer) != TOKEN_WORD) {
            return unexpected(lexer);
        }
        *tail = take_word(lexer);
        tail = &(*tail)->next;
    } while (accept(lexer, TOKEN_PIPE));
    if (!accept(lexer, TOKEN_CLOSE)) {
        return unexpected(lexer);
    }
    item->body = parse_list(lexer);
    return lexer->failed ? NULL : item;
}

static struct node *parse_case(struct lexer *lexer)
{
    if (lex_peek(lexer) != TOKEN_WORD) {
        return unexpected(lexer);
    }
    struct node *node = new_node(lexer, NODE_CASE, NULL, NULL);
    node->words = take_word(lexer);
    skip_newlines(lexer);
    if (!expect_word(lexer, "in")) {
        return NULL;
    }
    skip_newlines(lexer);
    for (struct case_item **tail = &node->items; !at_word(lexer, "esac"); tail = &(*tail)->next) {
        *tail = parse_case_item(lexer);
        if (*tail == NULL) {
            return NULL;
        }
        if (!accept(lexer, TOKEN_DOUBLE_SEMICOLON) && !at_word(lexer, "esac")) {
            return unexpected(lexer);
        }
        skip_newlines(lexer);
    }
    lex_take(lexer);
    return node;
}

static struct node *parse_group(struct lexer *lexer)
{
    struct node *list = parse_needed_list(lexer);
    return list != NULL && expect_word(lexer, "}") ? new_node(lexer, NODE_GROUP, list, NULL) : NULL;
}

static struct node *parse_subshell(struct lexer *lexer)
{
    struct node *list = parse_needed_list(lexer);
    if (list == NULL || !accept(lexer, TOKEN_CLOSE)) {
        return unexpected(lexer);
    }
    return new_node(lexer, NODE_SUBSHELL, list, NULL);
}

// A compound command without its redirections. *FOUND says whether there is one.
static struct node *parse_compound(struct lexer *lexer, bool *found)
{
    *found = true;
    if (accept(lexer, TOKEN_OPEN)) {
        return parse_subshell(lexer);
    }
    if (accept_word(lexer, "{")) {
        return parse_group(lexer);
    }
    if (accept_word(lexer, "if")) {
        return parse_if(lexer);
    }
    if (accept_word(lexer, "while")) {
        return parse_loop(lexer, NODE_WHILE);
    }
    if (accept_word(lexer, "until")) {
        return parse_loop(lexer, NODE_UNTIL);
    }
    if (accept_word(lexer, "for")) {
        return parse_for(lexer);
    }
    if (accept_word(lexer, "case")) {
        return parse_case(lexer);
    }
    *found = false;
    return NULL;
}

static struct node *parse_one(struct lexer *lexer)
{
    bool compound;
    struct node *node = parse_compound(lexer, &compound);
    if (compound) {
        return node != NULL && parse_redirects(lexer, &node->redirects) ? node : NULL;
    }
    if (lex_peek(lexer) == TOKEN_WORD && parse_is_reserved(lexer->text)) {
        return unexpected(lexer);
    }
    return parse_simple(lexer);
}

// A function's body: a compound command.
static struct node *parse_body(struct lexer *lexer)
{
    bool compound;
    struct node *node = parse_compound(lexer, &compound);
    if (!compound) {
        return unexpected(lexer);
    }
    return node != NULL && parse_redirects(lexer, &node->redirects) ? node : NULL;
}

static struct node *parse_pipeline(struct lexer *lexer)
{
    bool inverted = false;
    while (accept_word(lexer, "!")) {
        inverted = !inverted;
    }
    struct node *node = parse_one(lexer);
    if (node != NULL && lex_peek(lexer) == TOKEN_PIPE) {
        struct node *last = node;
        node = new_node(lexer, NODE_PIPELINE, node, NULL);
        while (accept(lexer, TOKEN_PIPE)) {
            skip_newlines(lexer);
            last->next = parse_one(lexer);
            if (last->next == NULL) {
                return NULL;
            }
            last = last->next;
        }
    }
    return node != NULL && inverted ? new_node(lexer, NODE_NOT, node, NULL) : node;
}

static struct node *parse_and_or(struct lexer *lexer)
{
    struct node *node = parse_pipeline(lexer);
    while (node != NULL) {
        enum token token = lex_peek(lexer);
        if (token != TOKEN_AND_IF && token != TOKEN_OR_IF) {
            break;
        }
        lex_take(lexer);
        skip_newlines(lexer);
        struct node *right = parse_pipeline(lexer);
        node = right != NULL ? new_node(lexer, token == TOKEN_AND_IF ? NODE_AND : NODE_OR, node, right) : NULL;
    }
    return node;
}

static bool ends_list(struct lexer *lexer)
{
    static const char *const enders[] = { "then", "elif", "else", "fi", "do", "done", "esac", "}" };
    enum token token = lex_peek(lexer);
    if (token != TOKEN_WORD) {
        return token == TOKEN_CLOSE || token == TOKEN_DOUBLE_SEMICOLON || token == TOKEN_END || token == TOKEN_ERROR;
    }
    for (size_t i = 0; i < sizeof enders / sizeof enders[0]; i++) {
        if (strcmp(lexer->text, enders[i]) == 0) {
            return true;
        }
    }
    return false;
}

static struct node *add_to_sequence(struct lexer *lexer, struct node *sequence, struct node *node)
{
    return sequence != NULL ? new_node(lexer, NODE_SEQUENCE, sequence, node) : node;
}

// Commands inside a compound one, up to the word or token that ends it. NULL if there are none, or after an error.
static struct node *parse_list(struct lexer *lexer)
{
    struct node *list = NULL;
    skip_newlines(lexer);
    while (!ends_list(lexer)) {
        struct node *node = parse_and_or(lexer);
        if (node == NULL) {
            return NULL;
        }
        bool separated = true;
        if (accept(lexer, TOKEN_AMPERSAND)) {
            node = new_node(lexer, NODE_ASYNC, node, NULL);
        } else {
            separated = accept(lexer, TOKEN_SEMICOLON) || lex_peek(lexer) == TOKEN_NEWLINE;
        }
        list = add_to_sequence(lexer, list, node);
        if (!separated) {
            break;
        }
        skip_newlines(lexer);
    }
    return lexer->failed ? NULL : list;
}

// One line: commands separated by `;` and `&`, up to the newline, which is taken.
static struct node *parse_line(struct lexer *lexer)
{
    struct node *line = NULL;
    while (!accept(lexer, TOKEN_NEWLINE) && lex_peek(lexer) != TOKEN_END) {
        struct node *node = parse_and_or(lexer);
        if (node == NULL) {
            return NULL;
        }
        if (accept(lexer, TOKEN_AMPERSAND)) {
            node = new_node(lexer, NODE_ASYNC, node, NULL);
        } else if (!accept(lexer, TOKEN_SEMICOLON) && lex_peek(lexer) != TOKEN_NEWLINE
                   && lex_peek(lexer) != TOKEN_END) {
            return unexpected(lexer);
        }
        line = add_to_sequence(lexer, line, node);
    }
    return line;
}

// After an error: what is left of the line belongs to it.
static void drop_line(struct source *source)
{
    while (source->position < source->length && source->text[source->position] != '\n') {
        source->position++;
    }
}

enum parse_result parse_command(struct source *source, struct arena *arena, struct node **node)
{
    struct lexer lexer = { .source = source, .arena = arena };
    source->in_command = false;
    *node = NULL;
    if (lex_peek(&lexer) == TOKEN_END) {
        return PARSE_END;
    }
    *node = parse_line(&lexer);
    if (lexer.failed) {
        drop_line(source);
        return PARSE_ERROR;
    }
    return PARSE_COMMAND;
}
