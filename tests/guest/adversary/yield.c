/* SPDX-License-Identifier: MIT
 *
 * yield.c: attacks by directed yield: on heirs whose state is spoiled or changes under the kernel's eyes, that end in the
 * middle, or that two CPUs want at once.
 */
#include "attacks.h"

static void go_round(void *unused)
{
    (void)unused;
    for (;;) {
        REPORT->word[0]++;
        exo_yield(REPORT->word[7], 0);
    }
}

static struct exo_context *disabled_slot(uint32_t act)
{
    return (struct exo_context *)(EXO_ACT_BASE + act * EXO_ACT_STRIDE + EXO_PAGE_BYTES);
}

/* Yields until *word grows. */
static bool yield_until_more(env_id_t env, uint32_t act, volatile uint64_t *word)
{
    uint64_t before = *word, end = now_ns() + 5000 * MS;
    while (*word == before && now_ns() < end)
        exo_yield(env, act);
    return *word != before;
}

/* The heir's state is nonsense: it alone is stopped, and who yielded goes on. */
void attack_yield_spoiled_heir(void)
{
    unsigned refused = INFO->xsave == EXO_XSAVE_XSAVE ? 3 : 2;
    REPORT->word[7] = act_here()->env;
    for (unsigned how = 0; how < refused; how++) {
        int64_t act = child_act(0, go_round, NULL);
        CHECK(act > 0 && yield_until_more(0, (uint32_t)act, &REPORT->word[0]));
        struct exo_context *slot = disabled_slot((uint32_t)act);
        if (how == 2)
            for (unsigned k = 512; k < 576; k++)
                slot->xsave[k] = 0xff; /* the header of XSAVE */
        else
            slot->rip = how ? KERNEL_ADDRESS : NOT_CANONICAL;
        uint64_t before = REPORT->word[0], end = now_ns() + 5000 * MS;
        int64_t result;
        while ((result = exo_yield(act_here()->env, (uint32_t)act)) == 0 && now_ns() < end)
            ; /* the slice may have been at its end */
        EQ(result, E(STATE));
        EQ(REPORT->word[0], before);
        EQ(env_info(act_here()->env)->act[act].state, EXO_ACT_STOPPED);
        EQ(env_info(act_here()->env)->act[act].stop_vector, 256);
    }
}

/* The heir's whole context is ones: what runs then is ring 3 all the same. */
static void look_at_flags(void)
{
    uint64_t flags, cs;
    __asm__ volatile("pushfq\n\tpopq %0\n\tmov %%cs, %1" : "=r"(flags), "=r"(cs));
    REPORT->word[1] = flags;
    REPORT->word[2] = cs;
    for (;;)
        exo_yield(REPORT->word[7], 0);
}

void attack_yield_privileged_state(void)
{
    REPORT->word[7] = act_here()->env;
    int64_t act = child_act(0, go_round, NULL);
    CHECK(act > 0 && yield_until_more(act_here()->env, (uint32_t)act, &REPORT->word[0]));
    struct exo_context *slot = disabled_slot((uint32_t)act);
    slot->rip = (uint64_t)look_at_flags;
    slot->rflags = ~0ull & ~0x40100ull; /* but for TF and AC, which are ring 3's to set and would fault */
    slot->cs = 8;
    slot->ss = 16;
    slot->fs_base = KERNEL_ADDRESS;
    CHECK(yield_until_more(act_here()->env, (uint32_t)act, &REPORT->word[2]));
    EQ(REPORT->word[1] & 0x3000, 0);     /* IOPL */
    EQ(REPORT->word[1] & 0x200, 0x200);  /* IF */
    EQ(REPORT->word[2], EXO_USER_CS);
}

/* Another activation writes all over both pages and both states while yields go to and fro. */
static void scribble(void *partner)
{
    uint64_t seed = 88172645463325252ull;
    while (!REPORT->word[31]) {
        uint64_t *page = (uint64_t *)(EXO_ACT_BASE + (uint64_t)partner * EXO_ACT_STRIDE);
        uint64_t value = random_next(&seed);
        if (value & 4)
            ((volatile uint32_t *)page)[0] = value & 1;                             /* disabled */
        else
            page[512 + (value >> 8) % 512] = value & 2 ? value : KERNEL_ADDRESS;    /* slot 0 */
        REPORT->word[5]++;
    }
    REPORT->word[30] = 1;
    park();
}

static bool give_up(struct exo_fault *fault)
{
    (void)fault;
    park();
}

static void go_round_spoiled(void *unused)
{
    vcpu()->hook = give_up;
    go_round(unused);
}

void attack_yield_scribbled(void)
{
    uint64_t ran = victim_ns();
    REPORT->word[7] = act_here()->env;
    for (unsigned i = 0; i < 3; i++) { /* with the accomplices as many activations as there can be */
        int64_t act = child_act(0, go_round_spoiled, NULL);
        CHECK(act > 0);
        REPORT->word[31] = REPORT->word[30] = 0;
        accomplice(scribble, (uint64_t)act);
        for (uint64_t end = now_ns() + 5 * MS; now_ns() < end;) {
            int64_t result = exo_yield(REPORT->word[7], (uint32_t)act);
            CHECK(result == 0 || result == E(STATE)); /* once it is stopped */
        }
        REPORT->word[31] = 1;
        CHECK(meet(&REPORT->word[30], 1));
    }
    CHECK(victim_ran(ran));
}

/* Environments that end while two CPUs yield to them; ids of dead ones, which may stand where another stood. */
static void yield_for_ever(void *unused)
{
    (void)unused;
    while (!REPORT->word[31]) {
        int64_t result = exo_yield(REPORT->word[6], 0);
        CHECK(result == 0 || result == E(STATE) || result == E(ENV));
    }
    REPORT->word[30] = 1;
    park();
}

void attack_yield_to_dying(void)
{
    uint64_t ran = victim_ns();
    env_id_t dead = 0;
    REPORT->word[7] = act_here()->env;
    accomplice(yield_for_ever, 0);
    for (unsigned i = 0; i < 12; i++) {
        env_id_t env = spawn(go_round, 0);
        REPORT->word[6] = env;
        for (uint64_t end = now_ns() + MS; now_ns() < end;) {
            int64_t result = exo_yield(env, 0);
            CHECK(result == 0 || result == E(STATE)); /* it runs on the other CPU */
        }
        if (dead)
            EQ(exo_yield(dead, 0), E(ENV));
        EQ(exo_env_destroy(0, env), 0);
        EQ(exo_yield(env, 0), E(ENV));
        EQ(exo_yield(env + (1 << EXO_ENV_BITS), 0), E(ENV));
        EQ(exo_yield(env & ((1 << EXO_ENV_BITS) - 1), 0), E(ENV));
        CHECK(await_gone(env));
        dead = env;
    }
    REPORT->word[31] = 1;
    CHECK(meet(&REPORT->word[30], 1));
    CHECK(victim_ran(ran));
}

/* A slice does not grow by being passed to and fro: the victim gets its own meanwhile. */
void attack_yield_pair(void)
{
    REPORT->word[7] = act_here()->env;
    env_id_t env = spawn(go_round, 0);
    FLOOD(exo_yield(env, 0));
    CHECK(await_more(&REPORT->word[0], 0));
    EQ(exo_env_destroy(0, env), 0);
    CHECK(await_gone(env));
}
