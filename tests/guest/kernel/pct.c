/* SPDX-License-Identifier: MIT
 *
 * pct.c: tests of protected control transfer: what is promised, and everything that can come between a call and its reply.
 * Servers are children whose pct entry calls a function of this file.
 */
#include "runtime.h"
#include "tests.h"

enum { ALL = EXO_RIGHTS_ALL };

typedef void handler(uint64_t call, struct exo_words *words, env_id_t from);

static void idle_again(struct exo_activation *act, uint64_t slot, uint64_t pending)
{
    (void)act, (void)slot, (void)pending;
    for (;;) {
        events_take();
        exo_pct_reply(0, 0, 0, 0, 0, 0);
    }
}

static void serve_with(handler *function)
{
    vcpu()->pct = function;
    vcpu()->upcall = idle_again;
    act_here()->entry[EXO_UPCALL_PCT] = (uint64_t)pct_entry;
    idle_again(act_here(), 0, 0);
}

/* A child begins to serve: open to all. */
static void serve(void *function)
{
    EQ(exo_pct_gate(EXO_GATE_OPEN, NULL), 0);
    serve_with((handler *)function);
}

/* Gives the CPU to a callee, which may have no slices, until it rests. */
static void let_rest(env_id_t env, uint32_t act)
{
    for (unsigned tries = 0; tries < 1000 && env_info(env)->act[act].state != EXO_ACT_IDLE; tries++)
        exo_yield(env, act);
}

/* An environment that serves on `acts` activations without slices; bound as binding `index` of the suite. */
static env_id_t server(handler *function, unsigned acts, uint32_t index)
{
    env_id_t env = (env_id_t)child_make(0, "server");
    for (unsigned i = 0; i < acts; i++) {
        EQ(child_act(env, serve, (void *)function), i);
        let_rest(env, i);
        EQ(env_info(env)->act[i].state, EXO_ACT_IDLE);
    }
    events_take();
    EQ(exo_pct_bind(EXO_CAP_NONE, env, index), 0);
    return env;
}

/* A handler leaves behind what it saw. */
static struct {
    uint64_t call, disabled, zero, xmm[2];
    env_id_t from;
    struct exo_words words;
} seen;

static void look(uint64_t call, struct exo_words *words, env_id_t from)
{
    const uint64_t *user = act_here()->user;
    seen.call = call;
    seen.disabled = act_here()->disabled;
    seen.zero = user[4];
    seen.xmm[0] = user[5];
    seen.xmm[1] = user[6];
    seen.from = from;
    seen.words = *words;
    *words = (struct exo_words){words->d + 1, words->c + 1, words->b + 1, words->a + 1};
}

static void add(uint64_t call, struct exo_words *words, env_id_t from)
{
    (void)call, (void)from;
    words->a += words->b;
}

static int64_t call(uint32_t binding, uint64_t a, uint64_t b)
{
    struct exo_words words = {a, b, 0, 0};
    int64_t result = exo_pct(binding, EXO_FOREVER, &words);
    if (result == 0)
        EQ(words.a, a + b);
    return result;
}

/* Calls again while the callee is busy with what it was told before. */
static int64_t call_patiently(uint32_t binding, uint64_t a, uint64_t b)
{
    uint64_t end = now_ns() + 5000 * MS;
    int64_t result;
    while ((result = call(binding, a, b)) == E(BUSY) && now_ns() < end)
        sleep_ns(MS / 4);
    return result;
}

void test_pct_words(void)
{
    static const uint64_t pattern[2] = {0x0123456789abcdef, 0xfedcba9876543210};
    uint64_t after[2];
    env_id_t env = server(look, 1, 0);
    struct exo_words words = {11, 22, 33, 44};
    __asm__ volatile("movdqu %0, %%xmm3; movdqu %0, %%xmm15" : : "m"(pattern));
    uint64_t calls = seen.call = 0;
    for (unsigned i = 0; i < 100; i++) {
        words = (struct exo_words){11, 22, 33, 44};
        EQ(exo_pct(0, EXO_FOREVER, &words), 0);
        CHECK(seen.call > calls); /* never the same number twice */
        calls = seen.call;
    }
    __asm__ volatile("movdqu %%xmm15, %0" : "=m"(after));
    EQ(after[0], pattern[0]);
    EQ(after[1], pattern[1]);
    EQ(words.a, 45);
    EQ(words.b, 34);
    EQ(words.c, 23);
    EQ(words.d, 12);
    EQ(seen.words.a, 11);
    EQ(seen.words.b, 22);
    EQ(seen.words.c, 33);
    EQ(seen.words.d, 44);
    EQ(seen.from, act_here()->env);
    EQ(seen.disabled, 1);
    EQ(seen.zero, 0);
    EQ(seen.xmm[0] | seen.xmm[1], 0);
    EQ(env_info(env)->act[0].state, EXO_ACT_IDLE);
    CHECK(env_info(env)->act[0].run_ns > 0);
}

void test_pct_gates(void)
{
    env_id_t env = server(add, 1, 0);
    struct exo_cap gate = name(0x77, EXO_RIGHT_READ);
    uint32_t deeper = hold(name_below(name(0x77, ALL), 1)), other = hold(name(0x78, ALL)), weak = hold(name(0x77, EXO_RIGHT_WRITE));
    EQ(call(0, 1, 2), 0);
    EQ(exo_pct_gate(EXO_GATE_OPEN + 1, NULL), E(ARG));
    EQ(exo_pct_gate(EXO_GATE_NAMED, NULL), E(FAULT));
    EQ(exo_pct_gate(EXO_GATE_NAMED, (void *)EXO_WINDOW_PML4), 0 - EXO_E_ARG); /* readable, but no capability */
    EQ(exo_pct_gate(EXO_GATE_NAMED, (void *)0xffff880000000000), E(FAULT));
    struct exo_cap bad = gate;
    bad.len = 65;
    EQ(exo_pct_gate(EXO_GATE_NAMED, &bad), E(ARG));
    /* the suite's own gate, and a child that tries to pass */
    EQ(exo_pct_bind(0, act_here()->env, 1), E(RIGHTS)); /* closed */
    EQ(exo_pct_gate(EXO_GATE_NAMED, &gate), 0);
    EQ(env_info(act_here()->env)->gate, EXO_GATE_NAMED);
    EQ(env_info(act_here()->env)->gate_name.len, 8);
    EQ(exo_pct_bind(deeper, act_here()->env, 1), E(RIGHTS));
    EQ(exo_pct_bind(other, act_here()->env, 1), E(RIGHTS));
    EQ(exo_pct_bind(weak, act_here()->env, 1), E(RIGHTS));
    EQ(exo_pct_bind(9, act_here()->env, 1), E(SLOT));
    EQ(exo_pct_bind(EXO_CAP_NONE, act_here()->env, 1), E(SLOT));
    uint32_t good = hold(gate);
    EQ(exo_pct_bind(good, act_here()->env, 1), 0);
    EQ(call(1, 1, 1), E(BUSY)); /* nobody is idle here */
    EQ(exo_cap_drop(good), 0);
    EQ(call(1, 1, 1), E(SLOT)); /* at once */
    EQ(exo_cap_derive(0, good, &gate), 0);
    EQ(call(1, 1, 1), E(BUSY));
    CHECK(revoke(gate));
    EQ(call(1, 1, 1), E(SLOT));
    EQ(exo_pct_bind(0, act_here()->env, 1), 0); /* the empty prefix dominates all */
    EQ(exo_pct_gate(EXO_GATE_CLOSED, NULL), 0);
    EQ(call(1, 1, 1), E(RIGHTS));
    EQ(exo_pct_bind(0, EXO_ENV_NONE, 1), 0);
    EQ(call(1, 1, 1), E(ENV));
    EQ(call(0, 3, 4), 0);
    EQ(exo_env_destroy(0, env), 0);
    EQ(call(0, 3, 4), E(ENV));
}

void test_pct_bad(void)
{
    env_id_t env = server(add, 1, 0);
    EQ(exo_pct_bind(0, env, EXO_PCT_BINDINGS), E(ARG));
    EQ(exo_pct_bind(0, env, 0x80000000), E(ARG));
    EQ(exo_pct_bind(0, env + (1 << EXO_ENV_BITS), 1), E(ENV));
    EQ(exo_pct_bind(0, 0, 1), E(ENV));
    EQ(call(1, 0, 0), E(ENV));
    EQ(call(EXO_PCT_BINDINGS, 0, 0), E(ARG));
    EQ(call(0xffffffff, 0, 0), E(ARG));
    EQ(exo_pct_send(1, 0, 0, 0, 0), E(ENV));
    EQ(exo_pct_send(0x80000000, 0, 0, 0, 0), E(ARG));
    EQ(exo_pct_reply(1, 0, 0, 0, 0, 0), E(STATE));
    EQ(exo_pct_reply(~0ull, 0, 0, 0, 0, 0), E(STATE));
    EQ(exo_pct_reply(0, 2, 0, 0, 0, 0), E(ARG));
    EQ(exo_pct_reply(0, 0xffffffff, 0, 0, 0, 0), E(ARG));
    EQ(exo_pct_reply(0, EXO_PCT_KEEP, 0, 0, 0, 0), 0);
    struct exo_words words = {1, 2, 3, 4};
    EQ(exo_pct(0, 0, &words), E(TIMEOUT));
    EQ(words.a | words.b | words.c | words.d, 0);
    int64_t result = E(TIMEOUT);
    for (uint64_t end = now_ns() + 20 * MS; result == E(TIMEOUT) && now_ns() < end;) /* when the slice is over, too */
        result = exo_pct(0, now_ns() - 1, &words);
    EQ(result, E(TIMEOUT));
    EQ(call(0, 5, 6), 0);
}

/* How many records say that a call of this number entered somebody. */
static uint32_t transfers(uint64_t number)
{
    const volatile struct exo_trace *ring = (const volatile struct exo_trace *)EXO_PUB_TRACE;
    uint32_t found = 0;
    for (uint32_t i = 0; i < INFO->cpus * INFO->trace_records; i++)
        found += ring[i].seq != 0 && ring[i].kind == EXO_TRACE_TRANSFER && ring[i].arg[1] == number;
    return found;
}

void test_pct_traced(void)
{
    server(add, 1, 0);
    EQ(exo_trace_set(0, 0), 0); /* the whole suite may be traced */
    uint32_t calls = transfers(EXO_CALL_PCT_CALL), replies = transfers(EXO_CALL_PCT_REPLY);
    EQ(call(0, 5, 6), 0); /* not chosen, not recorded */
    EQ(exo_trace_set(0, 1u << EXO_TRACE_TRANSFER), 0);
    EQ(call(0, 5, 6), 0);
    EQ(exo_trace_set(0, 0), 0);
    EQ(transfers(EXO_CALL_PCT_CALL), calls + 1);
    EQ(transfers(EXO_CALL_PCT_REPLY), replies + 1);
}

/* What a handler waits for, on its own words; a call with a = 1 only. */
static volatile uint32_t hold_on;
static volatile uint64_t handled;

static void slow(uint64_t call_number, struct exo_words *words, env_id_t from)
{
    add(call_number, words, from);
    handled++;
    while (hold_on)
        ;
}

static void sleepy(uint64_t call_number, struct exo_words *words, env_id_t from)
{
    add(call_number, words, from);
    handled++;
    do
        exo_wait(NULL, 0, now_ns() + 2 * MS);
    while (hold_on);
}

/* A caller in another environment, on a CPU of its own. */
static volatile int64_t caller_result[8];
static volatile uint32_t caller_state[8];
static env_id_t caller_server;
static uint64_t caller_patience;

static void caller(void *arg)
{
    uint64_t i = (uint64_t)arg;
    struct exo_words words = {i, 100, 0, 0};
    EQ(exo_pct_bind(EXO_CAP_NONE, caller_server, 0), 0);
    caller_state[i] = 1;
    int64_t result = exo_pct(0, caller_patience ? now_ns() + caller_patience : EXO_FOREVER, &words);
    caller_result[i] = result ? result : (int64_t)words.a;
    caller_state[i] = 2;
    park();
}

static env_id_t caller_run(uint64_t i, env_id_t to, uint32_t cpu)
{
    caller_server = to;
    caller_state[i] = 0;
    caller_result[i] = 77777;
    return (env_id_t)child_run(caller, (void *)i, cpu);
}

void test_pct_busy(void)
{
    env_id_t env = server(sleepy, 2, 0);
    hold_on = 1;
    env_id_t one = caller_run(1, env, 0);
    CHECK(await_state(one, 0, EXO_ACT_CALLING));
    env_id_t two = caller_run(2, env, INFO->cpus - 1);
    CHECK(await_state(two, 0, EXO_ACT_CALLING));
    EQ(call(0, 1, 1), E(BUSY));
    EQ(exo_pct_send(0, 1, 1, 1, 1), E(BUSY));
    hold_on = 0;
    CHECK(await(&caller_state[1], 2) && await(&caller_state[2], 2));
    EQ(caller_result[1], 101);
    EQ(caller_result[2], 102);
    EQ(call_patiently(0, 1, 1), 0);
}

void test_pct_deadline(void)
{
    env_id_t env = server(slow, 1, 0);
    for (unsigned i = 0; i < 2; i++) { /* within this slice, and beyond it */
        hold_on = 1;
        call_in_vain(0, env, i ? 5 * MS : MS / 5, (struct exo_words){1, 2, 3, 4});
        EQ(env_info(env)->act[0].state, EXO_ACT_READY); /* it goes on when it gets a CPU */
        EQ(call(0, 1, 1), E(BUSY));
        hold_on = 0;
        let_rest(env, 0); /* its late reply hits nobody */
        EQ(call(0, 1, 1), 0);
    }
}

/* A reply that comes while the same caller waits for a later call. */
static volatile uint64_t late_number, late_result;

static void late(uint64_t call_number, struct exo_words *words, env_id_t from)
{
    add(call_number, words, from);
    if (words->b == 1) {
        late_number = call_number;
        while (hold_on)
            ;
        late_result = (uint64_t)exo_pct_reply(call_number, 0, 666, 0, 0, 0);
    } else if (words->b == 2) {
        late_result = (uint64_t)exo_pct_reply(late_number, 0, 666, 0, 0, 0);
    }
}

void test_pct_late_reply(void)
{
    env_id_t env = server(late, 1, 0);
    hold_on = 1;
    late_result = 0;
    call_in_vain(0, env, 3 * MS, (struct exo_words){1, 1, 0, 0});
    hold_on = 0;
    let_rest(env, 0);
    EQ(late_result, E(STATE));
    late_result = 0;
    EQ(call(0, 4, 2), 0); /* answers with the number of the old call first */
    EQ(late_result, E(STATE));
}

/* Another activation of the callee, and another environment, reply in its place. */
static volatile int64_t forged[2];

static void forger(void *arg)
{
    for (uint64_t number = 0; number < 1000; number++) {
        int64_t result = exo_pct_reply(number, EXO_PCT_KEEP, 666, 666, 666, 666);
        if (number && result != E(STATE))
            forged[(uint64_t)arg]++;
    }
    hold_on = 0;
    park();
}

void test_pct_forged_reply(void)
{
    env_id_t env = server(slow, 1, 0);
    forged[0] = forged[1] = 0;
    hold_on = 1; /* before one that ends it can run */
    EQ(child_act(env, forger, (void *)0), 1);
    CHECK(child_slice(env, 1, INFO->cpus - 1) >= 0);
    for (unsigned i = 0; i < 3; i++) {
        if (i) {
            hold_on = 1;
            CHECK(child_run(forger, (void *)1, INFO->cpus - 1) > 0);
        }
        EQ(call(0, 20, 30), 0);
    }
    EQ(forged[0], 0);
    EQ(forged[1], 0);
}

/* The handler needs many slices, which are the caller's. */
static void long_work(uint64_t call_number, struct exo_words *words, env_id_t from)
{
    add(call_number, words, from);
    for (uint64_t end = now_ns() + 5 * MS; now_ns() < end;)
        ;
}

void test_pct_preempted(void)
{
    env_id_t env = server(long_work, 1, 0);
    uint64_t before = env_info(env)->act[0].run_ns;
    uint64_t charged = env_info(act_here()->env)->act[0].charged_ns;
    for (unsigned i = 0; i < 5; i++)
        EQ(call(0, i, 1), 0);
    CHECK(env_info(env)->act[0].run_ns - before >= 5 * MS);
    CHECK(env_info(act_here()->env)->act[0].charged_ns - charged >= 5 * MS);
    EQ(env_info(env)->act[0].charged_ns, 0); /* it has no slices: its time was the caller's */
}

void test_pct_sleeping(void)
{
    server(sleepy, 1, 0);
    hold_on = 0;
    uint64_t start = now_ns();
    EQ(call(0, 8, 9), 0);
    CHECK(now_ns() - start >= 2 * MS);
    struct exo_words words = {0};
    hold_on = 1;
    EQ(exo_pct(0, now_ns() + 5 * MS, &words), E(TIMEOUT)); /* while it sleeps */
    hold_on = 0;
}

/* Calls within calls: each server passes the call on by its binding 0, and adds one. */
static volatile int64_t nested_result;

static void pass_on(uint64_t call_number, struct exo_words *words, env_id_t from)
{
    (void)call_number, (void)from;
    struct exo_words inner = *words;
    int64_t result = exo_pct(0, EXO_FOREVER, &inner);
    if (result == 0)
        *words = inner;
    else
        nested_result = result;
    words->a++;
}

static env_id_t nested_next;

static void serve_nested(void *function)
{
    EQ(exo_pct_bind(EXO_CAP_NONE, nested_next, 0), 0);
    serve(function);
}

static env_id_t server_nested(env_id_t next)
{
    env_id_t env = (env_id_t)child_make(0, "nested");
    nested_next = next;
    EQ(child_act(env, serve_nested, (void *)pass_on), 0);
    let_rest(env, 0);
    EQ(env_info(env)->act[0].state, EXO_ACT_IDLE);
    return env;
}

void test_pct_nested(void)
{
    env_id_t last = server(long_work, 1, 1), middle = server_nested(last), first = server_nested(middle);
    struct exo_words words = {10, 5, 0, 0};
    EQ(exo_pct_bind(0, first, 0), 0);
    EQ(exo_pct(0, EXO_FOREVER, &words), 0);
    EQ(words.a, 17);
    int64_t result = 0;
    for (unsigned i = 0; i < 10 && result == 0; i++) { /* a busy host may let the reply come first */
        words = (struct exo_words){10, 5, 0, 0};
        result = exo_pct(0, now_ns() + 2 * MS, &words);
    }
    EQ(result, E(TIMEOUT)); /* two of them go on without the caller */
    for (unsigned tries = 0; tries < 1000 && env_info(first)->act[0].state != EXO_ACT_IDLE; tries++)
        exo_yield(first, 0); /* runs whoever is at the end of the chain */
    EQ(env_info(first)->act[0].state, EXO_ACT_IDLE);
    words = (struct exo_words){10, 5, 0, 0};
    EQ(exo_env_destroy(0, middle), 0);
    nested_result = 0;
    EQ(exo_pct(0, EXO_FOREVER, &words), 0);
    EQ(nested_result, E(ENV));
    EQ(words.a, 11);
}

void test_pct_depth(void)
{
    env_id_t env = server(add, 1, 1);
    for (unsigned i = 0; i < EXO_PCT_DEPTH; i++)
        env = server_nested(env);
    EQ(exo_pct_bind(0, env, 0), 0);
    struct exo_words words = {0, 0, 0, 0};
    nested_result = 0;
    EQ(exo_pct(0, EXO_FOREVER, &words), 0);
    EQ(nested_result, E(LIMIT));
    EQ(words.a, EXO_PCT_DEPTH);
    EQ(call(1, 1, 2), 0);
}

/* A whole vector of slices of those who wait for somebody that sleeps, at the ends of calls as deep as can be: others run. */
enum { CROWD_CHAINS = 2, CROWD = CROWD_CHAINS * EXO_PCT_DEPTH };

static void make_crowd(env_id_t crowd[CROWD])
{
    for (uint64_t chain = 0; chain < CROWD_CHAINS; chain++, crowd += EXO_PCT_DEPTH) {
        env_id_t env = server(sleepy, 1, 0);
        for (unsigned i = 1; i < EXO_PCT_DEPTH; i++)
            crowd[i] = env = server_nested(env);
        crowd[0] = caller_run(chain, env, 0);
        CHECK(await_state(crowd[1], 0, EXO_ACT_CALLING));
    }
}

void test_pct_crowd(void)
{
    static uint16_t positions[EXO_SLICES];
    env_id_t crowd[CROWD];
    uint32_t n = 0, bound = 0;
    hold_on = 1;
    make_crowd(crowd);
    for (int64_t at; n < EXO_SLICES && (at = exo_slice_alloc(0, 0, EXO_SLICE_ANY)) >= 0; n++) {
        positions[n] = (uint16_t)at;
        bound += exo_slice_bind(0, 0, (uint32_t)at, crowd[n % CROWD], 0) == 0;
    }
    CHECK(bound > EXO_SLICES - 2 * CROWD);
    for (uint64_t end = now_ns() + 20 * MS; now_ns() < end;)
        EQ(exo_yield(0, EXO_ACT_ANY), 0);
    hold_on = 0;
    for (unsigned chain = 0; chain < CROWD_CHAINS; chain++) {
        CHECK(await(&caller_state[chain], 2));
        EQ(caller_result[chain], 100 + chain + EXO_PCT_DEPTH - 1);
    }
    while (n--)
        EQ(exo_slice_free(0, 0, positions[n]), 0);
}

static void end_within(uint64_t call_number, struct exo_words *words, env_id_t from)
{
    (void)call_number, (void)words, (void)from;
    exo_env_destroy(0, 0);
}

void test_pct_callee_ends(void)
{
    server(end_within, 1, 0);
    EQ(call(0, 1, 1), E(ENV)); /* by its own hand */
    EQ(call(0, 1, 1), E(ENV));
    for (uint32_t cpu = 0; cpu < INFO->cpus; cpu += INFO->cpus > 1 ? INFO->cpus - 1 : 1) { /* by another's, wherever it is */
        for (unsigned kind = 0; kind < 2; kind++) {
            hold_on = 1;
            env_id_t env = server(kind ? sleepy : slow, 1, 0);
            uint64_t before = handled;
            caller_run(1, env, cpu);
            CHECK(await_more(&handled, before));
            CHECK(await(&caller_state[1], 1));
            sleep_ns(2 * MS);
            EQ(exo_env_destroy(0, env), 0);
            CHECK(await(&caller_state[1], 2));
            EQ(caller_result[1], E(ENV));
            hold_on = 0;
            children_end();
        }
    }
}

void test_pct_caller_ends(void)
{
    for (unsigned kind = 0; kind < 2; kind++) {
        env_id_t env = server(kind ? sleepy : slow, 1, 0);
        hold_on = 1;
        env_id_t one = caller_run(1, env, INFO->cpus - 1);
        CHECK(await_state(one, 0, EXO_ACT_CALLING));
        sleep_ns(MS);
        EQ(exo_env_destroy(0, one), 0);
        CHECK(await_gone(one));
        hold_on = 0;
        uint64_t end = now_ns() + 2000 * MS;
        while (env_info(env)->act[0].state != EXO_ACT_IDLE && now_ns() < end) {
            exo_yield(env, 0);
            sleep_ns(MS / 2);
        }
        EQ(call(0, 1, 1), 0);
        children_end();
    }
}

void test_pct_revoked(void)
{
    struct exo_cap below = name(0x7e, ALL);
    uint32_t slot = hold(below);
    env_id_t env = (env_id_t)child_make(slot, "revoked");
    EQ(child_act(env, serve, (void *)sleepy), 0);
    let_rest(env, 0);
    hold_on = 1;
    env_id_t one = caller_run(1, env, INFO->cpus - 1);
    CHECK(await_state(one, 0, EXO_ACT_CALLING));
    CHECK(revoke(below));
    CHECK(await(&caller_state[1], 2));
    EQ(caller_result[1], E(REVOKED));
    hold_on = 0;
}

static void serve_badly(void *entry)
{
    EQ(exo_pct_gate(EXO_GATE_OPEN, NULL), 0);
    act_here()->entry[EXO_UPCALL_PCT] = (uint64_t)entry;
    exo_pct_reply(0, 0, 0, 0, 0, 0);
}

void test_pct_bad_entry(void)
{
    static const uint64_t entries[] = {0x0000800000000000, 0x8000000000000000, 0xffffffff80100000, ~0ull};
    for (unsigned i = 0; i < sizeof entries / sizeof entries[0]; i++) {
        env_id_t env = (env_id_t)child_make(0, "bad");
        EQ(child_act(env, serve_badly, (void *)entries[i]), 0);
        let_rest(env, 0);
        EQ(exo_pct_bind(0, env, 0), 0);
        EQ(call(0, 1, 1), E(ENV));
        EQ(env_info(env)->act[0].state, EXO_ACT_STOPPED);
    }
}

/* The caller's context is spoiled while it calls, by another of its activations: only the caller is stopped. */
static volatile uint32_t spoil_kind;

static void spoiler(void *unused)
{
    (void)unused;
    struct exo_context *slot = (struct exo_context *)(EXO_ACT_BASE + EXO_PAGE_BYTES);
    if (spoil_kind == 0)
        slot->rip = 0x800000000000;
    else if (spoil_kind == 1)
        *(uint64_t *)(slot->xsave + 512 + 8) = ~0ull; /* XCOMP_BV, Intel SDM vol 1 §13.4.2 */
    else
        slot->rflags = ~0x500ull, slot->fs_base = ~0ull, slot->cs = 8, slot->ss = 0x10;
    hold_on = 0;
    park();
}

void test_pct_spoiled_slot(void)
{
    env_id_t env = server(slow, 1, 0);
    for (spoil_kind = 0; spoil_kind < 3; spoil_kind++) {
        hold_on = 1;
        env_id_t one = caller_run(1, env, INFO->cpus - 1);
        CHECK(await_state(one, 0, EXO_ACT_CALLING));
        EQ(child_act(one, spoiler, NULL), 1);
        CHECK(child_slice(one, 1, 0) >= 0);
        if (spoil_kind == 0 || (spoil_kind == 1 && INFO->xsave == EXO_XSAVE_XSAVE))
            CHECK(await_state(one, 0, EXO_ACT_STOPPED));
        else
            CHECK(await(&caller_state[1], 2));
        EQ(call_patiently(0, 1, 1), 0);
    }
}

/* Events for who calls wait until the call ends; then an enabled caller is entered at event. */
static volatile uint32_t event_came, event_rax;

static void on_event(struct exo_activation *act, uint64_t slot, uint64_t pending)
{
    const struct exo_context *saved = (const struct exo_context *)(act->self + (slot + 1) * EXO_PAGE_BYTES);
    if (pending) { /* else a slice begins */
        event_came = (uint32_t)pending;
        event_rax = (uint32_t)saved->rax;
    }
    events_take();
    exo_resume((uint32_t)slot);
    park();
}

void test_pct_event(void)
{
    server(long_work, 1, 0);
    events_take();
    event_came = event_rax = 0;
    vcpu()->upcall = on_event;
    EQ(exo_timer_set(now_ns() + MS), 0);
    struct exo_words words = {2, 3, 0, 0};
    act_here()->disabled = 0;
    __asm__ volatile("" ::: "memory");
    int64_t result = exo_pct(0, EXO_FOREVER, &words);
    act_here()->disabled = 1;
    EQ(result, 0);
    EQ(words.a, 5);
    EQ(event_came, EXO_EVENT_TIMER);
    EQ(event_rax, 0);
    EQ(exo_timer_set(now_ns() + MS), 0);
    EQ(call(0, 7, 7), 0); /* disabled: it stays pending */
    EQ(events_take(), EXO_EVENT_TIMER);
}

void test_pct_send(void)
{
    env_id_t env = server(look, 1, 0);
    seen.call = 99;
    EQ(exo_pct_send(0, 5, 6, 7, 8), 0);
    let_rest(env, 0);
    EQ(seen.call, 0);
    EQ(seen.words.a, 5);
    EQ(seen.words.d, 8);
    EQ(seen.from, act_here()->env);
    EQ(seen.zero | seen.xmm[0] | seen.xmm[1], 0);
}

static volatile uint64_t kept_on;

static void keeper(uint64_t call_number, struct exo_words *words, env_id_t from)
{
    add(call_number, words, from);
    EQ(exo_pct_reply(call_number, EXO_PCT_KEEP, words->a, 0, 0, 0), 0);
    EQ(exo_pct_reply(call_number, EXO_PCT_KEEP, 666, 0, 0, 0), E(STATE)); /* once is enough */
    kept_on++;
    idle_again(NULL, 0, 0);
}

void test_pct_keep(void)
{
    env_id_t env = server(keeper, 1, 0);
    kept_on = 0;
    for (unsigned i = 1; i <= 10; i++) {
        EQ(call(0, i, i), 0);
        let_rest(env, 0);
        EQ(kept_on, i);
    }
}

/* Callers on every CPU, one server with as many activations, which have slices of their own elsewhere. */
static volatile uint64_t storm_calls, storm_errors, storm_wrong;
static volatile uint32_t storm_end;

static void mixed(uint64_t call_number, struct exo_words *words, env_id_t from)
{
    (void)call_number, (void)from;
    uint64_t kind = words->b % 16;
    words->a = words->a * 3 + 1;
    if (kind == 1)
        exo_yield(0, EXO_ACT_ANY);
    else if (kind == 2)
        exo_wait(NULL, 0, now_ns() + MS / 8);
    else if (kind == 3)
        for (uint64_t end = now_ns() + MS / 2; now_ns() < end;)
            ;
    events_take();
}

static void storm_caller(void *arg)
{
    uint64_t seed = (uint64_t)arg;
    if (exo_pct_bind(EXO_CAP_NONE, caller_server, 0)) /* it was ended before this one began */
        park();
    while (!storm_end) {
        seed = seed * 6364136223846793005 + 1442695040888963407;
        struct exo_words words = {seed, seed >> 40, 1, 2};
        uint64_t deadline = seed >> 60 ? EXO_FOREVER : now_ns() + (seed >> 30) % MS;
        int64_t result = exo_pct(0, deadline, &words);
        if (result == 0 && words.a != seed * 3 + 1)
            __atomic_fetch_add(&storm_wrong, 1, __ATOMIC_RELAXED);
        else if (result == 0)
            __atomic_fetch_add(&storm_calls, 1, __ATOMIC_RELAXED);
        else if (result == E(BUSY))
            exo_yield(0, EXO_ACT_ANY);
        else if (result != E(TIMEOUT) && result != E(ENV))
            __atomic_fetch_add(&storm_errors, 1, __ATOMIC_RELAXED);
        if (result == E(ENV))
            break;
    }
    park();
}

static void storm(unsigned acts, bool kill)
{
    storm_calls = storm_wrong = storm_errors = storm_end = 0;
    env_id_t env = server(mixed, acts, 0);
    for (unsigned i = 0; i < acts; i++)
        CHECK(child_slice(env, i, i % INFO->cpus) >= 0);
    caller_server = env;
    for (uint64_t i = 0; i < 6; i++)
        CHECK(child_run(storm_caller, (void *)(i * 77 + 5), (uint32_t)(i % INFO->cpus)) > 0);
    sleep_ns(100 * MS);
    CHECK(await_more(&storm_calls, 100));
    if (kill)
        EQ(exo_env_destroy(0, env), 0);
    sleep_ns(20 * MS);
    storm_end = 1;
    EQ(storm_wrong, 0);
    EQ(storm_errors, 0);
    children_end();
}

void test_pct_across(void)
{
    storm(4, false);
}

void test_pct_storm(void)
{
    for (unsigned i = 0; i < 3; i++)
        storm(1 + i, true);
}
