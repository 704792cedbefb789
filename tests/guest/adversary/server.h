/* SPDX-License-Identifier: MIT
 *
 * server.h: environments of the attacker's that serve protected control transfers, and calls to them.
 */
#ifndef TESTS_ADVERSARY_SERVER_H
#define TESTS_ADVERSARY_SERVER_H

#include "attacker.h"

typedef void handler(uint64_t call, struct exo_words *words, env_id_t from);

#define HOLD REPORT->word[0]   /* answer_held waits while it is 1 */
#define INSIDE REPORT->word[1] /* how often it was entered */

/* Handlers: the sum of the first two words; the same, but not while HOLD is 1, and with the call's number in word[31]. */
handler answer_sum, answer_held;

/* What serving activations begin with, the argument being a handler: with the gate as it is, open to all, and two activations
 * of an environment. They rest until they are called. */
void serve_closed(void *function);
void serve(void *function);
void serve_twice(void *function);

/* Another environment that serves, bound as binding `index` of the attacker. */
env_id_t server(handler *function, uint32_t index);

/* Calls with two words, checks the sum, and that errors bring no words; patiently: again while the callee is busy. */
int64_t call_until(uint32_t binding, uint64_t deadline_ns, uint64_t a, uint64_t b);
int64_t call(uint32_t binding, uint64_t a, uint64_t b);
int64_t call_patiently(uint32_t binding);

#endif
