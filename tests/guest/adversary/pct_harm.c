/* SPDX-License-Identifier: MIT
 *
 * pct_harm.c: attacks of callers and callees of protected control transfers on each other and on the CPU: time, save areas,
 * registers, floods, and ends in the middle of a call.
 */
#include "attacks.h"
#include "server.h"

/* A callee that spins disabled beyond the deadline. */
static void hog(uint64_t number, struct exo_words *words, env_id_t from)
{
    (void)number, (void)words, (void)from;
    act_here()->disabled = 1;
    for (;;)
        INSIDE++;
}

void attack_pct_hog(void)
{
    env_id_t env = server(hog, 0);
    uint64_t ran = victim_ns();
    call_in_vain(0, env, 5 * MS, (struct exo_words){1, 2, 0, 0});
    EQ(call_until(0, now_ns() + 5000 * MS, 1, 2), E(BUSY));
    for (unsigned i = 0; i < 100 && INSIDE == 0; i++)
        exo_yield(env, 0);
    CHECK(INSIDE > 0);
    CHECK(victim_ran(ran));
}

/* Every resting activation is kept from resting again, and every binding used up. */
void attack_pct_idle_all(void)
{
    env_id_t first = spawn(serve_twice, (uint64_t)answer_held), second = spawn(serve_twice, (uint64_t)answer_held);
    CHECK(await_state(first, 0, EXO_ACT_IDLE) && await_state(first, 1, EXO_ACT_IDLE));
    CHECK(await_state(second, 0, EXO_ACT_IDLE) && await_state(second, 1, EXO_ACT_IDLE));
    for (uint32_t i = 0; i < EXO_PCT_BINDINGS; i++)
        EQ(exo_pct_bind(0, i & 1 ? second : first, i), 0);
    HOLD = 1;
    for (uint32_t i = 0; i < 4; i++)
        call_in_vain(i, i & 1 ? second : first, 2 * MS, (struct exo_words){1, 2, 0, 0});
    for (uint32_t i = 0; i < EXO_PCT_BINDINGS; i++) {
        EQ(call(i, 1, 2), E(BUSY));
        EQ(exo_pct_send(i, 1, 2, 3, 4), E(BUSY));
    }
    EQ(exo_env_destroy(0, first), 0);
    HOLD = 0;
    CHECK(await_gone(first));
    for (uint32_t i = 0; i < EXO_PCT_BINDINGS; i += 2)
        EQ(call(i, 1, 2), E(ENV));
    EQ(call_patiently(1), 0);
    env_id_t third = server(answer_sum, 0); /* may stand where the first stood */
    EQ(call(2, 1, 2), E(ENV));
    EQ(call(0, 1, 2), 0);
    EQ(exo_env_destroy(0, third), 0);
}

/* Callees whose entry, stack or page is nonsense. */
static void serve_badly(void *entry)
{
    EQ(exo_pct_gate(EXO_GATE_OPEN, NULL), 0);
    act_here()->entry[EXO_UPCALL_PCT] = (uint64_t)entry;
    act_here()->stack = NOT_CANONICAL;
    act_here()->fs_base = KERNEL_ADDRESS;
    for (unsigned i = 0; i < EXO_FAULT_DEPTH; i++)
        act_here()->fault_stack[i] = KERNEL_ADDRESS;
    for (;;) {
        events_take();
        exo_pct_reply(0, 0, 0, 0, 0, 0);
    }
}

void attack_pct_bad_entries(void)
{
    const uint64_t entries[] = {0, KERNEL_ADDRESS, NOT_CANONICAL, ~0ull, EXO_PUB_INFO, EXO_ACT_BASE, NOT_CANONICAL - 1};
    for (unsigned i = 0; i < sizeof entries / sizeof entries[0]; i++) {
        env_id_t env = spawn(serve_badly, entries[i]);
        CHECK(await_state(env, 0, EXO_ACT_IDLE));
        EQ(exo_pct_bind(0, env, 0), 0);
        EQ(call(0, 1, 2), E(ENV));
        EQ(env_info(env)->act[0].state, EXO_ACT_STOPPED);
        EQ(exo_pct_send(0, 1, 2, 3, 4), E(BUSY));
        EQ(exo_env_destroy(0, env), 0);
        CHECK(await_gone(env));
    }
}

/* Another activation writes all over the callee's page and save areas while calls come in. */
static void scribble(void *unused)
{
    uint64_t *words = (uint64_t *)EXO_ACT_BASE, seed = 88172645463325252ull;
    (void)unused;
    for (;;) {
        words[random_next(&seed) % 40] = seed;                                    /* entries, stacks */
        words[512 + random_next(&seed) % 512] = seed & 1 ? seed : KERNEL_ADDRESS; /* slot 0: state while it is entered */
        REPORT->word[5]++;
    }
}

static void serve_scribbled(void *function)
{
    accomplice(scribble, 0);
    serve(function);
}

void attack_pct_scribbled_callee(void)
{
    uint64_t ran = victim_ns();
    for (unsigned i = 0; i < 4; i++) {
        env_id_t env = spawn(serve_scribbled, (uint64_t)answer_sum);
        CHECK(await_more(&env_info(env)->act[0].run_ns, 0));
        if (exo_pct_bind(0, env, 0) == 0)
            for (uint64_t end = now_ns() + 5 * MS; now_ns() < end;) {
                struct exo_words words = {1, 2, 0, 0};
                int64_t result = exo_pct(0, now_ns() + MS, &words);
                CHECK(result == 0 || result == E(ENV) || result == E(BUSY) || result == E(TIMEOUT));
            }
        EQ(exo_env_destroy(0, env), 0);
        CHECK(await_gone(env));
    }
    CHECK(victim_ran(ran));
}

/* The state that a caller returns to is spoiled while it waits: it alone is stopped, the callee serves the next. */
static void call_and_come_back(void *env)
{
    EQ(exo_pct_bind(0, (env_id_t)env, 3), 0);
    struct exo_words words = {1, 2, 0, 0};
    exo_pct(3, EXO_FOREVER, &words);
    REPORT->word[3]++; /* not if its state was refused */
    park();
}

static void spoil(struct exo_context *state, unsigned how)
{
    if (how == 0)
        state->rip = KERNEL_ADDRESS;
    else if (how == 1)
        state->rip = NOT_CANONICAL;
    else
        for (unsigned k = 512; k < 576; k++)
            state->xsave[k] = 0xff; /* the header of XSAVE */
}

void attack_pct_spoiled_caller(void)
{
    unsigned refused = INFO->xsave == EXO_XSAVE_XSAVE ? 3 : 2;
    env_id_t env = server(answer_held, 0);
    for (unsigned how = 0; how < refused; how++) {
        uint64_t inside = INSIDE;
        HOLD = 1;
        uint32_t act = accomplice(call_and_come_back, env);
        CHECK(await_more(&INSIDE, inside));
        EQ(env_info(act_here()->env)->act[act].state, EXO_ACT_CALLING);
        spoil((struct exo_context *)(EXO_ACT_BASE + act * EXO_ACT_STRIDE + EXO_PAGE_BYTES), how);
        HOLD = 0;
        CHECK(await_state(act_here()->env, act, EXO_ACT_STOPPED));
        EQ(env_info(act_here()->env)->act[act].stop_vector, 256);
        EQ(call_patiently(0), 0);
    }
    EQ(REPORT->word[3], 0);
}

/* Everything that a callee has in its registers when it replies, but for the four words, must stay its own. */
#define LEAK 0x1eaf1eaf1eaf1eafull
static void leak(uint64_t number, struct exo_words *words, env_id_t from)
{
    uint64_t pair[2] = {LEAK, LEAK};
    (void)words, (void)from;
    __asm__ volatile("movdqu (%0), %%xmm0\n\tmovdqa %%xmm0, %%xmm7\n\tmovdqa %%xmm0, %%xmm15\n\t"
                     "fninit\n\tfld1\n\tfldpi\n\tfldpi\n\tfldpi\n\t"
                     "mov %1, %%rdi\n\tmovq %%xmm0, %%rbx\n\tmov %%rbx, %%r12\n\tmov %%rbx, %%r13\n\tmov %%rbx, %%r14\n\t"
                     "mov %%rbx, %%r15\n\tmov %%rbx, %%rbp\n\tmov %%rbx, %%r11\n\tmov %%rbx, %%rcx\n\txor %%esi, %%esi\n\t"
                     "mov $1, %%edx\n\tmov $2, %%r10d\n\tmov $3, %%r8d\n\tmov $4, %%r9d\n\tmov %2, %%eax\n\tstd\n\tsyscall"
                     : : "S"(pair), "a"(number), "i"(EXO_CALL_PCT_REPLY) : "memory"); /* never comes back: no list of clobbers */
    __builtin_unreachable();
}

/* What a caller finds: rbx r12 to r15, rdi rsi rcx r11, the words, xmm0 and xmm15, the x87 status, the flags. */
struct found {
    uint64_t rbx, r12, r13, r14, r15, rdi, rsi, rcx, r11, words[4], xmm0[2], xmm15[2], flags;
    uint16_t x87;
};

static int64_t call_looking(struct found *f)
{
    static const uint64_t own[2] = {0x77, 0x88};
    int64_t result = EXO_CALL_PCT_CALL;
    __asm__ volatile("push %%rbp\n\tmov %1, %%rbp\n\tmovdqu (%2), %%xmm0\n\tmovdqa %%xmm0, %%xmm15\n\tfninit\n\t"
                     "xor %%edi, %%edi\n\tmov $-1, %%rsi\n\tmov $0x11, %%ebx\n\tmov $0x12, %%r12d\n\tmov $0x13, %%r13d\n\t"
                     "mov $0x14, %%r14d\n\tmov $0x15, %%r15d\n\tsyscall\n\t"
                     "mov %%rbx, (%%rbp)\n\tmov %%r12, 8(%%rbp)\n\tmov %%r13, 16(%%rbp)\n\tmov %%r14, 24(%%rbp)\n\t"
                     "mov %%r15, 32(%%rbp)\n\tmov %%rdi, 40(%%rbp)\n\tmov %%rsi, 48(%%rbp)\n\tmov %%rcx, 56(%%rbp)\n\t"
                     "mov %%r11, 64(%%rbp)\n\tmov %%rdx, 72(%%rbp)\n\tmov %%r10, 80(%%rbp)\n\tmov %%r8, 88(%%rbp)\n\t"
                     "mov %%r9, 96(%%rbp)\n\tmovdqu %%xmm0, 104(%%rbp)\n\tmovdqu %%xmm15, 120(%%rbp)\n\t"
                     "pushfq\n\tpopq 136(%%rbp)\n\tfnstsw 144(%%rbp)\n\tpop %%rbp\n\tcld"
                     : "+a"(result) : "c"(f), "d"(own)
                     : "rbx", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15", "memory", "cc");
    return result;
}

void attack_pct_registers(void)
{
    struct found f;
    unsigned answered = 0;
    server(leak, 0);
    for (unsigned i = 0; i < 200; i++) {
        int64_t result = call_looking(&f);
        if (result == E(BUSY)) /* an event kept the callee from resting */
            continue;
        answered++;
        EQ(result, 0);
        EQ(f.rbx | f.r12 << 8 | f.r13 << 16 | f.r14 << 24 | f.r15 << 32, 0x1514131211);
        EQ(f.rdi | f.rsi, 0);
        CHECK(f.rcx != LEAK && f.r11 != LEAK);
        EQ(f.words[0] | f.words[1] << 8 | f.words[2] << 16 | f.words[3] << 24, 0x04030201);
        CHECK(f.xmm0[0] == 0x77 && f.xmm0[1] == 0x88 && f.xmm15[0] == 0x77 && f.xmm15[1] == 0x88);
        EQ(f.x87, 0);
        EQ(f.flags & 0x400, 0); /* DF */
    }
    CHECK(answered > 0);
}

void attack_pct_send_flood(void)
{
    uint64_t sent = 0;
    env_id_t env = server(answer_sum, 0);
    FLOOD(int64_t result = exo_pct_send(0, 1, 2, 3, 4); sent += result == 0;
          CHECK(result == 0 || result == E(BUSY)));
    CHECK(sent > 0); /* each gives a whole slice away */
    CHECK(await_state(env, 0, EXO_ACT_IDLE));
    EQ(call_patiently(0), 0);
}

void attack_pct_call_flood(void)
{
    server(answer_sum, 0);
    FLOOD(int64_t result = call_until(0, now_ns() + MS, 1, 2);
          CHECK(result == 0 || result == E(TIMEOUT) || result == E(BUSY)));
    EQ(call_patiently(0), 0);
}

/* A callee ends its caller, and a caller's friend the callee, in the middle of a call. */
static void end_caller(uint64_t number, struct exo_words *words, env_id_t from)
{
    (void)words;
    EQ(exo_env_destroy(0, from), 0);
    EQ(exo_pct_reply(number, EXO_PCT_KEEP, 1, 2, 3, 4), E(STATE));
    REPORT->word[4]++;
}

static void end_callee(void *env)
{
    CHECK(await_more(&INSIDE, 0));
    EQ(exo_env_destroy(0, (env_id_t)env), 0);
    REPORT->word[6] = 1;
    park();
}

void attack_pct_ends(void)
{
    env_id_t env = server(end_caller, 0);
    for (unsigned i = 0; i < 4; i++) {
        env_id_t client = spawn(call_and_come_back, env);
        CHECK(await_gone(client));
        CHECK(await_more(&REPORT->word[4], i));
        CHECK(await_state(env, 0, EXO_ACT_IDLE));
    }
    EQ(REPORT->word[3], 0);
    env = server(answer_held, 1);
    HOLD = 1;
    accomplice(end_callee, env);
    EQ(call(1, 1, 2), E(ENV));
    CHECK(meet(&REPORT->word[6], 1));
}
