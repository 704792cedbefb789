// SPDX-License-Identifier: MIT
//
// Trees written back as text; text.h is the interface.

#include "text.h"

#include <stdio.h>
#include <string.h>

#include "scan.h"

static void put_words(struct string *text, const struct word *word, const char *separator)
{
    for (const char *gap = ""; word != NULL; word = word->next) {
        string_text(text, gap);
        string_text(text, word->text);
        gap = separator;
    }
}

// The body of a here-document that is expanded, as a word in double quotes. A here-string adds the last newline itself.
static void put_expanded_body(struct string *text, const char *body, size_t length)
{
    struct source source = scan_text(body, length);
    string_char(text, '"');
    while (source.position < length) {
        size_t start = source.position;
        char c = body[start];
        if (c == '$' || c == '`' || c == '\\') {
            scan_piece(&source);
        } else {
            source.position++;
        }
        if (c == '"') {
            string_char(text, '\\');
        }
        // An escape that means nothing in a here-document, `\"`, must stay as it is in double quotes.
        if (c == '\\' && body[start + 1] == '"') {
            string_text(text, "\\\\\\");
            string_char(text, '"');
            continue;
        }
        string_bytes(text, body + start, source.position - start);
    }
    string_char(text, '"');
}

static void put_body(struct string *text, const struct redirect *redirect)
{
    size_t length = strlen(redirect->text);
    if (length == 0) {
        string_text(text, "</dev/null");
        return;
    }
    string_text(text, "<<<");
    length--;
    if (redirect->quoted) {
        string_quoted(text, redirect->text, length);
    } else {
        put_expanded_body(text, redirect->text, length);
    }
}

static void put_redirects(struct string *text, const struct redirect *redirect)
{
    static const char *const operators[] = {
        [REDIRECT_READ] = "<",        [REDIRECT_WRITE] = ">",      [REDIRECT_APPEND] = ">>",
        [REDIRECT_READ_WRITE] = "<>", [REDIRECT_DUPLICATE] = ">&", [REDIRECT_HERE_STRING] = "<<<",
    };
    for (; redirect != NULL; redirect = redirect->next) {
        char fd[16];
        snprintf(fd, sizeof fd, " %d", redirect->fd);
        string_text(text, fd);
        if (redirect->kind == REDIRECT_HERE) {
            put_body(text, redirect);
        } else {
            string_text(text, operators[redirect->kind]);
            string_text(text, redirect->text);
        }
    }
}

static void put_three(struct string *text, const char *before, const struct node *node, const char *after)
{
    string_text(text, before);
    text_node(text, node);
    // `&` ends a command as a semicolon does, and the two may not follow each other.
    string_text(text, after + (*after == ';' && text->text[text->length - 1] == '&'));
}

static void put_if(struct string *text, const struct node *node)
{
    put_three(text, "if ", node->left, "; then ");
    text_node(text, node->right);
    if (node->other != NULL) {
        string_text(text, text->text[text->length - 1] == '&' ? " else " : "; else ");
        text_node(text, node->other);
    }
    string_text(text, text->text[text->length - 1] == '&' ? " fi" : "; fi");
}

static void put_for(struct string *text, const struct node *node)
{
    string_text(text, "for ");
    string_text(text, node->name);
    if (!node->over_arguments) {
        string_text(text, " in ");
        put_words(text, node->words, " ");
    }
    put_three(text, "; do ", node->right, "; done");
}

static void put_case(struct string *text, const struct node *node)
{
    string_text(text, "case ");
    put_words(text, node->words, " ");
    string_text(text, " in ");
    for (const struct case_item *item = node->items; item != NULL; item = item->next) {
        string_char(text, '(');
        put_words(text, item->patterns, "|");
        string_text(text, ") ");
        if (item->body != NULL) {
            text_node(text, item->body);
        }
        string_text(text, " ;; ");
    }
    string_text(text, "esac");
}

static void put_simple(struct string *text, const struct node *node)
{
    put_words(text, node->assignments, " ");
    if (node->assignments != NULL && node->words != NULL) {
        string_char(text, ' ');
    }
    put_words(text, node->words, " ");
}

static void put_two(struct string *text, const struct node *node, const char *between)
{
    put_three(text, "", node->left, between);
    text_node(text, node->right);
}

static void put_pipeline(struct string *text, const struct node *node)
{
    text_node(text, node->left);
    for (const struct node *stage = node->left->next; stage != NULL; stage = stage->next) {
        string_text(text, " | ");
        text_node(text, stage);
    }
}

void text_node(struct string *text, const struct node *node)
{
    switch (node->kind) {
    case NODE_SIMPLE: put_simple(text, node); break;
    case NODE_PIPELINE: put_pipeline(text, node); break;
    case NODE_NOT: put_three(text, "! ", node->left, ""); break;
    case NODE_AND: put_two(text, node, " && "); break;
    case NODE_OR: put_two(text, node, " || "); break;
    case NODE_SEQUENCE: put_two(text, node, "; "); break;
    case NODE_ASYNC: put_three(text, "", node->left, " &"); break;
    case NODE_SUBSHELL: put_three(text, "(", node->left, ")"); break;
    case NODE_GROUP: put_three(text, "{ ", node->left, "; }"); break;
    case NODE_IF: put_if(text, node); break;
    case NODE_WHILE: put_three(text, "while ", node->left, "; "); put_three(text, "do ", node->right, "; done"); break;
    case NODE_UNTIL: put_three(text, "until ", node->left, "; "); put_three(text, "do ", node->right, "; done"); break;
    case NODE_FOR: put_for(text, node); break;
    case NODE_CASE: put_case(text, node); break;
    case NODE_FUNCTION: string_text(text, node->name); put_three(text, "() ", node->right, ""); break;
    }
    put_redirects(text, node->redirects);
}
