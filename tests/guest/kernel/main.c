/* SPDX-License-Identifier: MIT
 *
 * main.c: the kernel tests as a suite (suite.h).
 */
#include "suite.h"
#include "tests.h"

const char suite_name[] = "kernel-tests";

#define ENTRY(name, limit_ms) {test_##name, #name, limit_ms},
const struct test suite_tests[] = {TESTS(ENTRY)};
const uint32_t suite_test_count = sizeof suite_tests / sizeof suite_tests[0];

void suite_prepare(void)
{
}
