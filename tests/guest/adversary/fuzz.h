/* SPDX-License-Identifier: MIT
 *
 * fuzz.h: random calls from ring 3, on two CPUs at once. Words of the kernel's command line:
 *
 *   fuzz=SEED        instead of the attacks
 *   fuzz-calls=N     until so many calls were made (120,000)
 *   fuzz-round=R     this round alone: a replay
 *   fuzz-plant=K     call K of the first activation counts as a failure: a test of the replay itself
 *   fuzz-endless=1   round after round, until the machine is ended from outside
 *
 * A round is an attacker with two activations that make FUZZ_CALLS calls each, chosen by SEED, round and activation alone, so
 * that a round can be replayed by itself. Which CPU is faster is not replayed.
 */
#ifndef TESTS_ADVERSARY_FUZZ_H
#define TESTS_ADVERSARY_FUZZ_H

#include <stdint.h>

enum { FUZZ_CALLS = 8000 };
#define FUZZ_MAGIC 0x7a7a75662d6e6f78ull /* where the report of the round lies in a dump of memory */

/* The suite's side: all rounds, and the end of the suite. */
_Noreturn void fuzz_run(const char *seed);

/* The attacker's side (fuzz_calls.c): what each activation does. */
void fuzz_activation(void *unused);
#define FUZZ_PLANT REPORT->word[0] /* 1 + the call that counts as a failure */

const char *fuzz_call_name(uint64_t number);

#endif
