// SPDX-License-Identifier: MIT
//
// Arithmetic; arith.h is the interface. Precedence climbing over a table of operators. The operands of `&&`, `||` and
// `?:` that C would not evaluate are parsed with `skipping` set, so that they neither assign nor divide.

#include "arith.h"

#include <ctype.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../lib/util.h"
#include "sh.h"
#include "vars.h"

struct arith {
    const char *start, *next;
    int skipping, depth;
    bool failed;
};

enum { DEEPEST = 64 };

static const struct operator { const char *text; int level; } operators[] = {
    { "<<", 8 }, { ">>", 8 }, { "<=", 7 }, { ">=", 7 }, { "==", 6 }, { "!=", 6 }, { "&&", 2 }, { "||", 1 },
    { "*", 10 }, { "/", 10 }, { "%", 10 }, { "+", 9 },  { "-", 9 },  { "<", 7 },  { ">", 7 },  { "&", 5 },
    { "^", 4 },  { "|", 3 },
};

enum { OPERATORS = sizeof operators / sizeof operators[0] };

static long long conditional(struct arith *arith);

static long long fail(struct arith *arith, const char *why)
{
    if (!arith->failed) {
        shell_fail(STATUS_USAGE, "%s: %s", arith->start, why);
    }
    arith->failed = true;
    return 0;
}

static void skip_space(struct arith *arith)
{
    while (isspace((unsigned char)*arith->next)) {
        arith->next++;
    }
}

static bool accept(struct arith *arith, char c)
{
    skip_space(arith);
    if (*arith->next != c) {
        return false;
    }
    arith->next++;
    return true;
}

static long long number_of(struct arith *arith, const char *text)
{
    char *end;
    long long value = (long long)strtoull(text, &end, 0);
    if (*end != '\0') {
        return fail(arith, "a variable in it is not a number");
    }
    return value;
}

static long long apply(struct arith *arith, const char *operator, long long left, long long right)
{
    uint64_t a = (uint64_t)left;
    uint64_t b = (uint64_t)right;
    switch (operator[0]) {
    case '*': return (long long)(a * b);
    case '+': return (long long)(a + b);
    case '-': return (long long)(a - b);
    case '/':
    case '%':
        if (arith->skipping) {
            return 0;
        }
        if (right == 0) {
            return fail(arith, "division by zero");
        }
        if (right == -1) {
            return operator[0] == '/' ? (long long)(0 - a) : 0;
        }
        return operator[0] == '/' ? left / right : left % right;
    case '<':
        return operator[1] == '<' ? (long long)(a << (b & 63)) : operator[1] == '=' ? left <= right : left < right;
    case '>':
        return operator[1] == '>' ? left >> (b & 63) : operator[1] == '=' ? left >= right : left > right;
    case '=': return left == right;
    case '!': return left != right;
    case '&': return operator[1] == '&' ? left && right : left & right;
    case '|': return operator[1] == '|' ? left || right : left | right;
    default: return left ^ right;
    }
}

// The assignment operator at the position, `=` or one such as `+=`; its length, 0 if there is none.
static size_t assignment_length(const char *at)
{
    if (at[0] == '=' && at[1] != '=') {
        return 1;
    }
    if (at[0] != '\0' && strchr("*/%+-&^|", at[0]) != NULL && at[1] == '=') {
        return 2;
    }
    return (strncmp(at, "<<=", 3) == 0 || strncmp(at, ">>=", 3) == 0) ? 3 : 0;
}

static long long variable(struct arith *arith)
{
    const char *start = arith->next;
    while (isalnum((unsigned char)*arith->next) || *arith->next == '_') {
        arith->next++;
    }
    char *name = util_strndup(start, (size_t)(arith->next - start));
    skip_space(arith);
    const char *operator = arith->next;
    size_t length = assignment_length(operator);
    const char *text = vars_get(name);
    long long value = text != NULL && length != 1 ? number_of(arith, text) : 0;
    if (length > 0) {
        arith->next += length;
        long long right = conditional(arith);
        value = length == 1 ? right : apply(arith, length == 3 ? (*operator == '<' ? "<<" : ">>")
                                                               : (char[]){ *operator, '\0' }, value, right);
        char digits[24];
        snprintf(digits, sizeof digits, "%lld", value);
        if (!arith->skipping && !arith->failed) {
            vars_set(name, digits);
        }
    }
    free(name);
    return value;
}

static long long constant(struct arith *arith)
{
    char *end;
    long long value = (long long)strtoull(arith->next, &end, 0);
    if (isalnum((unsigned char)*end) || *end == '_') {
        return fail(arith, "not a number");
    }
    arith->next = end;
    return value;
}

static long long operand(struct arith *arith)
{
    if (arith->depth++ > DEEPEST) {
        return fail(arith, "too deep");
    }
    long long value;
    skip_space(arith);
    unsigned char c = (unsigned char)*arith->next;
    if (accept(arith, '(')) {
        value = conditional(arith);
        if (!accept(arith, ')')) {
            fail(arith, ") expected");
        }
    } else if (accept(arith, '-')) {
        value = (long long)(0 - (uint64_t)operand(arith));
    } else if (accept(arith, '+')) {
        value = operand(arith);
    } else if (accept(arith, '!')) {
        value = !operand(arith);
    } else if (accept(arith, '~')) {
        value = ~operand(arith);
    } else if (isdigit(c)) {
        value = constant(arith);
    } else if (isalpha(c) || c == '_') {
        value = variable(arith);
    } else {
        value = fail(arith, c != '\0' ? "an operand is expected" : "it ends too early");
    }
    arith->depth--;
    return value;
}

static const struct operator *peek_operator(struct arith *arith)
{
    skip_space(arith);
    for (int i = 0; i < OPERATORS; i++) {
        if (strncmp(arith->next, operators[i].text, strlen(operators[i].text)) == 0) {
            return &operators[i];
        }
    }
    return NULL;
}

static long long binary(struct arith *arith, int level)
{
    long long left = operand(arith);
    const struct operator *operator;
    while (!arith->failed && (operator = peek_operator(arith)) != NULL && operator->level >= level) {
        arith->next += strlen(operator->text);
        bool skip = (operator->level == 2 && !left) || (operator->level == 1 && left);
        arith->skipping += skip;
        long long right = binary(arith, operator->level + 1);
        arith->skipping -= skip;
        left = apply(arith, operator->text, left, right);
    }
    return left;
}

static long long conditional(struct arith *arith)
{
    long long condition = binary(arith, 1);
    if (arith->failed || !accept(arith, '?')) {
        return condition;
    }
    arith->skipping += !condition;
    long long yes = conditional(arith);
    arith->skipping -= !condition;
    if (!accept(arith, ':')) {
        return fail(arith, ": expected");
    }
    arith->skipping += condition != 0;
    long long no = conditional(arith);
    arith->skipping -= condition != 0;
    return condition ? yes : no;
}

bool arith_compute(const char *expression, long long *value)
{
    struct arith arith = { .start = expression, .next = expression };
    skip_space(&arith);
    *value = 0;
    if (*arith.next == '\0') {
        return true;
    }
    *value = conditional(&arith);
    skip_space(&arith);
    if (!arith.failed && *arith.next != '\0') {
        fail(&arith, "an operator is expected");
    }
    return !arith.failed;
}
