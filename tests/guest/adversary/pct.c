/* SPDX-License-Identifier: MIT
 *
 * pct.c: attacks on the authority of protected control transfers: gates, bindings, numbers of calls, and chains of them.
 * Callers and callees are the attacker's own environments (server.h): what one does must not reach the other.
 */
#include "attacks.h"
#include "server.h"

/* Gates that are closed, environments that are none, bindings that are none. */
void attack_pct_closed_gates(void)
{
    for (uint32_t i = 0; i < EXO_ENVS_MAX; i++)
        for (uint32_t slot = 0; ENVS[i].state == EXO_ENV_LIVE && slot <= EXO_CAP_SLOTS; slot++)
            EQ(exo_pct_bind(slot, ENVS[i].id, 0), E(RIGHTS));
    const env_id_t ids[] = {0, 1ull << 63, REPORT->victim + EXO_ENVS_MAX, REPORT->victim ^ 1ull << 40, EXO_ENVS_MAX - 1};
    for (unsigned i = 0; i < sizeof ids / sizeof ids[0]; i++)
        EQ(exo_pct_bind(0, ids[i], 0), E(ENV));
    for (uint64_t index = EXO_PCT_BINDINGS; index < 1ull << 32; index = index * 3 + 1) {
        EQ(exo_pct_bind(0, REPORT->victim, (uint32_t)index), E(ARG));
        EQ(call((uint32_t)index, 1, 2), E(ARG));
        EQ(exo_pct_send((uint32_t)index, 1, 2, 3, 4), E(ARG));
    }
    for (uint32_t index = 0; index < EXO_PCT_BINDINGS; index++) {
        EQ(call(index, 1, 2), E(ENV));
        EQ(exo_pct_send(index, 1, 2, 3, 4), E(ENV));
    }
    struct exo_cap who = ATTACKER_NAME;
    who.len = 4; /* with bits beyond its length */
    EQ(exo_pct_gate(EXO_GATE_NAMED, &who), E(ARG));
    EQ(exo_pct_gate(EXO_GATE_NAMED, (void *)KERNEL_ADDRESS), E(FAULT));
    EQ(exo_pct_gate(0x100, NULL), E(ARG));
    EQ(env_info(act_here()->env)->gate, EXO_GATE_CLOSED);
}

/* Whoever does not serve a call replies to it, with every number that it may have. */
static void forge(void *which)
{
    for (uint64_t number = 1; number < 2000; number++)
        EQ(exo_pct_reply(number, number & 1 ? EXO_PCT_KEEP : 0, 666, 666, 666, 666), E(STATE));
    EQ(exo_pct_reply(REPORT->word[31] | 1ull << 63, 0, 666, 666, 666, 666), E(STATE));
    REPORT->word[8 + (uint64_t)which] = 1;
    if (__atomic_add_fetch(&REPORT->word[2], 1, __ATOMIC_SEQ_CST) == 3)
        HOLD = 0;
    park();
}

static void forge_when_held(void *which)
{
    CHECK(await_more(&INSIDE, 0));
    forge(which);
}

static void serve_and_forge(void *function)
{
    accomplice(forge_when_held, 0);
    serve(function);
}

void attack_pct_forged_reply(void)
{
    HOLD = 1;
    env_id_t env = spawn(serve_and_forge, (uint64_t)answer_held);
    CHECK(await_state(env, 0, EXO_ACT_IDLE));
    EQ(exo_pct_bind(0, env, 0), 0);
    accomplice(forge_when_held, 1); /* beside the caller */
    spawn(forge_when_held, 2);
    EQ(call(0, 20, 30), 0);
    EQ(REPORT->word[8] + REPORT->word[9] + REPORT->word[10], 3);
}

/* Two activations of one environment serve calls with the same numbers: each reply goes to its own caller. */
static void swap(uint64_t number, struct exo_words *words, env_id_t from)
{
    uint64_t which = act_here()->index;
    answer_sum(number, words, from);
    REPORT->word[8 + which] = number;
    INSIDE++;
    CHECK(await_more(&INSIDE, 1));
    EQ(exo_pct_reply(REPORT->word[8 + !which] + 1, 0, 666, 666, 666, 666), E(STATE));
}

static void call_other(void *env)
{
    EQ(exo_pct_bind(0, (env_id_t)env, 3), 0);
    EQ(call(3, 1000, 2000), 0);
    REPORT->word[3] = 1;
    park();
}

void attack_pct_crossed_replies(void)
{
    env_id_t env = spawn(serve_twice, (uint64_t)swap);
    CHECK(await_state(env, 0, EXO_ACT_IDLE) && await_state(env, 1, EXO_ACT_IDLE));
    EQ(exo_pct_bind(0, env, 0), 0);
    accomplice(call_other, env);
    EQ(call(0, 1, 2), 0);
    CHECK(meet(&REPORT->word[3], 1));
}

/* Replies after the deadline, to nobody and in the middle of the same caller's next call. */
static void belated(uint64_t number, struct exo_words *words, env_id_t from)
{
    answer_sum(number, words, from);
    INSIDE++;
    while (HOLD)
        exo_wait(NULL, 0, now_ns() + MS / 4);
    if (words->b == 1) {
        REPORT->word[2] = number;
        EQ(exo_pct_reply(number, 0, 666, 666, 666, 666), E(STATE));
    } else {
        EQ(exo_pct_reply(REPORT->word[2], 0, 666, 666, 666, 666), E(STATE));
        EQ(exo_pct_reply(0, 0, 666, 666, 666, 666), E(STATE));
    }
}

void attack_pct_late_reply(void)
{
    env_id_t env = server(belated, 0);
    for (unsigned i = 0; i < 5; i++) {
        HOLD = 1;
        call_in_vain(0, env, 2 * MS, (struct exo_words){7, 1, 0, 0});
        EQ(call_until(0, now_ns() + 5000 * MS, 7, 2), E(BUSY));
        HOLD = 0;
        CHECK(await_state(env, 0, EXO_ACT_IDLE));
        EQ(call(0, 9, 2), 0);
    }
}

/* A binding whose capability is dropped, replaced, revoked, or does not suffice any more, between call and call. */
void attack_pct_lost_name(void)
{
    struct exo_cap who = name_below((struct exo_cap)ATTACKER_NAME, 1), other = name_below((struct exo_cap)ATTACKER_NAME, 2);
    env_id_t env = spawn(serve_closed, (uint64_t)answer_sum);
    CHECK(await_state(env, 0, EXO_ACT_IDLE));
    EQ(exo_pct_bind(0, env, 0), E(RIGHTS));
    EQ(exo_pct_gate(EXO_GATE_NAMED, &who), 0);
    env_id_t self = act_here()->env;
    EQ(exo_cap_derive(0, 5, &who), 0);
    EQ(exo_pct_bind(5, self, 0), 0);
    for (unsigned i = 0; i < 20; i++) {
        EQ(call(0, 1, 1), E(BUSY)); /* good, but nobody rests */
        EQ(exo_cap_drop(5), 0);
        EQ(call(0, 1, 1), E(SLOT));
        EQ(exo_pct_send(0, 1, 1, 1, 1), E(SLOT));
        EQ(exo_cap_derive(0, 5, &other), 0);
        EQ(call(0, 1, 1), E(RIGHTS));
        EQ(exo_cap_drop(5), 0);
        who.rights = EXO_RIGHT_READ;
        EQ(exo_cap_derive(0, 5, &who), 0);
        EQ(exo_pct_send(0, 1, 1, 1, 1), E(RIGHTS)); /* the gate asks for all rights */
        EQ(exo_cap_drop(5), 0);
        who.rights = EXO_RIGHTS_ALL;
        EQ(exo_cap_derive(0, 5, &who), 0);
        EQ(call(0, 1, 1), E(BUSY));
        CHECK(revoke(who));
        EQ(call(0, 1, 1), E(SLOT));
        EQ(exo_cap_derive(0, 5, &who), 0);
    }
    EQ(exo_pct_gate(EXO_GATE_CLOSED, NULL), 0);
    EQ(call(0, 1, 1), E(RIGHTS));
}

/* The name is revoked, and the gate closed, while the call is served. */
static void serve_named(void *function)
{
    struct exo_cap who = name_below((struct exo_cap)ATTACKER_NAME, 1);
    EQ(exo_pct_gate(EXO_GATE_NAMED, &who), 0);
    serve_closed(function);
}

static void take_name(void *unused)
{
    (void)unused;
    CHECK(await_more(&INSIDE, 0));
    CHECK(revoke(name_below((struct exo_cap)ATTACKER_NAME, 1)));
    REPORT->word[3] = 1;
    park();
}

void attack_pct_revoked_meanwhile(void)
{
    struct exo_cap who = name_below((struct exo_cap)ATTACKER_NAME, 1);
    env_id_t env = spawn(serve_named, (uint64_t)answer_held);
    CHECK(await_state(env, 0, EXO_ACT_IDLE));
    EQ(exo_cap_derive(0, 5, &who), 0);
    EQ(exo_pct_bind(5, env, 0), 0);
    HOLD = 1;
    accomplice(take_name, 0);
    EQ(call(0, 1, 1), E(REVOKED));
    CHECK(meet(&REPORT->word[3], 1));
    EQ(call(0, 1, 1), E(SLOT));
    HOLD = 0;
    CHECK(await_state(env, 0, EXO_ACT_IDLE)); /* its late reply hit nobody */
    EQ(exo_pct_bind(0, env, 1), 0);
    EQ(call(1, 1, 1), 0);
}

static void flap_gate(void *unused)
{
    struct exo_cap none = {.bits = 0x55ull << 56, .len = 8, .rights = EXO_RIGHTS_ALL};
    (void)unused;
    for (uint64_t i = 0; !REPORT->word[3]; i++)
        EQ(exo_pct_gate((uint32_t)(i % 3), &none), 0);
    EQ(exo_pct_gate(EXO_GATE_OPEN, NULL), 0);
    REPORT->word[4] = 1;
    park();
}

static void serve_flapping(void *function)
{
    accomplice(flap_gate, 0);
    serve(function);
}

void attack_pct_gate_flaps(void)
{
    env_id_t env = spawn(serve_flapping, (uint64_t)answer_sum);
    CHECK(await_state(env, 0, EXO_ACT_IDLE));
    int64_t result;
    while ((result = exo_pct_bind(0, env, 0)) == E(RIGHTS))
        ;
    EQ(result, 0);
    for (uint64_t end = now_ns() + 20 * MS; now_ns() < end;) {
        result = call(0, 3, 4);
        CHECK(result == 0 || result == E(RIGHTS) || result == E(BUSY));
    }
    REPORT->word[3] = 1;
    CHECK(meet(&REPORT->word[4], 1));
    EQ(call_patiently(0), 0);
}

/* Calls to oneself and in a circle, with more idle activations than there may be calls within calls. */
static void call_on(uint64_t number, struct exo_words *words, env_id_t from)
{
    struct exo_words inner = {words->a + 1, words->b, 0, 0};
    (void)number;
    int64_t result = exo_pct_bind(0, from, 7);
    if (result == 0)
        result = exo_pct(7, EXO_FOREVER, &inner);
    if (result)
        inner = (struct exo_words){words->a + 1, words->b, (uint64_t)result, 0};
    *words = inner;
}

void attack_pct_cycles(void)
{
    struct exo_words words = {0, 1, 0, 0};
    EQ(exo_pct_gate(EXO_GATE_OPEN, NULL), 0);
    EQ(exo_pct_bind(0, act_here()->env, 0), 0);
    EQ(call(0, 1, 1), E(BUSY)); /* itself, and it is not idle */
    EQ(exo_pct_send(0, 1, 1, 1, 1), E(BUSY));
    uint32_t helper = accomplice(serve_closed, (uint64_t)call_on);
    CHECK(await_state(act_here()->env, helper, EXO_ACT_IDLE));
    EQ(exo_pct(0, EXO_FOREVER, &words), 0); /* which then calls its own environment, too */
    EQ(words.a, 1);
    EQ(words.c, E(BUSY));
    for (unsigned i = 0; i < 5; i++)
        accomplice(serve_closed, (uint64_t)call_on);
    env_id_t env = spawn(serve_twice, (uint64_t)call_on);
    CHECK(await_state(env, 0, EXO_ACT_IDLE) && await_state(env, 1, EXO_ACT_IDLE));
    for (unsigned act = 1; act <= 6; act++)
        CHECK(await_state(act_here()->env, act, EXO_ACT_IDLE));
    words = (struct exo_words){0, 1, 0, 0};
    EQ(exo_pct(0, EXO_FOREVER, &words), 0);
    EQ(words.a, 6); /* as many as are idle */
    EQ(words.c, E(BUSY));
    EQ(exo_pct_bind(0, env, 1), 0);
    words = (struct exo_words){0, 1, 0, 0};
    EQ(exo_pct(1, EXO_FOREVER, &words), 0); /* there, back, there, back */
    EQ(words.a, 4);
    EQ(words.c, E(BUSY));
}

/* A chain as long as it may be: the next call fails, and all of them return. */
static void call_deeper(uint64_t number, struct exo_words *words, env_id_t from)
{
    (void)number, (void)from;
    struct exo_words inner = {words->a + 1, 0, 0, 0};
    int64_t result = exo_pct(8, EXO_FOREVER, &inner); /* binding 8 of an environment is the next */
    *words = result ? (struct exo_words){words->a + 1, 0, (uint64_t)result, 0} : inner;
}

static void serve_deep(void *left)
{
    if (left) {
        env_id_t next = spawn(serve_deep, (uint64_t)left - 1);
        CHECK(await_state(next, 0, EXO_ACT_IDLE));
        EQ(exo_pct_bind(0, next, 8), 0);
    }
    serve((void *)call_deeper);
}

void attack_pct_deep_chain(void)
{
    struct exo_words words = {0};
    env_id_t first = spawn(serve_deep, EXO_PCT_DEPTH);
    CHECK(await_state(first, 0, EXO_ACT_IDLE));
    EQ(exo_pct_bind(0, first, 0), 0);
    for (unsigned i = 0; i < 3; i++) {
        words = (struct exo_words){0};
        EQ(exo_pct(0, EXO_FOREVER, &words), 0);
        EQ(words.a, EXO_PCT_DEPTH);
        EQ(words.c, E(LIMIT));
    }
    exo_env_destroy(0, first);
    EQ(exo_pct(0, EXO_FOREVER, &words), E(ENV));
}

/* Gives its time to whoever waits for it, which is itself. */
static void yielded(uint64_t number, struct exo_words *words, env_id_t from)
{
    int64_t results = 0;
    answer_sum(number, words, from);
    for (unsigned i = 0; i < 300; i++) {
        int64_t result = exo_yield(from, 0);
        results += result != 0 && result != E(STATE);
        exo_yield(act_here()->env, 0);
    }
    EQ(results, 0);
}

void attack_pct_yield_circle(void)
{
    server(yielded, 0);
    uint64_t ran = victim_ns();
    for (unsigned i = 0; i < 5; i++)
        EQ(call_patiently(0), 0);
    CHECK(victim_ran(ran));
}
