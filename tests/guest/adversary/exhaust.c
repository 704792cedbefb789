/* SPDX-License-Identifier: MIT
 *
 * exhaust.c: attacks that use up: quotas, tables, CPU time, wake-ups, interrupts; and ends in the middle of it all.
 */
#include "attacks.h"

void attack_frames_all(void)
{
    uint32_t frame = EXO_FRAME_ANY;
    int64_t result;
    while ((result = exo_frame_alloc(0, &frame, 1, 0)) == 0)
        frame = EXO_FRAME_ANY;
    EQ(result, E(QUOTA));
    EQ(OWN_QUOTA->used[EXO_QUOTA_FRAMES], QUOTA_FRAMES);
    struct exo_env_spec spec = {.name = "none left"};
    struct exo_act_spec act = {.slots = 2};
    EQ(exo_env_create(0, &spec), E(QUOTA));
    EQ(exo_act_create(0, 0, &act), E(QUOTA));
    EQ(pt_one(0, EXO_PT_FRESH, PAGE(0), 0, 1, 0, 0), E(QUOTA));
    EQ(pt_one(0, EXO_PT_FRESH, 0x123400000000, 0, 1, 0, 0), E(QUOTA));
    struct exo_cap below = name_below((struct exo_cap)ATTACKER_NAME, 1);
    EQ(exo_quota_set(0, &below, EXO_QUOTA_FRAMES, 1), E(QUOTA));
    CHECK(INFO->free_frames > 1000);
}

/* Page tables are paid for: one page in each table. */
void attack_tables_all(void)
{
    int64_t result;
    uint64_t va = 0x10000000000;
    while ((result = pt_one(0, EXO_PT_FRESH, va, 0, 1, 0, 0)) == 1)
        va += 1ull << 30;
    EQ(result, E(QUOTA));
    CHECK(OWN_QUOTA->used[EXO_QUOTA_FRAMES] + 3 > QUOTA_FRAMES);
    EQ(exo_null(), 0);
}

/* Environments that make environments that make environments. */
static void bomb(void *depth)
{
    __atomic_fetch_add(&REPORT->word[0], 1, __ATOMIC_SEQ_CST);
    for (uint64_t i = 0; (uint64_t)depth < 3 && i < 2; i++)
        if (!spawn(bomb, (uint64_t)depth + 1))
            break;
    park();
}

void attack_env_bomb(void)
{
    struct exo_env_spec spec = {.name = "bomb"};
    int64_t env;
    spawn(bomb, 1);
    spawn(bomb, 1);
    sleep_ns(10 * MS);
    while ((env = exo_env_create(0, &spec)) > 0)
        REPORT->word[1]++;
    EQ(env, E(QUOTA));
    CHECK(REPORT->word[0] + REPORT->word[1] >= 4);
    CHECK(OWN_QUOTA->used[EXO_QUOTA_ENVS] <= QUOTA_ENVS);
}

void attack_activations_all(void)
{
    struct exo_act_spec spec = {.slots = EXO_SLOTS_MIN};
    int64_t result;
    while ((result = exo_act_create(0, 0, &spec)) > 0)
        REPORT->word[0]++;
    EQ(result, E(LIMIT));
    EQ(REPORT->word[0], EXO_ACTS_MAX - 1);
    spec.slots = EXO_SLOTS_MAX;
    EQ(exo_act_create(0, 0, &spec), E(LIMIT));
}

void attack_slices_all(void)
{
    int64_t result;
    uint32_t bound = 0;
    while ((result = exo_slice_alloc(0, 0, EXO_SLICE_ANY)) >= 0)
        if (exo_slice_bind(0, 0, (uint32_t)result, 0, 0) == 0)
            bound++;
    EQ(result, E(QUOTA));
    EQ(bound, EXO_ACT_SLICES - 1);
    CHECK(victim_ran(victim_ns()));
}

void attack_quota_entries(void)
{
    struct exo_cap below = ATTACKER_NAME;
    int64_t result = 0;
    uint64_t made = 0;
    for (; made < 5000 && result == 0; made++) {
        below.bits = 0x66ull << 56 | made << 32;
        below.len = 32;
        result = exo_quota_set(0, &below, EXO_QUOTA_FRAMES, 1);
    }
    CHECK(result == E(LIMIT) || result == E(QUOTA));
    CHECK(OWN_QUOTA != NULL);
}

/* Revocations that are begun and never finished. */
void attack_revocations_all(void)
{
    struct exo_cap below;
    unsigned limits = 0;
    for (unsigned i = 1; i < 60; i++) {
        below = name_below((struct exo_cap)ATTACKER_NAME, i);
        int64_t result = exo_cap_revoke(0, &below);
        CHECK(result == E(AGAIN) || result == E(QUOTA) || result == 0);
        limits += result == E(QUOTA);
    }
    CHECK(limits > 0);
}

/* Drops a name again and again while a revocation waits for it to be swept: the revocation must come to its end. */
static void dropper(void *unused)
{
    (void)unused;
    struct exo_cap below = name_below((struct exo_cap)ATTACKER_NAME, 7);
    for (uint64_t i = 0; i < 100; i++) /* tables, so that a sweep takes long */
        EQ(pt_one(0, EXO_PT_FRESH, 0x300000000000 + (i << 21), 0, 1, 0, 0), 1);
    while (!REPORT->word[1]) {
        REPORT->word[0]++;
        exo_cap_derive(0, 5, &below);
        exo_cap_drop(5);
    }
    park();
}

void attack_sweep_for_ever(void)
{
    struct exo_cap below = name_below((struct exo_cap)ATTACKER_NAME, 9);
    spawn(dropper, 0);
    CHECK(await_more(&REPORT->word[0], 10));
    uint64_t give_up = now_ns() + 4000 * MS;
    int64_t result;
    while ((result = exo_cap_revoke(0, &below)) == E(AGAIN) && now_ns() < give_up)
        exo_yield(0, EXO_ACT_ANY);
    EQ(result, 0);
    REPORT->word[1] = 1;
}

/* As many sleepers on one frame as there can be, and its end. */
static void sleeper(void *which)
{
    struct exo_term terms[EXO_TERMS_MAX];
    for (unsigned i = 0; i < EXO_TERMS_MAX; i++)
        terms[i] = (struct exo_term){.word = PAGE(0) + i * 8, .value = 1, .op = EXO_TERM_EQ, .width = 8};
    for (unsigned i = 0; i < EXO_WATCHES_MAX; i++)
        exo_watch(i, (void *)(PAGE(0) + i * 8));
    __atomic_fetch_add(&REPORT->word[0], 1, __ATOMIC_SEQ_CST);
    int64_t result = exo_wait(terms, EXO_TERMS_MAX, EXO_FOREVER);
    REPORT->word[8 + (uint64_t)which] = (uint64_t)result;
    __atomic_fetch_add(&REPORT->word[1], 1, __ATOMIC_SEQ_CST);
    park();
}

void attack_predicate_on_freed(void)
{
    frame_t frame = frame_own();
    EQ(map(PAGE(0), frame, EXO_PROT_WRITE), 1);
    for (uint64_t i = 0; i < 4; i++)
        accomplice(sleeper, i);
    CHECK(meet(&REPORT->word[0], 4));
    sleep_ns(2 * MS);
    EQ(FRAMES[frame].waiting, 4 * (EXO_TERMS_MAX + EXO_WATCHES_MAX));
    EQ(exo_frame_free(0, &frame, 1), 1);
    EQ(exo_frame_guard(0, 0, frame, 1), E(FRAME));
    EQ(unmap(PAGE(0)), 1);
    CHECK(meet(&REPORT->word[1], 4));
    for (unsigned i = 0; i < 4; i++)
        EQ(REPORT->word[8 + i], E(FRAME));
    uint32_t again = frame;
    int64_t result = exo_frame_alloc(0, &again, 1, 0);
    CHECK(result == 0 || (result == E(BUSY) && INFO->cpus > 1)); /* somebody else was quicker */
    EQ(FRAMES[frame].waiting, 0);
}

/* Sleepers stand on a frame that the suite owns: as many as there is room for, from two environments. */
static void crowd(void *unused)
{
    (void)unused;
    EQ(pt_one(0, EXO_PT_MAP, PAGE(0), REPORT->readable, 1, 0, 0), 1);
    for (unsigned i = 0; i < EXO_ACTS_MAX - 1; i++)
        accomplice(sleeper, i);
    sleeper((void *)15);
}

void attack_waiters_all(void)
{
    spawn(crowd, 0);
    spawn(crowd, 0);
    EQ(pt_one(0, EXO_PT_MAP, PAGE(0), REPORT->readable, 1, 0, 0), 1);
    CHECK(meet(&REPORT->word[0], 2 * EXO_ACTS_MAX));
    sleep_ns(2 * MS);
    struct exo_term term = {.word = PAGE(0) + 64, .op = EXO_TERM_EQ, .width = 8};
    CHECK(FRAMES[REPORT->readable].waiting > 200);
    int64_t result = exo_wait(&term, 1, 1);
    CHECK(result == E(LIMIT) || result == E(TIMEOUT));
    EQ(exo_doorbell((void *)PAGE(0)), E(FAULT));
}

/* Floods */

void attack_hog(void)
{
    FLOOD(act_here()->disabled = 1);
}

void attack_fault_flood(void)
{
    FLOOD(FAULTS(WORD(NOWHERE) = 0, VECTOR_PF); FAULTS(__asm__ volatile("int3"), VECTOR_BREAKPOINT));
}

void attack_yield_flood(void)
{
    uint64_t given = 0;
    FLOOD(given += exo_yield(REPORT->victim, 0) == 0; exo_yield(0, EXO_ACT_ANY));
    EQ(exo_yield(act_here()->env, act_here()->index), E(STATE));
    CHECK(given < 1000000);
}

static void waker(void *unused)
{
    (void)unused;
    while (!REPORT->word[31]) {
        REPORT->word[0]++;
        exo_doorbell((void *)&REPORT->word[0]);
    }
    REPORT->word[30] = 1;
    park();
}

void attack_wakeup_flood(void)
{
    accomplice(waker, 0);
    exo_watch(0, (void *)&REPORT->word[0]);
    FLOOD(struct exo_term term = {.word = (uint64_t)&REPORT->word[0], .value = REPORT->word[0], .op = EXO_TERM_NE, .width = 8};
          exo_wait(&term, 1, now_ns() + MS); events_take());
    REPORT->word[31] = 1;
    CHECK(meet(&REPORT->word[30], 1));
}

/* Rings where nobody waits, where a crowd watches, and where nothing is. */
void attack_doorbell_flood(void)
{
    EQ(pt_one(0, EXO_PT_FRESH, PAGE(0), 0, 1, EXO_PROT_WRITE, 0), 1);
    for (uint64_t i = 0; i < 6; i++)
        accomplice(sleeper, i);
    CHECK(meet(&REPORT->word[0], 6));
    FLOOD(exo_doorbell((void *)PAGE(0)); exo_doorbell((void *)REPORT_VA); exo_doorbell((void *)PAGE(4)));
}

void attack_timer_flood(void)
{
    uint64_t times = 0;
    FLOOD(exo_timer_set(times++ & 1 ? 1 : now_ns() + 100); events_take());
    exo_timer_set(EXO_FOREVER);
}

static void protector(void *unused)
{
    (void)unused;
    while (!REPORT->word[31])
        pt_one(0, EXO_PT_PROTECT, PAGE(0), 0, 64, (REPORT->word[0]++ & 1) ? EXO_PROT_WRITE : 0, 0);
    REPORT->word[30] = 1;
    park();
}

void attack_shootdown_flood(void)
{
    EQ(pt_one(0, EXO_PT_FRESH, PAGE(0), 0, 64, EXO_PROT_WRITE, 0), 1);
    accomplice(protector, 0);
    FLOOD(pt_one(0, EXO_PT_PROTECT, PAGE(0), 0, 64, (REPORT->word[1]++ & 1) ? EXO_PROT_WRITE : 0, 0));
    REPORT->word[31] = 1;
    CHECK(meet(&REPORT->word[30], 1));
}

/* The longest calls that there are, without a pause. */
void attack_long_calls(void)
{
    uint32_t first = EXO_FRAME_ANY, list[EXO_FRAMES_MAX] = {EXO_FRAME_ANY};
    struct exo_cap who = name_below((struct exo_cap)ATTACKER_NAME, 1);
    who.rights = 3;
    bool run = exo_frame_alloc(0, list, EXO_FRAMES_MAX, EXO_FRAME_RUN) == 0;
    first = list[0];
    FLOOD(if (run) {
        EQ(exo_frame_share(0, first, EXO_FRAMES_MAX, &who), 0);
        EQ(exo_frame_guard(0, 0, first, EXO_FRAMES_MAX), 0);
        EQ(pt_one(0, EXO_PT_MAP, PAGE(0), first, EXO_FRAMES_MAX, EXO_PROT_WRITE, 0), 1);
    } EQ(pt_one(0, EXO_PT_UNMAP, PAGE(0), 0, 512, 0, 0), 1);
      exo_cap_revoke(0, &who));
}

/* A serial port that interrupts whenever it may (16550: IER at +1, IIR at +2, MCR at +4), acknowledged at once. */
static void uart_write(uint16_t port, uint8_t value)
{
    __asm__ volatile("outb %0, %1" : : "a"(value), "d"((uint16_t)(COM1 + port)));
}

static uint8_t uart_read(uint16_t port)
{
    uint8_t value;
    __asm__ volatile("inb %1, %0" : "=a"(value) : "d"((uint16_t)(COM1 + port)));
    return value;
}

static void interrupt_once(void)
{
    uart_write(1, 2);
    uart_read(2);
    uart_write(1, 0);
    exo_irq_ack(COM1_LINE);
    events_take();
}

void attack_irq_storm(void)
{
    volatile uint32_t *count = &act_here()->irq_count[0];
    uart_write(4, 8);
    FLOOD(interrupt_once());
    for (uint64_t end = now_ns() + 3000 * MS; *count <= 5 && now_ns() < end;) /* on a busy host one round is a flood's time */
        interrupt_once();
    CHECK(*count > 5);
    for (uint32_t line = 0; line < 24; line++)
        if (line != COM1_LINE)
            EQ(exo_irq_ack(line), E(NODEV));
    struct exo_irq_spec spec = {.index = 1};
    EQ(exo_irq_bind(0, COM1_LINE, 0, 0, &spec), E(RIGHTS)); /* what was bound to it is not its to bind */
    EQ(exo_port_bind(0, 0, COM1, 0), E(RIGHTS));
}

void attack_env_churn(void)
{
    struct exo_env_spec spec = {.name = "churn"};
    struct exo_act_spec act = {.slots = 2};
    uint64_t made = 0;
    FLOOD(int64_t env = exo_env_create(0, &spec); if (env > 0) {
        exo_act_create(0, (env_id_t)env, &act);
        EQ(exo_env_destroy(0, (env_id_t)env), 0);
        EQ(exo_env_destroy(0, (env_id_t)env), E(ENV));
        made++;
    } else exo_yield(0, EXO_ACT_ANY); events_take());
    CHECK(made > 3);
}

/* A chain of environments, each the patron of the next, all asleep without a slice: one wake-up goes up the whole chain. */
static void take_slices(env_id_t env)
{
    for (uint32_t i = 0; i < INFO->cpus * EXO_SLICES; i++)
        if (SLICES[i].env == env)
            EQ(exo_slice_bind(0, i / EXO_SLICES, i % EXO_SLICES, EXO_ENV_NONE, 0), 0);
}

static void chain(void *left)
{
    struct exo_term term = {.word = (uint64_t)&REPORT->word[5], .value = 1, .op = EXO_TERM_EQ, .width = 8};
    if (left)
        CHECK(spawn(chain, (uint64_t)left - 1));
    REPORT->word[8 + (uint64_t)left] = act_here()->env;
    __atomic_fetch_add(&REPORT->word[0], 1, __ATOMIC_SEQ_CST);
    events_take();
    exo_wait(&term, !left, EXO_FOREVER);
    park();
}

void attack_patron_chain(void)
{
    enum { LINKS = 12 };
    spawn(chain, LINKS);
    CHECK(meet(&REPORT->word[0], LINKS + 1));
    for (unsigned i = 0; i <= LINKS; i++) {
        CHECK(await_state(REPORT->word[8 + i], 0, EXO_ACT_WAITING));
        take_slices(REPORT->word[8 + i]);
    }
    events_take();
    REPORT->word[5] = 1;
    EQ(exo_doorbell((void *)&REPORT->word[5]), 1);
    EQ(events_take() & EXO_EVENT_CHILD, EXO_EVENT_CHILD);
    EQ(env_info(REPORT->word[8])->act[0].state, EXO_ACT_READY);
}

/* Ends that come in the middle */

static void busy_with_tables(void *unused)
{
    (void)unused;
    for (uint64_t turn = 0;; turn++) {
        REPORT->word[0]++;
        pt_one(0, turn & 1 ? EXO_PT_UNMAP : EXO_PT_FRESH, PAGE(0), 0, 64, EXO_PROT_WRITE, 0);
    }
}

void attack_end_during_calls(void)
{
    accomplice(busy_with_tables, 0);
    CHECK(await_more(&REPORT->word[0], 20));
    exo_env_destroy(0, 0);
}

void attack_end_of_others(void)
{
    for (unsigned i = 0; i < 8; i++) {
        REPORT->word[0] = 0;
        env_id_t env = spawn(busy_with_tables, 0);
        CHECK(env && await_more(&REPORT->word[0], i * 7));
        EQ(exo_env_destroy(0, env), 0);
        EQ(exo_env_destroy(0, env), E(ENV));
        CHECK(await_gone(env));
    }
}

static bool fault_stays(struct exo_fault *fault)
{
    (void)fault;
    return true;
}

static void endless_faults(void *unused)
{
    (void)unused;
    vcpu()->hook = fault_stays;
    WORD(NOWHERE) = 0;
}

/* Everything that an environment can hold, all at once, and then its end. */
void attack_end_with_everything(void)
{
    struct exo_cap below = name_below((struct exo_cap)ATTACKER_NAME, 4);
    EQ(pt_one(0, EXO_PT_FRESH, PAGE(0), 0, 64, EXO_PROT_WRITE, 0), 1);
    EQ(pt_one(0, EXO_PT_FRESH, 0x1000, 0, 1, EXO_PROT_WRITE, 0), 1);
    EQ(pt_one(0, EXO_PT_FRESH, EXO_USER_TOP - 4096, 0, 1, EXO_PROT_WRITE, 0), 1);
    EQ(pt_one(0, EXO_PT_MAP, PAGE(100), REPORT->readable, 1, 0, 0), 1);
    frame_t dying = frame_own();
    EQ(map(PAGE(101), dying, EXO_PROT_WRITE), 1);
    EQ(exo_frame_free(0, &dying, 1), 1);
    EQ(exo_quota_set(0, &below, EXO_QUOTA_FRAMES, 30), 0);
    EQ(exo_cap_derive(0, 5, &below), 0);
    frame_new_under(5, 0);
    for (uint32_t cpu = 0; cpu < INFO->cpus; cpu++)
        CHECK(exo_slice_alloc(0, cpu, EXO_SLICE_ANY) >= 0);
    spawn(busy_with_tables, 0);
    spawn(sleeper, 0);
    for (uint64_t i = 0; i < 3; i++)
        accomplice(sleeper, i);
    accomplice(endless_faults, 0);
    accomplice(busy_with_tables, 0);
    for (unsigned i = 0; i < EXO_WATCHES_MAX; i++)
        exo_watch(i, (void *)PAGE(i));
    exo_timer_set(now_ns() + MS / 2);
    exo_cap_drop(5);
    exo_cap_revoke(0, &below);
    sleep_ns(2 * MS);
    exo_env_destroy(0, 0);
}
