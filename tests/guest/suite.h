/* SPDX-License-Identifier: MIT
 *
 * suite.h: a guest program that is a table of tests: function, name, time limit in seconds. Layer: tests, for POSIX programs.
 *
 * Prints `ok NAME` or `FAIL NAME` for each, a line for each check that did not hold, and `N passed, N failed` at the end;
 * the exit status is how many failed. A test that takes longer than its limit ends the program as failed, by SIGALRM's
 * handler; a hang that no signal reaches is ended by the runner.
 */
#ifndef TESTS_GUEST_SUITE_H
#define TESTS_GUEST_SUITE_H

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

struct suite_test {
    void (*function)(void);
    const char *name;
    unsigned seconds;
};

static unsigned suite_failures;
static const char *suite_name = "";

/* A failed check is counted and said, and the test goes on, so that it cleans up. Evaluates to whether it holds. */
#define CHECK(condition) suite_check(!!(condition), __FILE__, __LINE__, #condition)
#define EQUAL(found, wanted) suite_equal((long long)(found), (long long)(wanted), __FILE__, __LINE__, #found)
/* A call that must fail with an error number. */
#define FAILS(call, error) (errno = 0, suite_equal((long long)(call) == -1 ? errno : 0, (error), __FILE__, __LINE__, #call))

static inline int suite_check(int holds, const char *file, int line, const char *text)
{
    if (!holds) {
        suite_failures++;
        printf("%s:%d: failed: %s (errno %d)\n", file, line, text, errno);
    }
    return holds;
}

static inline int suite_equal(long long found, long long wanted, const char *file, int line, const char *text)
{
    if (found != wanted) {
        suite_failures++;
        printf("%s:%d: %s is %lld, not %lld (errno %d)\n", file, line, text, found, wanted, errno);
    }
    return found == wanted;
}

static inline void pause_ms(long ms)
{
    nanosleep(&(struct timespec){ms / 1000, ms % 1000 * 1000000l}, NULL);
}

/* What the clock will show when ns nanoseconds are over. */
static inline struct timespec time_in(clockid_t clock, long ns)
{
    struct timespec t;
    clock_gettime(clock, &t);
    t.tv_nsec += ns;
    t.tv_sec += t.tv_nsec / 1000000000;
    t.tv_nsec %= 1000000000;
    return t;
}

static inline void suite_late(int sig)
{
    (void)sig;
    (void)!write(1, "FAIL ", 5);
    (void)!write(1, suite_name, strlen(suite_name));
    (void)!write(1, ": took too long\n", 16);
    _exit(124);
}

static inline int suite_run(const struct suite_test *tests, size_t count)
{
    size_t failed = 0;
    for (size_t i = 0; i < count; i++) {
        unsigned before = suite_failures;
        suite_name = tests[i].name;
        signal(SIGALRM, suite_late);
        alarm(tests[i].seconds);
        tests[i].function();
        alarm(0);
        int good = suite_failures == before;
        failed += !good;
        printf("%s %s\n", good ? "ok" : "FAIL", suite_name);
        fflush(stdout);
    }
    printf("%zu passed, %zu failed\n", count - failed, failed);
    return failed > 100 ? 100 : (int)failed;
}

#define SUITE_RUN(tests) suite_run((tests), sizeof(tests) / sizeof((tests)[0]))

#endif
