/* SPDX-License-Identifier: MIT
 *
 * races.c: attacks with an accomplice: another activation of the attacker, on another CPU, that changes arguments,
 * descriptors or page tables while calls are under way. On one CPU the accomplice comes in at the ends of slices.
 */
#include "attacks.h"

enum { RACE_MS = 25, MARK = 0x6d61726b };

static bool racing(uint64_t end)
{
    return now_ns() < end;
}

/* Ends the accomplice's loop and waits until it saw it. */
static void race_over(void)
{
    REPORT->word[31] = 1;
    CHECK(meet(&REPORT->word[30], 1));
}

#define ACCOMPLICE(name, ...)                                                                                          \
    static void name(void *unused)                                                                                     \
    {                                                                                                                  \
        (void)unused;                                                                                                  \
        for (uint64_t turn = 0; !REPORT->word[31]; turn++) {                                                           \
            __VA_ARGS__;                                                                                                     \
        }                                                                                                              \
        REPORT->word[30] = 1;                                                                                          \
        park();                                                                                                        \
    }

/* Arguments in memory that flip between the attacker's own and the victim's. */
static volatile struct exo_pt_op raced_op;
ACCOMPLICE(flip_frame, raced_op.frame = turn & 1 ? REPORT->victim_frame : (frame_t)REPORT->word[0])

void attack_flip_frame(void)
{
    REPORT->word[0] = frame_own();
    raced_op = (struct exo_pt_op){.va = PAGE(0), .frame = (frame_t)REPORT->word[0], .count = 1, .op = EXO_PT_MAP, .prot = 1};
    accomplice(flip_frame, 0);
    for (uint64_t end = now_ns() + RACE_MS * MS; racing(end);) {
        int64_t result = exo_pt_update(0, 0, (const struct exo_pt_op *)&raced_op, 1);
        CHECK(result == 1 || result == E(RIGHTS));
        CHECK((pte(PAGE(0)) & EXO_PTE_ADDR) >> 12 != REPORT->victim_frame);
    }
    race_over();
    EQ(FRAMES[REPORT->victim_frame].maps, 1);
}

ACCOMPLICE(flip_range, raced_op.va = turn & 1 ? EXO_ACT_BASE : turn & 2 ? EXO_USER_TOP : PAGE(0);
           raced_op.count = turn & 4 ? 512 : 1)

void attack_flip_range(void)
{
    raced_op = (struct exo_pt_op){.va = PAGE(0), .count = 1, .op = EXO_PT_UNMAP};
    accomplice(flip_range, 0);
    for (uint64_t end = now_ns() + RACE_MS * MS; racing(end);) {
        int64_t result = exo_pt_update(0, 0, (const struct exo_pt_op *)&raced_op, 1);
        CHECK(result == 1 || result == E(RANGE));
    }
    race_over();
    CHECK(pte(EXO_ACT_BASE) & EXO_PTE_P);
}

static struct exo_cap raced_cap;
ACCOMPLICE(flip_cap, *(volatile uint64_t *)&raced_cap.bits = turn & 1 ? REPORT->victim_name.bits : REPORT->word[0];
           *(volatile uint8_t *)&raced_cap.len = turn & 2 ? 0 : 16)

void attack_flip_name(void)
{
    struct exo_cap below = name_below((struct exo_cap)ATTACKER_NAME, 3);
    REPORT->word[0] = below.bits;
    raced_cap = below;
    accomplice(flip_cap, 0);
    const volatile struct exo_cap *got = &env_info(act_here()->env)->caps[5];
    for (uint64_t end = now_ns() + RACE_MS * MS; racing(end);) {
        int64_t result = exo_cap_derive(0, 5, &raced_cap);
        CHECK(result == 0 || result == E(RIGHTS) || result == E(ARG));
        if (result == 0) {
            EQ(got->bits, below.bits);
            EQ(got->len, 16);
            EQ(exo_cap_drop(5), 0);
        }
        exo_quota_set(0, &raced_cap, EXO_QUOTA_FRAMES, 0);
    }
    race_over();
}

static volatile uint32_t raced_list[EXO_FRAMES_MAX];
ACCOMPLICE(flip_list, raced_list[turn % 4] = turn & 8 ? REPORT->victim_frame : (frame_t)REPORT->word[turn % 4])

void attack_flip_list(void)
{
    for (unsigned i = 0; i < 4; i++)
        REPORT->word[i] = frame_own();
    accomplice(flip_list, 0);
    for (uint64_t end = now_ns() + RACE_MS * MS; racing(end);) {
        int64_t result = exo_frame_free(0, (const uint32_t *)raced_list, 4);
        CHECK(result > 0 || result == E(RIGHTS) || result == E(FRAME));
        for (unsigned i = 0; i < 4; i++) {
            uint32_t frame = (uint32_t)REPORT->word[i];
            exo_frame_alloc(0, &frame, 1, 0);
        }
    }
    race_over();
    EQ(FRAMES[REPORT->victim_frame].type, EXO_FRAME_USER);
}

static volatile struct exo_term raced_term;
ACCOMPLICE(flip_term, raced_term.word = turn & 1 ? EXO_PUB_ENVS : REPORT_VA + 8 * (turn & 15);
           raced_term.width = turn & 2 ? 8 : turn & 4 ? 4 : 1)

void attack_flip_term(void)
{
    raced_term = (struct exo_term){.word = REPORT_VA, .op = EXO_TERM_NE, .width = 8};
    accomplice(flip_term, 0);
    for (uint64_t end = now_ns() + RACE_MS * MS; racing(end);) {
        int64_t result = exo_wait((const struct exo_term *)&raced_term, 1, 1);
        CHECK(result == 0 || result == E(FAULT) || result == E(ARG) || result == E(TIMEOUT));
    }
    race_over();
}

static volatile struct exo_act_spec raced_spec;
ACCOMPLICE(flip_spec, raced_spec.slots = turn & 1 ? 0xffffffff : turn & 2 ? 65 : 2; raced_spec.entry[0] = turn << 40)

void attack_flip_spec(void)
{
    raced_spec.slots = 2;
    accomplice(flip_spec, 0);
    unsigned made = 0;
    for (uint64_t end = now_ns() + RACE_MS * MS; racing(end);) {
        int64_t result = exo_act_create(0, 0, (const struct exo_act_spec *)&raced_spec);
        made += result > 0;
        CHECK(result > 0 || result == E(ARG) || result == E(LIMIT) || result == E(QUOTA));
    }
    race_over();
    CHECK(made <= EXO_ACTS_MAX - 2);
}

/* The page of the arguments comes and goes during calls. */
ACCOMPLICE(flap_arguments, pt_one(0, turn & 1 ? EXO_PT_UNMAP : EXO_PT_FRESH, PAGE(0), 0, 1, turn & 1 ? 0 : EXO_PROT_WRITE, 0))

void attack_flap_arguments(void)
{
    uint32_t before = quota_info(&(struct exo_cap)ATTACKER_NAME)->used[EXO_QUOTA_FRAMES];
    accomplice(flap_arguments, 0);
    for (uint64_t end = now_ns() + RACE_MS * MS; racing(end);) {
        int64_t result = exo_frame_alloc(0, (uint32_t *)(PAGE(1) - 4), 1, 0);
        /* Fresh pages read as frame 0, which is no RAM, or the kernel's. */
        CHECK(result == E(FAULT) || result == E(FRAME) || result == E(BUSY));
        result = exo_cap_derive(0, 5, (struct exo_cap *)(PAGE(0) + 64));
        CHECK(result == E(FAULT) || result == E(ARG));
        result = exo_pt_update(0, 0, (struct exo_pt_op *)PAGE(0), EXO_PT_OPS_MAX);
        CHECK(result == E(FAULT) || result == E(ARG));
    }
    race_over();
    CHECK(quota_info(&(struct exo_cap)ATTACKER_NAME)->used[EXO_QUOTA_FRAMES] < before + 40);
}

/* A result that cannot be delivered is not given: no frame is lost. */
ACCOMPLICE(flap_protection, pt_one(0, EXO_PT_PROTECT, PAGE(0), 0, 1, turn & 1 ? 0 : EXO_PROT_WRITE, 0))

void attack_flap_results(void)
{
    EQ(pt_one(0, EXO_PT_FRESH, PAGE(0), 0, 1, EXO_PROT_WRITE, 0), 1);
    volatile uint32_t *list = (volatile uint32_t *)PAGE(0);
    accomplice(flap_protection, 0);
    uint64_t got = 0;
    uint32_t used = quota_info(&(struct exo_cap)ATTACKER_NAME)->used[EXO_QUOTA_FRAMES];
    for (uint64_t end = now_ns() + RACE_MS * MS; racing(end);) {
        if (!TRY(list[0] = EXO_FRAME_ANY))
            continue;
        int64_t result = exo_frame_alloc(0, (uint32_t *)PAGE(0), 1, 0);
        CHECK(result == 0 || result == E(FAULT));
        uint32_t frame = list[0];
        if (result == 0) {
            EQ(exo_frame_free(0, &frame, 1), 1);
            got++;
        } else {
            EQ(frame, EXO_FRAME_ANY);
        }
    }
    race_over();
    CHECK(quota_info(&(struct exo_cap)ATTACKER_NAME)->used[EXO_QUOTA_FRAMES] <= used);
}

/* A page table that was pruned becomes a frame with a mark in it: the window of the other CPU must not show it. */
ACCOMPLICE(window_reader, uint64_t seen = 0; if (TRY(seen = WORD(EXO_WINDOW_PT + (PAGE(0) >> 12) * 8)))
                              REPORT->word[1] += seen == MARK)

void attack_stale_window(void)
{
    accomplice(window_reader, 0);
    for (uint64_t end = now_ns() + 2 * RACE_MS * MS; racing(end);) {
        EQ(pt_one(0, EXO_PT_FRESH, PAGE(0), 0, 1, 0, 0), 1);
        uint32_t table = (uint32_t)((WORD(EXO_WINDOW_PD + (PAGE(0) >> 21) * 8) & EXO_PTE_ADDR) >> 12);
        EQ(unmap(PAGE(0)), 1);
        EQ(pt_one(0, EXO_PT_PRUNE, PAGE(0), 0, 1, 0, 0), 1);
        if (exo_frame_alloc(0, &table, 1, EXO_FRAME_ZERO | EXO_FRAME_AUTO))
            continue; /* somebody was faster */
        EQ(map(PAGE(1024), table, EXO_PROT_WRITE), 1);
        for (unsigned i = 0; i < 512; i++)
            WORD(PAGE(1024) + i * 8) = MARK;
        EQ(unmap(PAGE(1024)), 1);
    }
    race_over();
    EQ(REPORT->word[1], 0);
}

/* A page that was unmapped and freed becomes another one: the other CPU must not read it through the old address. */
ACCOMPLICE(old_reader, uint64_t seen = 0; if (TRY(seen = WORD(PAGE(0)))) REPORT->word[1] += seen == MARK)

void attack_stale_page(void)
{
    accomplice(old_reader, 0);
    for (uint64_t end = now_ns() + 2 * RACE_MS * MS; racing(end);) {
        EQ(pt_one(0, EXO_PT_FRESH, PAGE(0), 0, 1, EXO_PROT_WRITE, 0), 1);
        uint32_t frame = (uint32_t)((pte(PAGE(0)) & EXO_PTE_ADDR) >> 12);
        EQ(unmap(PAGE(0)), 1);
        if (exo_frame_alloc(0, &frame, 1, EXO_FRAME_AUTO))
            continue;
        EQ(map(PAGE(1), frame, EXO_PROT_WRITE), 1);
        WORD(PAGE(1)) = MARK;
        EQ(unmap(PAGE(1)), 1);
    }
    race_over();
    EQ(REPORT->word[1], 0);
}

/* After a page was made read-only nobody writes it any more. */
ACCOMPLICE(writer, (void)TRY(WORD(PAGE(0)) = turn))

void attack_stale_write(void)
{
    EQ(pt_one(0, EXO_PT_FRESH, PAGE(0), 0, 1, EXO_PROT_WRITE, 0), 1);
    accomplice(writer, 0);
    for (uint64_t end = now_ns() + 2 * RACE_MS * MS; racing(end);) {
        EQ(pt_one(0, EXO_PT_PROTECT, PAGE(0), 0, 1, 0, 0), 1);
        uint64_t first = WORD(PAGE(0));
        for (unsigned i = 0; i < 200; i++)
            EQ(WORD(PAGE(0)), first);
        EQ(FRAMES[(pte(PAGE(0)) & EXO_PTE_ADDR) >> 12].writes, 0);
        EQ(pt_one(0, EXO_PT_PROTECT, PAGE(0), 0, 1, EXO_PROT_WRITE, 0), 1);
    }
    race_over();
}

/* Two CPUs change the same tables: counts must come out even. */
ACCOMPLICE(mapper, pt_one(0, (turn & 3) == 3 ? EXO_PT_PRUNE : (turn & 1) ? EXO_PT_UNMAP : EXO_PT_FRESH, PAGE(turn % 16), 0, 1,
                          EXO_PROT_WRITE, 0))

void attack_two_mappers(void)
{
    uint32_t mapped = env_info(act_here()->env)->mapped;
    accomplice(mapper, 0);
    uint64_t turn = 0;
    for (uint64_t end = now_ns() + RACE_MS * MS; racing(end); turn++) {
        pt_one(0, turn & 1 ? EXO_PT_UNMAP : EXO_PT_FRESH, PAGE(turn % 7), 0, 4, EXO_PROT_WRITE, 0);
        pt_one(0, EXO_PT_PROTECT, PAGE(0), 0, 16, turn & 2 ? EXO_PROT_WRITE : 0, 0);
    }
    race_over();
    EQ(pt_one(0, EXO_PT_UNMAP, PAGE(0), 0, 32, 0, 0), 1);
    EQ(env_info(act_here()->env)->mapped, mapped);
}

/* A frame is freed by one CPU while the other maps it. */
ACCOMPLICE(freer, uint32_t frame = (uint32_t)REPORT->word[0]; if (frame) exo_frame_free(0, &frame, 1))

void attack_free_and_map(void)
{
    accomplice(freer, 0);
    for (uint64_t end = now_ns() + RACE_MS * MS; racing(end);) {
        uint32_t frame = EXO_FRAME_ANY;
        if (exo_frame_alloc(0, &frame, 1, 0))
            continue;
        REPORT->word[0] = frame;
        for (unsigned i = 0; i < 4; i++) {
            int64_t result = map(PAGE(i), frame, EXO_PROT_WRITE);
            CHECK(result == 1 || result == E(FRAME) || result == E(RIGHTS));
        }
        EQ(pt_one(0, EXO_PT_UNMAP, PAGE(0), 0, 4, 0, 0), 1);
        REPORT->word[0] = 0;
        exo_frame_free(0, &frame, 1);
    }
    race_over();
}

/* Calls go on while the tables of the stack, or of the code, are unmapped under them. */
ACCOMPLICE(stack_flapper, pt_one(0, EXO_PT_UNMAP, REPORT->word[0], 0, 1, 0, 0);
           map(REPORT->word[0], (frame_t)REPORT->word[1], EXO_PROT_WRITE))

static bool fault_again(struct exo_fault *fault)
{
    return fault->vector == VECTOR_PF; /* until the page is there again */
}

void attack_unmap_stack(void)
{
    uint64_t stack = (uint64_t)__builtin_frame_address(0) & ~4095ull;
    REPORT->word[0] = stack;
    REPORT->word[1] = (pte(stack) & EXO_PTE_ADDR) >> 12;
    EQ(map(PAGE(40), (frame_t)REPORT->word[1], 0), 1); /* so that the frame stays */
    vcpu()->hook = fault_again;
    accomplice(stack_flapper, 0);
    for (uint64_t end = now_ns() + RACE_MS * MS; racing(end);) {
        struct exo_cap cap = ATTACKER_NAME;
        int64_t result = exo_cap_derive(0, 0, &cap);
        CHECK(result == E(BUSY) || result == E(FAULT));
        exo_null();
    }
    race_over();
}

/* Everything that the kernel shares with ring 3 of this environment is scribbled on while it is used. */
static void scribbler(void *unused)
{
    (void)unused;
    uint64_t state = 0x1234567 + REPORT->victim;
    for (;;) {
        uint64_t r = random_next(&state);
        volatile uint64_t *words = (volatile uint64_t *)EXO_ACT_BASE;
        words[r % (5 * 512)] = random_next(&state) >> (r >> 58);
    }
}

void attack_scribble_pages(void)
{
    uint64_t before = victim_ns();
    accomplice(scribbler, 0);
    for (uint64_t end = now_ns() + 4 * RACE_MS * MS; racing(end);) {
        exo_null();
        exo_yield(0, EXO_ACT_ANY);
        exo_wait(NULL, 0, now_ns() + 1000);
        __asm__ volatile("int3");
    }
    CHECK(victim_ran(before));
}

/* Slices end while all that the kernel reads then is changed: whatever was chosen, the activation comes back. */
enum { SPINNERS = 4, SPIN_STACK = 7 }; /* user[SPIN_STACK]: where spin_on may stand */

static void spin_on(void)
{
    act_here()->fault_depth = 0;
    act_here()->disabled = 0;
    for (;;)
        REPORT->word[act_here()->user[SPIN_STACK + 1]]++;
}

static void spin_at_run(struct exo_activation *act, uint64_t slot, uint64_t pending)
{
    (void)act, (void)slot, (void)pending;
    REPORT->word[SPINNERS]++;
    spin_on();
}

static bool spin_after_fault(struct exo_fault *fault)
{
    fault->rip = (uint64_t)spin_on;
    fault->rsp = act_here()->user[SPIN_STACK];
    fault->rflags = 0x202;
    fault->was_disabled = 0;
    act_here()->fault_depth = 1; /* there may have been a slice's end in the handler */
    return true;
}

static void spin(void *index)
{
    vcpu()->upcall = spin_at_run;
    vcpu()->hook = spin_after_fault;
    act_here()->user[SPIN_STACK + 1] = (uint64_t)index;
    act_here()->user[SPIN_STACK] = ((uint64_t)__builtin_frame_address(0) & ~15ull) - 8;
    spin_on();
}

static void scribble_on(volatile struct exo_activation *page, uint64_t r)
{
    const uint64_t wild[] = {0, 1, NOT_CANONICAL, KERNEL_ADDRESS, ~0ull, 1ull << 63, r, r >> 17}, value = wild[r >> 8 & 7];
    switch (r & 15) {
    case 0: page->save_slot = (uint32_t)value; break;
    case 1: page->save_slot = r >> 16 & 3; break;
    case 2: page->stack = r & 1 << 16 ? page->fault_stack[EXO_FAULT_DEPTH - 1] + UPCALL_STACK_BYTES : value; break;
    case 3: page->fs_base = value; break;
    case 4: page->pending = r >> 16 & EXO_EVENT_TIMER; break;
    case 5: page->resume_lo = value; break;
    case 6: page->resume_hi = value; break;
    case 7: page->entry[EXO_UPCALL_SLICE_END] = r & 1 << 16 ? (uint64_t)upcall_entry : value & (NOT_CANONICAL - 1); break;
    case 8: page->slots = page->cpu = page->index = (uint32_t)value; break;
    default: page->disabled = r >> 16 & 1;
    }
}

void attack_slice_end_scribbled(void)
{
    uint32_t act[SPINNERS];
    uint64_t state = 0x5eed5eed, before = victim_ns(), turned = 0;
    volatile struct exo_activation *page[SPINNERS];
    for (uint64_t i = 0; i < SPINNERS; i++) {
        act[i] = accomplice(spin, i);
        page[i] = (volatile struct exo_activation *)(EXO_ACT_BASE + act[i] * EXO_ACT_STRIDE);
        CHECK(await_more(&REPORT->word[i], 0));
    }
    for (uint64_t end = now_ns() + 8 * RACE_MS * MS; racing(end); turned++)
        scribble_on(page[turned % SPINNERS], random_next(&state));
    for (unsigned i = 0; i < SPINNERS; i++) {
        page[i]->disabled = 0;
        page[i]->resume_lo = page[i]->resume_hi = 0;
        CHECK(await_more(&REPORT->word[i], REPORT->word[i]));
        CHECK(env_info(act_here()->env)->act[act[i]].state != EXO_ACT_STOPPED);
        page[i]->entry[EXO_UPCALL_SLICE_END] = 0;
        page[i]->entry[EXO_UPCALL_RUN] = page[i]->entry[EXO_UPCALL_EVENT] = i & 1 ? NOT_CANONICAL : KERNEL_ADDRESS;
        CHECK(await_state(act_here()->env, act[i], EXO_ACT_STOPPED));
        EQ(env_info(act_here()->env)->act[act[i]].stop_vector, 256);
    }
    CHECK(REPORT->word[SPINNERS]);
    CHECK(victim_ran(before));
}
