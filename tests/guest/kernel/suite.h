/* SPDX-License-Identifier: MIT
 *
 * suite.h: what a suite that is the first environment gives to the runner (suite.c), and gets from it.
 */
#ifndef TESTS_KERNEL_SUITE_H
#define TESTS_KERNEL_SUITE_H

#include "runtime.h"

struct test {
    void (*function)(void);
    const char *name;
    uint32_t limit_ms; /* longer on several CPUs */
};

/* The suite's: its name, its table, and what it does before the first test (whatever it makes there is no leak). */
extern const char suite_name[];
extern const struct test suite_tests[];
extern const uint32_t suite_test_count;
void suite_prepare(void);

/* Runs one test: counts what there is before and after. Returns whether it passed. */
bool suite_run(const struct test *test);

/* Ends all children, and gives back what the suite holds in scratch pages and slots. */
void suite_clean_up(void);

/* The test that runs. */
extern const struct test *volatile suite_current;

/* What follows `key=` on the kernel's command line, up to a space or the end; NULL: it is not there. */
const char *suite_word(const char *key);

#endif
