/* SPDX-License-Identifier: MIT
 *
 * harness.h: the frame of a host test program: TEST(name) { ... } registers a test, CHECK states what must hold, main
 * runs all. Layer: tests. A failed check is counted and the test goes on; the exit status says whether all held.
 *
 * A program that checks nothing fails. One argument runs the tests whose name contains it.
 */
#ifndef TESTS_HARNESS_H
#define TESTS_HARNESS_H

#include <stdio.h>
#include <string.h>

struct harness_test {
    const char *name;
    void (*run)(void);
    struct harness_test *next;
};

static struct harness_test *harness_first, **harness_last = &harness_first;
static unsigned harness_checks, harness_failures;

static inline void harness_add(struct harness_test *test)
{
    *harness_last = test;
    harness_last = &test->next;
}

#define TEST(id)                                                              \
    static void test_##id(void);                                              \
    static struct harness_test harness_##id = {#id, test_##id, NULL};         \
    __attribute__((constructor)) static void harness_add_##id(void)           \
    {                                                                         \
        harness_add(&harness_##id);                                           \
    }                                                                         \
    static void test_##id(void)

static inline int harness_check(int holds, const char *file, int line, const char *text)
{
    harness_checks++;
    if (!holds) {
        harness_failures++;
        if (harness_failures <= 50)
            printf("%s:%d: failed: %s\n", file, line, text);
    }
    return holds;
}

static inline int harness_check_equal(long long a, long long b, const char *file, int line, const char *text)
{
    int holds = harness_check(a == b, file, line, text);
    if (!holds && harness_failures <= 50)
        printf("    %lld (0x%llx) and %lld (0x%llx)\n", a, (unsigned long long)a, b, (unsigned long long)b);
    return holds;
}

static inline int harness_check_text(const char *a, const char *b, const char *file, int line, const char *text)
{
    int holds = harness_check(a && b && strcmp(a, b) == 0, file, line, text);
    if (!holds && harness_failures <= 50)
        printf("    \"%s\" and \"%s\"\n", a ? a : "(null)", b ? b : "(null)");
    return holds;
}

#define CHECK(condition) harness_check(!!(condition), __FILE__, __LINE__, #condition)
#define CHECK_EQ(a, b) harness_check_equal((long long)(a), (long long)(b), __FILE__, __LINE__, #a " == " #b)
#define CHECK_STR(a, b) harness_check_text(a, b, __FILE__, __LINE__, #a " is " #b)

int main(int argc, char **argv)
{
    setvbuf(stdout, NULL, _IOLBF, 0);
    for (struct harness_test *test = harness_first; test; test = test->next) {
        if (argc > 1 && !strstr(test->name, argv[1]))
            continue;
        unsigned before = harness_failures;
        test->run();
        printf("%s %s\n", harness_failures == before ? "ok" : "FAIL", test->name);
    }
    printf("%u checks, %u failed\n", harness_checks, harness_failures);
    return harness_failures || !harness_checks;
}

#endif
