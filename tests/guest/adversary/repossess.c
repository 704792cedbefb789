/* SPDX-License-Identifier: MIT
 *
 * repossess.c: attacks with requests and takings (revoke_ask, revoke_take): of what one does not control, sooner and more
 * than asked for, by those who ask, and by those who are asked.
 */
#include "attacks.h"

enum { ASKED_SLOT = 5, PAGES = 8 };
#define TARGET_NAME name_below((struct exo_cap)ATTACKER_NAME, 1)
#define DOWN REPORT->word[30] /* how often the target faulted */

static int64_t take(env_id_t env, uint32_t kind, uint64_t what)
{
    return exo_revoke_take(0, env, kind, &what, 1);
}

static int64_t take_patiently(env_id_t env, uint64_t what)
{
    uint64_t give_up = now_ns() + 5000 * MS;
    int64_t result;
    while ((result = take(env, EXO_REVOKE_FRAMES, what)) == E(AGAIN) && now_ns() < give_up)
        sleep_ns(MS / 4);
    return result;
}

static bool await_free(frame_t frame)
{
    uint64_t give_up = now_ns() + 5000 * MS;
    while (FRAMES[frame].type != EXO_FRAME_FREE && now_ns() < give_up)
        sleep_ns(MS / 4);
    return FRAMES[frame].type == EXO_FRAME_FREE;
}

void attack_revoke_ask_foreign(void)
{
    const uint32_t slots[] = {0, 1, 2, IMAGE_SLOT, EXO_CAP_SLOTS, ~0u};
    uint64_t frame = REPORT->victim_frame;
    for (uint32_t i = 0; i < EXO_ENVS_MAX; i++)
        for (unsigned s = 0; ENVS[i].state == EXO_ENV_LIVE && ENVS[i].id != act_here()->env && s < 6; s++)
            for (uint32_t kind = 0; kind < EXO_REVOKE_KINDS; kind++) {
                int64_t asked = exo_revoke_ask(slots[s], ENVS[i].id, kind, 1, 0);
                CHECK(asked == E(RIGHTS) || asked == E(SLOT));
                int64_t taken = exo_revoke_take(slots[s], ENVS[i].id, kind, &frame, 1);
                CHECK(taken == E(RIGHTS) || taken == E(SLOT));
            }
    const env_id_t ids[] = {~0ull, 1ull << 63, REPORT->victim + EXO_ENVS_MAX, REPORT->victim ^ 1ull << 40};
    for (unsigned i = 0; i < 4; i++) {
        EQ(exo_revoke_ask(0, ids[i], 0, 1, 0), E(ENV));
        EQ(exo_revoke_take(0, ids[i], 0, &frame, 1), E(ENV));
    }
    for (uint64_t kind = EXO_REVOKE_KINDS; kind < 1ull << 32; kind = kind * 5 + 1) {
        EQ(exo_revoke_ask(0, 0, (uint32_t)kind, 1, 0), E(ARG));
        EQ(exo_revoke_take(0, 0, (uint32_t)kind, &frame, 1), E(ARG));
    }
}

/* From an environment of one's own, what is not its own: the victim's, the kernel's, page tables, pinned pages, nothing. */
void attack_revoke_take_foreign(void)
{
    const volatile struct exo_env_info *self = env_info(act_here()->env);
    uint64_t tables = (WORD(EXO_WINDOW_PML4 + 254 * 8) & EXO_PTE_ADDR) >> 12;
    uint64_t page = (WORD(EXO_WINDOW_PT + (EXO_ACT_BASE >> 12) * 8) & EXO_PTE_ADDR) >> 12;
    uint64_t own = frame_own();
    const uint64_t none[] = {0, 1, self->pml4_frame, tables, page, INFO->frames, ~0ull, 1ull << 32 | own, 1ull << 63 | own,
                             env_info(REPORT->victim)->pml4_frame};
    for (uint32_t kind = 0; kind < EXO_REVOKE_KINDS; kind++)
        EQ(exo_revoke_ask(0, 0, kind, 50, 0), 0);
    for (unsigned i = 0; i < sizeof none / sizeof none[0]; i++)
        EQ(take(0, EXO_REVOKE_FRAMES, none[i]), E(FRAME));
    EQ(take(0, EXO_REVOKE_FRAMES, REPORT->victim_frame), E(RIGHTS));
    EQ(take(0, EXO_REVOKE_FRAMES, REPORT->readable), E(RIGHTS)); /* it may read it, that is all */
    EQ(take(0, EXO_REVOKE_SLICES, EXO_SLICE_NAME(REPORT->victim_cpu, REPORT->victim_position)), E(RIGHTS));
    EQ(take(0, EXO_REVOKE_SLICES, EXO_SLICE_NAME(INFO->cpus, 0)), E(NODEV));
    EQ(take(0, EXO_REVOKE_SLICES, EXO_SLICE_NAME(0xffffffffull, 0)), E(NODEV));
    EQ(take(0, EXO_REVOKE_SLICES, EXO_SLICE_NAME(0, EXO_SLICES)), E(ARG));
    EQ(take(0, EXO_REVOKE_SLICES, EXO_SLICE_NAME(0, 0xffffffffull)), E(ARG));
    for (uint64_t line = 0; line < 1ull << 40; line = line * 3 + 1) {
        EQ(take(0, EXO_REVOKE_LINES, line), E(NODEV));
        EQ(take(0, EXO_REVOKE_PORTS, line), E(RIGHTS));
    }
    EQ(exo_revoke_take(0, 0, 0, &own, 0), E(ARG));
    EQ(exo_revoke_take(0, 0, 0, &own, EXO_FRAMES_MAX + 1), E(ARG));
    EQ(exo_revoke_take(0, 0, 0, (void *)KERNEL_ADDRESS, 1), E(FAULT));
    EQ(exo_revoke_take(0, 0, 0, (void *)(REPORT_VA + EXO_PAGE_BYTES - 8), 2), E(FAULT));
    EQ(env_info(act_here()->env)->taken, 0);
}

/* A target under a name of its own, which holds PAGES frames at PAGE(0) and on. */
static frame_t frame[PAGES];

static bool fell(struct exo_fault *fault)
{
    (void)fault;
    DOWN++;
    park();
}

static void write_on(void *unused)
{
    (void)unused;
    vcpu()->hook = fell;
    REPORT->word[1] = 1;
    for (;;)
        for (unsigned i = 0; i < PAGES; i++)
            WORD(PAGE(i))++;
}

static env_id_t target(void (*fn)(void *))
{
    env_id_t env = spawn(NULL, 0);
    for (unsigned i = 0; i < PAGES; i++) {
        frame[i] = frame_own();
        EQ(pt_one(env, EXO_PT_MAP, PAGE(i), frame[i], 1, EXO_PROT_WRITE, 0), 1);
    }
    EQ(child_act(env, fn, NULL), 0);
    int64_t position = exo_slice_alloc(0, other_cpu(), EXO_SLICE_ANY);
    EQ(exo_slice_bind(0, other_cpu(), (uint32_t)position, env, 0), 0);
    CHECK(meet(&REPORT->word[1], 1));
    return env;
}

/* Before the deadline, without a request, more than asked for, twice; the clock read backwards and at its end. */
void attack_revoke_too_soon(void)
{
    env_id_t env = target(write_on);
    EQ(take(env, EXO_REVOKE_FRAMES, frame[0]), E(STATE));
    EQ(exo_revoke_ask(0, env, EXO_REVOKE_FRAMES, 2, ~0ull), 0);
    EQ(take(env, EXO_REVOKE_FRAMES, frame[0]), E(BUSY));
    EQ(exo_revoke_ask(0, env, EXO_REVOKE_FRAMES, 2, now_ns() + 3000 * MS), 0);
    EQ(take(env, EXO_REVOKE_FRAMES, frame[0]), E(BUSY));
    EQ(take(env, EXO_REVOKE_SLICES, EXO_SLICE_NAME(0, 0)), E(STATE)); /* another kind was not asked for */
    EQ(exo_revoke_ask(0, env, EXO_REVOKE_FRAMES, 0, 0), 0);
    EQ(take(env, EXO_REVOKE_FRAMES, frame[0]), E(STATE));
    EQ(exo_revoke_ask(0, env, EXO_REVOKE_FRAMES, 2, 0), 0);
    const uint64_t names[] = {frame[0], frame[0], frame[1]};
    EQ(exo_revoke_take(0, env, EXO_REVOKE_FRAMES, names, 3), 1); /* the second time it is dying */
    int64_t again = take_patiently(env, frame[0]);
    CHECK(again == E(FRAME) || again == E(RIGHTS)); /* it may be somebody else's by now */
    const uint64_t more[] = {frame[1], frame[2], frame[3]};
    EQ(exo_revoke_take(0, env, EXO_REVOKE_FRAMES, more, 3), 1);
    EQ(take(env, EXO_REVOKE_FRAMES, frame[2]), E(STATE));
    EQ(FRAMES[frame[2]].type, EXO_FRAME_USER);
    CHECK(await_more(&DOWN, 0));
}

/* Who holds only the name of an environment cannot replace or withdraw what was asked with a shorter one. */
void attack_revoke_withdrawn(void)
{
    struct exo_cap name = TARGET_NAME;
    struct exo_env_spec spec = {.name = "asked"};
    EQ(exo_cap_derive(0, ASKED_SLOT, &name), 0);
    int64_t env = exo_env_create(ASKED_SLOT, &spec);
    CHECK(env > 0);
    EQ(exo_revoke_ask(ASKED_SLOT, (env_id_t)env, 0, 1, ~0ull), 0);
    EQ(exo_revoke_ask(0, (env_id_t)env, 0, 5, 0), 0);
    EQ(exo_revoke_ask(ASKED_SLOT, (env_id_t)env, 0, 0, 0), E(BUSY));
    EQ(exo_revoke_ask(ASKED_SLOT, (env_id_t)env, 0, 5, ~0ull), E(BUSY));
    EQ(exo_revoke_ask(ASKED_SLOT, (env_id_t)env, 0, 500, 0), E(BUSY));
    EQ(exo_revoke_ask(0, (env_id_t)env, 0, 0, 0), 0);
    EQ(exo_revoke_ask(ASKED_SLOT, (env_id_t)env, 0, 1, 0), 0);
    name.rights &= ~EXO_RIGHT_CONTROL;
    EQ(exo_cap_derive(0, ASKED_SLOT + 1, &name), 0);
    EQ(exo_revoke_ask(ASKED_SLOT + 1, (env_id_t)env, 0, 0, 0), E(RIGHTS));
    CHECK(revoke(name));
    EQ(exo_revoke_ask(ASKED_SLOT, (env_id_t)env, 0, 1, 0), E(SLOT));
}

/* Slices of others: an asked environment's alone, and not those that merely could be the taker's. */
void attack_revoke_slices(void)
{
    env_id_t env = target(write_on);
    int64_t idle = exo_slice_alloc(0, 0, EXO_SLICE_ANY);
    EQ(exo_revoke_ask(0, env, EXO_REVOKE_SLICES, 20, 0), 0);
    EQ(take(env, EXO_REVOKE_SLICES, EXO_SLICE_NAME(0, (uint64_t)idle)), E(RIGHTS)); /* bound to nobody */
    unsigned taken = 0;
    for (uint32_t cpu = 0; cpu < INFO->cpus; cpu++)
        for (uint32_t position = 0; position < EXO_SLICES; position++) {
            bool its = slice_info(cpu, position)->env == env;
            int64_t result = take(env, EXO_REVOKE_SLICES, EXO_SLICE_NAME(cpu, position));
            EQ(result, its ? 1 : E(RIGHTS));
            taken += result == 1;
        }
    EQ(taken, 1);
    uint64_t ran = victim_ns();
    CHECK(victim_ran(ran));
    EQ(slice_info(REPORT->victim_cpu, REPORT->victim_position)->env, REPORT->victim);
}

/* Requests are ignored for ever, thousands of them; then everything is taken, and it falls by itself. */
void attack_revoke_ignored(void)
{
    env_id_t env = target(write_on);
    FLOOD(EQ(exo_revoke_ask(0, env, EXO_REVOKE_FRAMES, PAGES, 0), 0));
    uint64_t names[PAGES], ran = victim_ns();
    for (unsigned i = 0; i < PAGES; i++)
        names[i] = frame[i];
    EQ(exo_revoke_take(0, env, EXO_REVOKE_FRAMES, names, PAGES), PAGES);
    for (unsigned i = 0; i < PAGES; i++)
        CHECK(await_free(frame[i]) || FRAMES[frame[i]].guard_bits != ((struct exo_cap)ATTACKER_NAME).bits);
    CHECK(await_more(&DOWN, 0));
    CHECK(env_info(env)->taken >= 2 * PAGES); /* frames and mappings */
    CHECK(victim_ran(ran));
}

/* It scribbles on its requests and its vector while things are taken: the kernel reads none of it but taken_read. */
static void scribble(void *unused)
{
    volatile struct exo_activation *page = (volatile struct exo_activation *)EXO_ACT_BASE;
    uint64_t seed = 1234567;
    (void)unused;
    REPORT->word[1] = 1;
    for (;;) {
        page->request[random_next(&seed) % EXO_REVOKE_KINDS].amount = seed;
        page->request[random_next(&seed) % EXO_REVOKE_KINDS].deadline_ns = 0;
        page->taken_count = (uint32_t)(seed >> 7);
        page->taken_read = (uint32_t)random_next(&seed);
        page->taken_lost = seed;
        page->taken[random_next(&seed) % EXO_TAKEN_MAX] = (struct exo_taken){(uint32_t)seed, ~0u, seed};
    }
}

void attack_revoke_scribbled(void)
{
    env_id_t env = target(scribble);
    EQ(exo_revoke_ask(0, env, EXO_REVOKE_FRAMES, 5, now_ns() + 60000 * MS), 0);
    sleep_ns(2 * MS);
    EQ(take(env, EXO_REVOKE_FRAMES, frame[0]), E(BUSY)); /* whatever stands in the page */
    EQ(take(env, EXO_REVOKE_SLICES, EXO_SLICE_NAME(0, 0)), E(STATE));
    EQ(exo_revoke_ask(0, env, EXO_REVOKE_FRAMES, 5, 0), 0);
    for (unsigned i = 0; i < PAGES; i++)
        EQ(take_patiently(env, frame[i]), i < 5 ? 1 : E(STATE));
    EQ(env_info(env)->state, EXO_ENV_LIVE);
}

/* It maps, unmaps and guards anew what is being taken. */
static void remap(void *unused)
{
    (void)unused;
    REPORT->word[1] = 1;
    vcpu()->hook = fell;
    for (uint64_t i = 0;; i++) {
        frame_t f = frame[i % PAGES];
        pt_one(0, i & 8 ? EXO_PT_MAP : EXO_PT_UNMAP, PAGE(100 + i % 64), i & 8 ? f : 0, 1, i & 8 ? EXO_PROT_WRITE : 0, 0);
        if (i % 5 == 0)
            exo_frame_guard(0, 0, f, 1);
    }
}

void attack_revoke_remapped(void)
{
    env_id_t env = target(remap);
    EQ(exo_revoke_ask(0, env, EXO_REVOKE_FRAMES, PAGES, 0), 0);
    for (unsigned i = 0; i < PAGES; i++)
        EQ(take_patiently(env, frame[i]), 1);
    for (unsigned i = 0; i < PAGES; i++)
        CHECK(await_free(frame[i]) || FRAMES[frame[i]].guard_bits != ((struct exo_cap)ATTACKER_NAME).bits);
    EQ(exo_env_destroy(0, env), 0);
    CHECK(await_gone(env));
}

/* An environment ends while the clean-up of what was taken from it is under way. */
void attack_revoke_then_end(void)
{
    for (unsigned round = 0; round < 4; round++) {
        REPORT->word[1] = 0;
        env_id_t env = target(write_on);
        uint64_t names[PAGES];
        for (unsigned i = 0; i < PAGES; i++)
            names[i] = frame[i];
        EQ(exo_revoke_ask(0, env, EXO_REVOKE_FRAMES, PAGES, 0), 0);
        EQ(exo_revoke_take(0, env, EXO_REVOKE_FRAMES, names, PAGES), PAGES);
        EQ(exo_env_destroy(0, env), 0);
        EQ(take(env, EXO_REVOKE_FRAMES, frame[0]), E(ENV));
        EQ(exo_revoke_ask(0, env, EXO_REVOKE_FRAMES, 1, 0), E(ENV));
        CHECK(await_gone(env));
        for (unsigned i = 0; i < PAGES; i++)
            CHECK(await_free(frame[i]) || FRAMES[frame[i]].guard_bits != ((struct exo_cap)ATTACKER_NAME).bits);
    }
}

/* It takes its own memory from itself, down to the stack that it stands on, and to those for its faults. */
static bool give_up_all(struct exo_fault *fault)
{
    (void)fault;
    exo_env_destroy(0, 0);
    return true;
}

void attack_revoke_own_stack(void)
{
    extern char end[];
    uint64_t names[EXO_FRAMES_MAX], fault_stack = act_here()->fault_stack[0] - 8;
    unsigned n = 0;
    names[n++] = (pte((uint64_t)names) & EXO_PTE_ADDR) >> 12;
    if ((fault_stack & ~4095ull) != ((uint64_t)names & ~4095ull))
        names[n++] = (pte(fault_stack) & EXO_PTE_ADDR) >> 12;
    for (uint64_t va = ((uint64_t)end - 1) & ~4095ull; n < EXO_FRAMES_MAX && va > (uint64_t)names + 16384; va -= 4096)
        if (pte(va) & EXO_PTE_W)
            names[n++] = (pte(va) & EXO_PTE_ADDR) >> 12;
    vcpu()->hook = give_up_all;
    EQ(exo_revoke_ask(0, 0, EXO_REVOKE_FRAMES, n, 0), 0);
    exo_revoke_take(0, 0, EXO_REVOKE_FRAMES, names, n);
    for (;;)
        WORD((uint64_t)names)++;
}
