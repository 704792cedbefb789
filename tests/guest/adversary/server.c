/* SPDX-License-Identifier: MIT
 *
 * server.c: see server.h.
 */
#include "server.h"

static void rest(struct exo_activation *act, uint64_t slot, uint64_t pending)
{
    (void)act, (void)slot, (void)pending;
    for (;;) {
        events_take();
        exo_pct_reply(0, 0, 0, 0, 0, 0);
    }
}

void serve_closed(void *function)
{
    vcpu()->pct = (handler *)function;
    vcpu()->upcall = rest;
    act_here()->entry[EXO_UPCALL_PCT] = (uint64_t)pct_entry;
    rest(act_here(), 0, 0);
}

void serve(void *function)
{
    EQ(exo_pct_gate(EXO_GATE_OPEN, NULL), 0);
    serve_closed(function);
}

env_id_t server(handler *function, uint32_t index)
{
    env_id_t env = spawn(serve, (uint64_t)function);
    CHECK(await_state(env, 0, EXO_ACT_IDLE));
    EQ(exo_pct_bind(EXO_CAP_NONE, env, index), 0);
    return env;
}

void answer_sum(uint64_t call, struct exo_words *words, env_id_t from)
{
    (void)call, (void)from;
    words->a += words->b;
}

void answer_held(uint64_t call, struct exo_words *words, env_id_t from)
{
    answer_sum(call, words, from);
    REPORT->word[31] = call;
    INSIDE++;
    while (HOLD)
        exo_yield(0, EXO_ACT_ANY);
}

int64_t call_until(uint32_t binding, uint64_t deadline_ns, uint64_t a, uint64_t b)
{
    struct exo_words words = {a, b, 0, 0};
    int64_t result = exo_pct(binding, deadline_ns, &words);
    if (result == 0)
        EQ(words.a, a + b);
    else
        EQ(words.a | words.b | words.c | words.d, 0);
    return result;
}

int64_t call(uint32_t binding, uint64_t a, uint64_t b)
{
    return call_until(binding, EXO_FOREVER, a, b);
}

int64_t call_patiently(uint32_t binding)
{
    uint64_t give_up = now_ns() + 5000 * MS;
    int64_t result;
    while ((result = call(binding, 5, 6)) == E(BUSY) && now_ns() < give_up)
        sleep_ns(MS / 4);
    return result;
}

void serve_twice(void *function)
{
    accomplice(serve, (uint64_t)function);
    serve(function);
}
