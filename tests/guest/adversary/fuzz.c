/* SPDX-License-Identifier: MIT
 *
 * fuzz.c: the rounds of the fuzzer (fuzz.h). A round is over when both activations made their calls, or when nothing moves
 * any more: what is fuzzed may stop itself, sleep for ever, or lose its slice. Each counts as a test of its own: what there
 * is is counted before and after.
 */
#include "fuzz.h"

#include "attacker.h"
#include "canary.h"
#include "suite.h"

enum { STILL_MS = 60, START_MS = 3000, DEFAULT_CALLS = 120000, ROUND_LIMIT_MS = 20000 };

static uint64_t seed, round, plant, total;

static uint64_t number(const char *text, uint64_t otherwise)
{
    uint64_t value = 0;
    if (!text)
        return otherwise;
    for (; *text >= '0' && *text <= '9'; text++)
        value = value * 10 + (uint64_t)(*text - '0');
    return value;
}

static uint64_t calls_so_far(void)
{
    return REPORT->calls[0] + REPORT->calls[1];
}

static void wait_for_end(void)
{
    uint64_t seen = 0, since = now_ns();
    while (!(REPORT->over[0] && REPORT->over[1]) && now_ns() < since + (seen ? STILL_MS : START_MS) * MS) {
        sleep_ns(MS);
        if (calls_so_far() != seen) {
            seen = calls_so_far();
            since = now_ns();
        }
    }
}

static void say_failures(void)
{
    for (unsigned i = 0; i < 2; i++)
        say("  ... seed %u round %u activation %u call %u: %s digest %x", seed, round, (uint64_t)i, REPORT->calls[i],
            fuzz_call_name(REPORT->call[i][0]), REPORT->digest[i]);
}

static void run_round(void)
{
    uint64_t progress[CANARIES_MAX];
    canaries_progress(progress);
    env_id_t env = attacker_make(fuzz_activation, fuzz_activation, 0);
    REPORT->magic = FUZZ_MAGIC;
    REPORT->seed = seed;
    REPORT->round = round;
    FUZZ_PLANT = plant;
    attacker_go(env);
    wait_for_end();
    total += calls_so_far();
    exo_env_destroy(0, env);
    CHECK(await_gone(env));
    attacker_failures();
    if (failures->count)
        say_failures();
    attacker_end(env);
    canaries_check(progress);
    CHECK(calls_so_far() > 0);
}

static const struct test round_test = {run_round, "fuzz", ROUND_LIMIT_MS};

_Noreturn void fuzz_run(const char *text)
{
    seed = number(text, 1);
    plant = suite_word("fuzz-plant") ? number(suite_word("fuzz-plant"), 0) + 1 : 0;
    uint64_t calls = number(suite_word("fuzz-calls"), DEFAULT_CALLS), only = number(suite_word("fuzz-round"), ~0ull);
    suite_clean_up();
    bool good = true, endless = suite_word("fuzz-endless");
    for (round = only == ~0ull ? 0 : only; good && (endless || total < calls); round++) {
        good = suite_run(&round_test);
        if (only != ~0ull)
            break;
    }
    say("fuzz: %u calls, %u rounds, seed %u, digest %x %x", total, round, seed, REPORT->digest[0], REPORT->digest[1]);
    suite_end(good);
}
