// SPDX-License-Identifier: MIT
//
// test and `[`: files, strings and numbers compared, as a builtin (builtin.h). Status 0 if it holds, 1 if not, 2 if it
// is malformed. With `!`, `-a`, `-o` and parentheses. Source: POSIX.1-2017 XCU test.

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../lib/util.h"
#include "builtin.h"
#include "sh.h"

enum { DEEPEST = 64 };

struct test {
    char **next, **end;
    int depth;
    bool failed;
};

static bool parse_or(struct test *test);

static bool fail(struct test *test, const char *what, const char *why)
{
    if (!test->failed) {
        util_warn("test: %s%s%s", what, *what != '\0' ? ": " : "", why);
    }
    test->failed = true;
    return false;
}

static long long number(struct test *test, const char *text)
{
    char *end;
    errno = 0;
    long long value = strtoll(text, &end, 10);
    while (*end == ' ') {
        end++;
    }
    if (end == text || *end != '\0' || errno != 0) {
        fail(test, text, "not a number");
    }
    return value;
}

static bool newer(const char *left, const char *right)
{
    struct stat a;
    struct stat b;
    return stat(left, &a) == 0 && (stat(right, &b) != 0 || a.st_mtime > b.st_mtime);
}

static bool same_file(const char *left, const char *right)
{
    struct stat a;
    struct stat b;
    return stat(left, &a) == 0 && stat(right, &b) == 0 && a.st_dev == b.st_dev && a.st_ino == b.st_ino;
}

static const char *const binary_operators[] = {
    "=", "==", "!=", "<", ">", "-eq", "-ne", "-lt", "-le", "-gt", "-ge", "-nt", "-ot", "-ef",
};

enum { BINARY_OPERATORS = sizeof binary_operators / sizeof binary_operators[0], FIRST_NUMERIC = 5, FIRST_FILE = 11 };

static int binary_index(const char *text)
{
    for (int i = 0; i < BINARY_OPERATORS; i++) {
        if (strcmp(text, binary_operators[i]) == 0) {
            return i;
        }
    }
    return -1;
}

static bool compare_numbers(struct test *test, int operator, const char *left, const char *right)
{
    long long a = number(test, left);
    long long b = number(test, right);
    const bool results[] = { a == b, a != b, a < b, a <= b, a > b, a >= b };
    return !test->failed && results[operator - FIRST_NUMERIC];
}

static bool binary(struct test *test, const char *left, int operator, const char *right)
{
    if (operator >= FIRST_FILE) {
        return operator == FIRST_FILE ? newer(left, right)
             : operator == FIRST_FILE + 1 ? newer(right, left) : same_file(left, right);
    }
    if (operator >= FIRST_NUMERIC) {
        return compare_numbers(test, operator, left, right);
    }
    int order = strcmp(left, right);
    const bool results[] = { order == 0, order == 0, order != 0, order < 0, order > 0 };
    return results[operator];
}

static bool is_unary(const char *text)
{
    return text[0] == '-' && text[1] != '\0' && text[2] == '\0' && strchr("bcdefhLnprsStwxz", text[1]) != NULL;
}

static bool file_is(char letter, const char *path)
{
    struct stat info;
    bool link = letter == 'h' || letter == 'L';
    if ((link ? lstat(path, &info) : stat(path, &info)) != 0) {
        return false;
    }
    switch (letter) {
    case 'b': return S_ISBLK(info.st_mode);
    case 'c': return S_ISCHR(info.st_mode);
    case 'd': return S_ISDIR(info.st_mode);
    case 'f': return S_ISREG(info.st_mode);
    case 'h':
    case 'L': return S_ISLNK(info.st_mode);
    case 'p': return S_ISFIFO(info.st_mode);
    case 'S': return S_ISSOCK(info.st_mode);
    case 's': return info.st_size > 0;
    case 'r': return access(path, R_OK) == 0;
    case 'w': return access(path, W_OK) == 0;
    case 'x': return access(path, X_OK) == 0;
    default: return true;
    }
}

static bool unary(struct test *test, char letter, const char *operand)
{
    switch (letter) {
    case 'n': return *operand != '\0';
    case 'z': return *operand == '\0';
    case 't': return isatty((int)number(test, operand)) != 0;
    default: return file_is(letter, operand);
    }
}

static bool parse_primary(struct test *test)
{
    size_t left = (size_t)(test->end - test->next);
    if (left == 0) {
        return fail(test, "", "an operand is missing");
    }
    if (left >= 3 && binary_index(test->next[1]) >= 0) {
        char **words = test->next;
        test->next += 3;
        return binary(test, words[0], binary_index(words[1]), words[2]);
    }
    const char *word = *test->next++;
    if (strcmp(word, "(") == 0 && left > 1) {
        bool value = parse_or(test);
        if (test->next == test->end || strcmp(*test->next, ")") != 0) {
            return fail(test, "", ") expected");
        }
        test->next++;
        return value;
    }
    if (left >= 2 && is_unary(word)) {
        return unary(test, word[1], *test->next++);
    }
    return *word != '\0';
}

static bool parse_not(struct test *test)
{
    if (test->depth++ > DEEPEST) {
        return fail(test, "", "too deep");
    }
    bool value;
    if (test->end - test->next > 1 && strcmp(*test->next, "!") == 0
        && !(test->end - test->next >= 3 && binary_index(test->next[1]) >= 0)) {
        test->next++;
        value = !parse_not(test);
    } else {
        value = parse_primary(test);
    }
    test->depth--;
    return value;
}

static bool accept(struct test *test, const char *word)
{
    if (test->failed || test->next == test->end || strcmp(*test->next, word) != 0) {
        return false;
    }
    test->next++;
    return true;
}

static bool parse_and(struct test *test)
{
    bool value = parse_not(test);
    while (accept(test, "-a")) {
        bool right = parse_not(test);
        value = value && right;
    }
    return value;
}

static bool parse_or(struct test *test)
{
    bool value = parse_and(test);
    while (accept(test, "-o")) {
        bool right = parse_and(test);
        value = value || right;
    }
    return value;
}

int builtin_test(int argc, char **argv)
{
    if (strcmp(argv[0], "[") == 0) {
        if (strcmp(argv[argc - 1], "]") != 0) {
            util_warn("[: ] expected at the end");
            return STATUS_USAGE;
        }
        argc--;
    }
    if (argc == 1) {
        return 1;
    }
    // Of four operands a first `!` turns the other three around; in longer ones it belongs to the next alone.
    bool inverted = argc == 5 && strcmp(argv[1], "!") == 0;
    struct test test = { .next = argv + 1 + inverted, .end = argv + argc };
    bool value = parse_or(&test) != inverted;
    if (!test.failed && test.next != test.end) {
        fail(&test, *test.next, "an operator is expected");
    }
    return test.failed ? STATUS_USAGE : !value;
}
