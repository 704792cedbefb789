/* SPDX-License-Identifier: MIT
 *
 * main.c: the attackers as a suite (suite.h). Each attack runs in an environment of its own (attacker.h), on CPU 0, while
 * canaries (canary.h) on the first CPUs watch over what is theirs. Afterwards everything of the attacker's is taken away,
 * and the suite counts what is left. With `fuzz=` on the command line the fuzzer runs instead (fuzz.h).
 */
#include "attacks.h"
#include "canary.h"
#include "fuzz.h"
#include "suite.h"

const char suite_name[] = "adversary";

static const struct attack {
    void (*function)(void);
    enum outcome outcome;
} attacks[] = {
#define ATTACK(name, limit_ms, outcome) {attack_##name, outcome},
    ATTACKS(ATTACK)
};

static void run_attack(void)
{
    const struct attack *attack = &attacks[suite_current - suite_tests];
    uint64_t progress[CANARIES_MAX];
    canaries_progress(progress);
    canaries_secrets(true);
    attacker_run(attack->function, attack->outcome);
    canaries_secrets(false);
    canaries_check(progress);
}

#define TEST(name, limit_ms, outcome) {run_attack, #name, limit_ms},
const struct test suite_tests[] = {ATTACKS(TEST)};
const uint32_t suite_test_count = sizeof suite_tests / sizeof suite_tests[0];

void suite_prepare(void)
{
    canaries_start();
    attackers_prepare();
    const char *fuzz = suite_word("fuzz");
    if (fuzz)
        fuzz_run(fuzz);
}
