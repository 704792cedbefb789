/* SPDX-License-Identifier: MIT
 *
 * revoke.c: tests of visible revocation, the abort protocol and the repossession vector (revoke_ask, revoke_take), with
 * child environments that cooperate, that look away, and that die at the wrong moment.
 */
#include "runtime.h"
#include "tests.h"

enum { ALL = EXO_RIGHTS_ALL, RW = EXO_RIGHT_READ | EXO_RIGHT_WRITE };
enum { MY_SLOT = 2, PAGES = 8, GUARD = 0x5a };

/* A child's memory: PAGES frames under GUARD at PAGE(0) and on, page k holding k + 1; it values the low pages most. */
struct party {
    struct exo_cap guard;
    uint32_t slot; /* of the suite: the same name */
    env_id_t env;
    frame_t frame[PAGES];
};

static volatile uint32_t go, state, gave, kept_whole;
static volatile uint64_t seen_amount;
static struct exo_taken told[EXO_TAKEN_MAX];
static volatile uint32_t told_count;

static struct exo_activation *page0(void)
{
    return (struct exo_activation *)EXO_ACT_BASE;
}

/* Takes the records out of the vector. */
static void read_vector(void)
{
    struct exo_activation *page = page0();
    while (page->taken_read != __atomic_load_n(&page->taken_count, __ATOMIC_ACQUIRE)) {
        told[told_count % EXO_TAKEN_MAX] = page->taken[page->taken_read % EXO_TAKEN_MAX];
        told_count = told_count + 1;
        __atomic_store_n(&page->taken_read, page->taken_read + 1, __ATOMIC_RELEASE);
    }
}

static bool was_told(uint32_t kind, uint32_t name, uint64_t where)
{
    for (uint32_t i = 0; i < told_count; i++)
        if (told[i].kind == kind && told[i].name == name && told[i].where == where)
            return true;
    return false;
}

static uint32_t whole_pages(void)
{
    uint32_t n = 0;
    for (unsigned k = 0; k < PAGES; k++)
        n += (pte(PAGE(k)) & EXO_PTE_P) && WORD(PAGE(k)) == k + 1;
    return n;
}

/* Gives back what it values least, from the last page down. */
static void cooperate(void *arg)
{
    (void)arg;
    state = 1;
    while (!(events_take() & EXO_EVENT_REVOKE))
        exo_wait(NULL, 0, EXO_FOREVER);
    seen_amount = page0()->request[EXO_REVOKE_FRAMES].amount;
    for (unsigned k = PAGES; k-- > 0 && gave < seen_amount;) {
        frame_t frame = (frame_t)((pte(PAGE(k)) & EXO_PTE_ADDR) >> EXO_PAGE_BITS);
        EQ(unmap(PAGE(k)), 1);
        EQ(exo_frame_free(MY_SLOT, &frame, 1), 1);
        gave = gave + 1;
    }
    kept_whole = whole_pages();
    state = 2;
    while (!go)
        exo_wait(NULL, 0, now_ns() + MS);
    read_vector();
    state = 3;
    park();
}

/* Does not give anything back; looks into the vector when it is over. */
static void look_away(void *arg)
{
    (void)arg;
    state = 1;
    while (!go) {
        events_take();
        exo_wait(NULL, 0, now_ns() + MS);
    }
    read_vector();
    kept_whole = whole_pages();
    state = 2;
    park();
}

static void party_make(struct party *party, void (*fn)(void *), uint32_t cpu)
{
    go = state = gave = kept_whole = told_count = 0;
    party->guard = name(GUARD, ALL);
    party->slot = hold(party->guard);
    party->env = (env_id_t)child_make(party->slot, "party");
    EQ(exo_cap_give(0, party->env, party->slot, MY_SLOT), 0);
    for (unsigned k = 0; k < PAGES; k++) {
        party->frame[k] = frame_new_under(party->slot, EXO_FRAME_ZERO);
        EQ(map(PAGE(k), party->frame[k], EXO_PROT_WRITE), 1);
        WORD(PAGE(k)) = k + 1;
        EQ(unmap(PAGE(k)), 1);
        EQ(pt_one(party->env, EXO_PT_MAP, PAGE(k), party->frame[k], 1, EXO_PROT_WRITE, MY_SLOT), 1);
    }
    if (!fn)
        return;
    EQ(child_act(party->env, fn, NULL), 0);
    CHECK(child_slice(party->env, 0, cpu) >= 0);
    CHECK(await(&state, 1));
}

/* Waits until what was taken is free. */
static bool await_free(frame_t frame)
{
    uint64_t give_up = now_ns() + 10000 * MS;
    while (FRAMES[frame].type != EXO_FRAME_FREE && now_ns() < give_up)
        sleep_ns(MS / 4);
    return FRAMES[frame].type == EXO_FRAME_FREE;
}

static void party_end(struct party *party)
{
    children_end();
    for (unsigned k = 0; k < PAGES; k++)
        if (FRAMES[party->frame[k]].type == EXO_FRAME_USER)
            frame_put(party->frame[k]);
    exo_cap_drop(party->slot);
}

static int64_t take_frames(struct party *party, unsigned first, uint32_t n)
{
    uint64_t names[PAGES];
    for (unsigned i = 0; i < n; i++)
        names[i] = party->frame[first + i];
    return exo_revoke_take(0, party->env, EXO_REVOKE_FRAMES, names, n);
}

/* A libOS that cooperates keeps what it values most, and nothing is taken from it. */
static void cooperates_on(uint32_t cpu)
{
    struct party party;
    party_make(&party, cooperate, cpu);
    EQ(exo_revoke_ask(0, party.env, EXO_REVOKE_FRAMES, 3, now_ns() + 60000 * MS), 0);
    CHECK(await(&state, 2));
    EQ(seen_amount, 3);
    EQ(gave, 3);
    EQ(kept_whole, PAGES - 3);
    for (unsigned k = 0; k < PAGES; k++)
        EQ(FRAMES[party.frame[k]].type, k < PAGES - 3 ? EXO_FRAME_USER : EXO_FRAME_FREE);
    EQ(exo_revoke_ask(0, party.env, EXO_REVOKE_FRAMES, 0, 0), 0); /* content */
    go = 1;
    CHECK(await(&state, 3));
    EQ(told_count, 0);
    party_end(&party);
}

void test_revoke_cooperates(void)
{
    for (uint32_t cpu = 0; cpu < INFO->cpus && cpu < 2; cpu++)
        cooperates_on(cpu);
}

/* One that looks away loses what the asker names, and finds in its vector what that was. */
static void ignored_on(uint32_t cpu)
{
    struct party party;
    party_make(&party, look_away, cpu);
    uint64_t deadline = now_ns() + 300 * MS; /* the host may be busy */
    EQ(exo_revoke_ask(0, party.env, EXO_REVOKE_FRAMES, 3, deadline), 0);
    EQ(take_frames(&party, 0, 3), E(BUSY));
    EQ(FRAMES[party.frame[0]].type, EXO_FRAME_USER);
    while (now_ns() <= deadline)
        sleep_ns(MS);
    EQ(take_frames(&party, 0, 3), 3);
    for (unsigned k = 0; k < 3; k++)
        CHECK(await_free(party.frame[k]));
    EQ(take_frames(&party, 3, 1), E(STATE)); /* all that was asked for */
    go = 1;
    CHECK(await(&state, 2));
    EQ(kept_whole, PAGES - 3);
    EQ(told_count, 6);
    for (unsigned k = 0; k < 3; k++) {
        CHECK(was_told(EXO_TAKEN_FRAME, party.frame[k], 0));
        CHECK(was_told(EXO_TAKEN_PAGE, party.frame[k], PAGE(k)));
    }
    EQ(env_info(party.env)->taken, 6);
    party_end(&party);
}

void test_revoke_ignored(void)
{
    for (uint32_t cpu = 0; cpu < INFO->cpus && cpu < 2; cpu++)
        ignored_on(cpu);
}

/* The room for what is taken goes to the taker's quota: the owner can not take it again. */
void test_revoke_quota(void)
{
    struct exo_cap a = name(GUARD, ALL);
    uint32_t s = hold(a), list[4] = {EXO_FRAME_ANY, EXO_FRAME_ANY, EXO_FRAME_ANY, EXO_FRAME_ANY};
    EQ(exo_quota_set(0, &a, EXO_QUOTA_FRAMES, 4), 0);
    EQ(exo_frame_alloc(s, list, 4, 0), 0);
    uint64_t names[2] = {list[0], list[1]}, limit = QUOTAS[0].limit[EXO_QUOTA_FRAMES];
    env_id_t env = (env_id_t)child_make(0, "full");
    EQ(exo_cap_give(0, env, s, MY_SLOT), 0);
    EQ(pt_one(env, EXO_PT_MAP, PAGE(0), list[0], 1, 0, MY_SLOT), 1);
    EQ(exo_revoke_ask(0, env, EXO_REVOKE_FRAMES, 2, 0), 0);
    EQ(exo_revoke_take(0, env, EXO_REVOKE_FRAMES, names, 2), 2);
    EQ(quota_info(&a)->used[EXO_QUOTA_FRAMES], 2);
    EQ(quota_info(&a)->limit[EXO_QUOTA_FRAMES], 2);
    EQ(QUOTAS[0].limit[EXO_QUOTA_FRAMES], limit + 2);
    list[0] = EXO_FRAME_ANY;
    EQ(exo_frame_alloc(s, &list[0], 1, 0), E(QUOTA));
    CHECK(await_free((frame_t)names[0]) && await_free((frame_t)names[1]));
    EQ(exo_frame_free(s, &list[2], 2), 2);
    EQ(exo_quota_set(0, &a, EXO_QUOTA_FRAMES, 0), 0);
}

void test_revoke_rights(void)
{
    struct party party;
    party_make(&party, look_away, 0);
    uint32_t other = hold(name(0x5b, ALL)), weak = hold(name(GUARD, ALL & ~EXO_RIGHT_CONTROL));
    uint32_t below = hold(name_below(party.guard, 1));
    uint64_t frame = party.frame[0];
    EQ(exo_revoke_ask(other, party.env, EXO_REVOKE_FRAMES, 1, 0), E(RIGHTS));
    EQ(exo_revoke_ask(weak, party.env, EXO_REVOKE_FRAMES, 1, 0), E(RIGHTS));
    EQ(exo_revoke_ask(below, party.env, EXO_REVOKE_FRAMES, 1, 0), E(RIGHTS));
    EQ(exo_revoke_ask(12, party.env, EXO_REVOKE_FRAMES, 1, 0), E(SLOT));
    EQ(exo_revoke_ask(0, party.env, EXO_REVOKE_FRAMES, 8, 0), 0);
    EQ(exo_revoke_take(other, party.env, EXO_REVOKE_FRAMES, &frame, 1), E(RIGHTS));
    EQ(exo_revoke_take(weak, party.env, EXO_REVOKE_FRAMES, &frame, 1), E(RIGHTS));
    EQ(exo_revoke_take(below, party.env, EXO_REVOKE_FRAMES, &frame, 1), E(RIGHTS));
    EQ(exo_revoke_take(12, party.env, EXO_REVOKE_FRAMES, &frame, 1), E(SLOT));
    /* a frame that env could not map, and one that its controller does not control */
    uint64_t foreign = frame_new();
    EQ(exo_revoke_take(party.slot, party.env, EXO_REVOKE_FRAMES, &foreign, 1), E(RIGHTS));
    EQ(exo_revoke_take(0, party.env, EXO_REVOKE_FRAMES, &foreign, 1), E(RIGHTS));
    struct exo_cap who = name(GUARD, RW);
    EQ(exo_frame_share(0, (frame_t)foreign, 1, &who), 0);
    EQ(exo_revoke_take(party.slot, party.env, EXO_REVOKE_FRAMES, &foreign, 1), E(RIGHTS));
    EQ(exo_revoke_take(0, party.env, EXO_REVOKE_FRAMES, &foreign, 1), 1);
    CHECK(await_free((frame_t)foreign));
    EQ(exo_revoke_take(party.slot, party.env, EXO_REVOKE_FRAMES, &frame, 1), 1);
    CHECK(await_free((frame_t)frame));
    party_end(&party);
}

/* Who asks later has to dominate who asked before. */
void test_revoke_askers(void)
{
    struct party party;
    party_make(&party, NULL, 0);
    EQ(exo_revoke_ask(party.slot, party.env, EXO_REVOKE_FRAMES, 5, EXO_FOREVER), 0);
    EQ(exo_revoke_ask(party.slot, party.env, EXO_REVOKE_FRAMES, 6, EXO_FOREVER), 0);
    EQ(exo_revoke_ask(0, party.env, EXO_REVOKE_FRAMES, 2, 0), 0);
    EQ(exo_revoke_ask(party.slot, party.env, EXO_REVOKE_FRAMES, 1, EXO_FOREVER), E(BUSY));
    EQ(exo_revoke_ask(party.slot, party.env, EXO_REVOKE_FRAMES, 0, 0), E(BUSY));
    EQ(exo_revoke_ask(party.slot, party.env, EXO_REVOKE_SLICES, 1, 0), 0); /* another kind */
    EQ(take_frames(&party, 0, 3), 2); /* and no more */
    EQ(exo_revoke_ask(party.slot, party.env, EXO_REVOKE_FRAMES, 1, EXO_FOREVER), 0);
    EQ(take_frames(&party, 3, 1), E(BUSY));
    CHECK(await_free(party.frame[0]) && await_free(party.frame[1]));
    /* an activation that is made later sees what was asked */
    EQ(exo_revoke_ask(0, party.env, EXO_REVOKE_FRAMES, 7, 12345), 0);
    EQ(child_act(party.env, look_away, NULL), 0);
    CHECK(child_slice(party.env, 0, 0) >= 0);
    CHECK(await(&state, 1));
    EQ(env_info(party.env)->taken, 4);
    go = 1;
    CHECK(await(&state, 2));
    party_end(&party);
}

void test_revoke_bad(void)
{
    struct party party;
    uint64_t names[2] = {0, 0};
    party_make(&party, NULL, 0);
    EQ(exo_revoke_ask(0, party.env, EXO_REVOKE_KINDS, 1, 0), E(ARG));
    EQ(exo_revoke_ask(0, party.env, 0xffffffff, 1, 0), E(ARG));
    EQ(exo_revoke_ask(0, 0x3ff, EXO_REVOKE_FRAMES, 1, 0), E(ENV));
    EQ(exo_revoke_take(0, party.env, EXO_REVOKE_FRAMES, names, 1), E(STATE)); /* nobody asked */
    EQ(exo_revoke_ask(0, party.env, EXO_REVOKE_FRAMES, ~0ull, 0), 0);
    EQ(exo_revoke_ask(0, party.env, EXO_REVOKE_SLICES, ~0ull, 0), 0);
    EQ(exo_revoke_ask(0, party.env, EXO_REVOKE_LINES, ~0ull, 0), 0);
    EQ(exo_revoke_take(0, party.env, EXO_REVOKE_KINDS, names, 1), E(ARG));
    EQ(exo_revoke_take(0, party.env, EXO_REVOKE_FRAMES, names, 0), E(ARG));
    EQ(exo_revoke_take(0, party.env, EXO_REVOKE_FRAMES, names, EXO_FRAMES_MAX + 1), E(ARG));
    EQ(exo_revoke_take(0, 0x3ff, EXO_REVOKE_FRAMES, names, 1), E(ENV));
    EQ(exo_revoke_take(0, party.env, EXO_REVOKE_FRAMES, NULL, 1), E(FAULT));
    EQ(exo_revoke_take(0, party.env, EXO_REVOKE_FRAMES, (uint64_t *)0xffff880000000000, 1), E(FAULT));
    EQ(exo_revoke_take(0, party.env, EXO_REVOKE_FRAMES, (uint64_t *)0x7ffffffffff8, 2), E(FAULT));
    const uint64_t bad[] = {INFO->frames, 0xffffffff, 1ull << 32 | party.frame[0], ~0ull, env_info(act_here()->env)->pml4_frame,
                            env_info(party.env)->pml4_frame};
    for (unsigned i = 0; i < sizeof bad / sizeof bad[0]; i++)
        EQ(exo_revoke_take(0, party.env, EXO_REVOKE_FRAMES, &bad[i], 1), E(FRAME));
    names[0] = names[1] = party.frame[0];
    EQ(exo_revoke_take(0, party.env, EXO_REVOKE_FRAMES, names, 2), 1); /* not twice */
    CHECK(await_free(party.frame[0]));
    EQ(exo_revoke_take(0, party.env, EXO_REVOKE_FRAMES, names, 1), E(FRAME));
    const uint64_t slices[] = {EXO_SLICE_NAME(INFO->cpus, 0), ~0ull};
    for (unsigned i = 0; i < 2; i++)
        EQ(exo_revoke_take(0, party.env, EXO_REVOKE_SLICES, &slices[i], 1), E(NODEV));
    names[0] = EXO_SLICE_NAME(0, EXO_SLICES);
    EQ(exo_revoke_take(0, party.env, EXO_REVOKE_SLICES, names, 1), E(ARG));
    names[0] = EXO_SLICE_NAME(0, 0); /* somebody else's */
    EQ(exo_revoke_take(0, party.env, EXO_REVOKE_SLICES, names, 1), E(RIGHTS));
    const uint64_t lines[] = {256, ~0ull, 4};
    for (unsigned i = 0; i < 3; i++)
        EQ(exo_revoke_take(0, party.env, EXO_REVOKE_LINES, &lines[i], 1), E(NODEV));
    party_end(&party);
}

/* What is taken can not be mapped, widened or freed any more from the moment of the call on. */
void test_revoke_deadline(void)
{
    struct party party;
    party_make(&party, NULL, 0);
    EQ(pt_one(party.env, EXO_PT_PROTECT, PAGE(0), 0, 1, 0, 0), 1);
    EQ(map(PAGE(9), party.frame[0], 0), 1);
    EQ(exo_revoke_ask(0, party.env, EXO_REVOKE_FRAMES, 1, EXO_FOREVER), 0);
    EQ(take_frames(&party, 0, 1), E(BUSY));
    EQ(exo_revoke_ask(0, party.env, EXO_REVOKE_FRAMES, 1, now_ns()), 0);
    EQ(take_frames(&party, 0, 1), 1);
    EQ(pt_one(party.env, EXO_PT_MAP, PAGE(10), party.frame[0], 1, 0, MY_SLOT), E(FRAME));
    if (FRAMES[party.frame[0]].type == EXO_FRAME_DYING) { /* another CPU may have cleaned up already */
        EQ(FRAMES[party.frame[0]].flags & EXO_FRAME_IS_TAKEN, EXO_FRAME_IS_TAKEN);
        EQ(exo_frame_free(0, &party.frame[0], 1), E(FRAME));
    }
    CHECK(await_free(party.frame[0]));
    EQ(pte(PAGE(9)), 0); /* from the taker, too */
    EQ(pt_one(party.env, EXO_PT_PROTECT, PAGE(0), 0, 1, EXO_PROT_WRITE, 0), 1); /* nothing there */
    party_end(&party);
}

/* Slices go at once, to the taker. */
void test_revoke_slices(void)
{
    struct party party;
    party_make(&party, look_away, 0);
    int64_t position = exo_slice_alloc(party.slot, 0, EXO_SLICE_ANY);
    CHECK(position > 0);
    EQ(exo_slice_bind(0, 0, (uint32_t)position, party.env, 0), 0);
    uint64_t slice = EXO_SLICE_NAME(0, (uint64_t)position);
    EQ(exo_revoke_ask(0, party.env, EXO_REVOKE_SLICES, 1, 0), 0);
    EQ(exo_revoke_take(0, party.env, EXO_REVOKE_SLICES, &slice, 1), 1);
    EQ(slice_info(0, (uint32_t)position)->env, 0);
    EQ(slice_info(0, (uint32_t)position)->guard_len, 0);
    EQ(exo_slice_free(party.slot, 0, (uint32_t)position), E(RIGHTS));
    EQ(exo_slice_free(0, 0, (uint32_t)position), 0);
    /* the old ways of taking a slice tell the owner, too */
    position = exo_slice_alloc(party.slot, 0, EXO_SLICE_ANY);
    EQ(exo_slice_bind(0, 0, (uint32_t)position, party.env, 0), 0);
    EQ(exo_slice_free(0, 0, (uint32_t)position), 0);
    go = 1;
    CHECK(await(&state, 2));
    EQ(told_count, 2);
    CHECK(was_told(EXO_TAKEN_SLICE, (uint32_t)slice, 0) && was_told(EXO_TAKEN_SLICE, (uint32_t)position, 0));
    party_end(&party);
}

/* Slices that a controller takes are told without a word, until half of the vector is not read yet. */
void test_revoke_slices_unread(void)
{
    struct party party;
    party_make(&party, cooperate, 0);
    for (unsigned i = 1; i <= EXO_TAKEN_MAX / 2; i++) {
        int64_t position = exo_slice_alloc(party.slot, 0, EXO_SLICE_ANY);
        EQ(exo_slice_bind(0, 0, (uint32_t)position, party.env, 0), 0);
        if (i == EXO_TAKEN_MAX / 2)
            sleep_ns(5 * MS);
        EQ(state, 1);
        EQ(exo_slice_free(0, 0, (uint32_t)position), 0);
    }
    CHECK(await(&state, 2));
    go = 1;
    CHECK(await(&state, 3));
    EQ(told_count, EXO_TAKEN_MAX / 2);
    party_end(&party);
}

void test_revoke_lines(void)
{
    enum { LINE = 4 };
    struct party party;
    uint64_t line = LINE;
    party_make(&party, look_away, 0);
    struct exo_irq_spec spec = {.flags = EXO_IRQ_MASKED};
    EQ(exo_irq_bind(0, LINE, party.env, 0, &spec), 0);
    EQ(exo_revoke_ask(0, party.env, EXO_REVOKE_LINES, 1, 0), 0);
    EQ(exo_revoke_take(party.slot, party.env, EXO_REVOKE_LINES, &line, 1), E(RIGHTS));
    EQ(exo_revoke_take(0, party.env, EXO_REVOKE_LINES, &line, 1), 1);
    EQ(exo_irq_bind(0, LINE, 0, 0, &spec), 0); /* nobody's: it is not shared */
    EQ(exo_irq_bind(0, LINE, EXO_ENV_NONE, 0, NULL), 0);
    go = 1;
    CHECK(await(&state, 2));
    CHECK(told_count == 1 && was_told(EXO_TAKEN_LINE, LINE, 0));
    party_end(&party);
}

/* Ports that are in use, on whatever CPU, are closed when the call returns. */
enum { COM1 = 0x3f8, LINE_STATUS = 5 };

static void use_ports(void *arg)
{
    (void)arg;
    state = 1;
    while (TRY(in8(COM1 + LINE_STATUS)))
        gave = 1;
    EQ(vcpu()->last.vector, VECTOR_GP);
    state = 3;
    look_away(NULL);
}

void test_revoke_ports(void)
{
    struct party party;
    const volatile struct exo_ports *ports;
    uint64_t first = COM1, name = COM1 + 1;
    party_make(&party, NULL, 0);
    EQ(exo_port_bind(0, party.env, COM1, 8), 0);
    EQ(exo_port_bind(0, party.env, 0x2000, 4), 0);
    EQ(child_act(party.env, use_ports, NULL), 0);
    CHECK(child_slice(party.env, 0, INFO->cpus - 1) >= 0);
    CHECK(await(&gave, 1));
    EQ(exo_revoke_take(0, party.env, EXO_REVOKE_PORTS, &first, 1), E(STATE));
    EQ(exo_revoke_ask(0, party.env, EXO_REVOKE_PORTS, 2, now_ns() + 60000 * MS), 0);
    EQ(exo_revoke_take(0, party.env, EXO_REVOKE_PORTS, &first, 1), E(BUSY));
    EQ(exo_revoke_ask(0, party.env, EXO_REVOKE_PORTS, 2, 0), 0);
    EQ(exo_revoke_take(party.slot, party.env, EXO_REVOKE_PORTS, &first, 1), E(RIGHTS));
    EQ(exo_revoke_take(0, party.env, EXO_REVOKE_PORTS, &name, 1), E(NODEV)); /* no range begins there */
    name = COM1 + 0x10000ull;
    EQ(exo_revoke_take(0, party.env, EXO_REVOKE_PORTS, &name, 1), E(NODEV));
    ports = &PORTS[party.env % EXO_ENVS_MAX];
    EQ(ports->ranges, 2);
    EQ(exo_revoke_take(0, party.env, EXO_REVOKE_PORTS, &first, 1), 1);
    EQ(ports->ranges, 1);
    EQ(ports->range[0].first, 0x2000);
    EQ(exo_port_bind(0, 0, COM1, 8), 0); /* nobody's, and no other CPU reaches it */
    EQ(exo_revoke_take(0, party.env, EXO_REVOKE_PORTS, &first, 1), E(NODEV));
    first = 0x2000;
    EQ(exo_revoke_take(0, party.env, EXO_REVOKE_PORTS, &first, 1), 1);
    EQ(exo_revoke_take(0, party.env, EXO_REVOKE_PORTS, &first, 1), E(STATE)); /* as much as was asked for */
    EQ(exo_port_bind(0, 0, COM1, 0), 0);
    go = 1;
    CHECK(await(&state, 2));
    CHECK(told_count == 2 && was_told(EXO_TAKEN_PORTS, COM1, COM1 + 7) && was_told(EXO_TAKEN_PORTS, 0x2000, 0x2003));
    party_end(&party);
}

/* As many frames as one call can take, each mapped once: all records find room. */
void test_revoke_whole(void)
{
    struct party party;
    uint32_t list[EXO_FRAMES_MAX];
    uint64_t names[EXO_FRAMES_MAX];
    party_make(&party, look_away, 0);
    for (unsigned i = 0; i < EXO_FRAMES_MAX; i++)
        list[i] = EXO_FRAME_ANY;
    EQ(exo_frame_alloc(party.slot, list, EXO_FRAMES_MAX, 0), 0);
    for (unsigned i = 0; i < EXO_FRAMES_MAX; i++) {
        names[i] = list[i];
        EQ(pt_one(party.env, EXO_PT_MAP, PAGE(100 + i), list[i], 1, 0, MY_SLOT), 1);
    }
    EQ(exo_revoke_ask(0, party.env, EXO_REVOKE_FRAMES, EXO_FRAMES_MAX, 0), 0);
    EQ(exo_revoke_take(0, party.env, EXO_REVOKE_FRAMES, names, EXO_FRAMES_MAX), EXO_FRAMES_MAX);
    for (unsigned i = 0; i < EXO_FRAMES_MAX; i++)
        CHECK(await_free(list[i]));
    go = 1;
    CHECK(await(&state, 2));
    EQ(told_count, 2 * EXO_FRAMES_MAX);
    for (unsigned i = 0; i < EXO_FRAMES_MAX; i++)
        CHECK(was_told(EXO_TAKEN_FRAME, list[i], 0) && was_told(EXO_TAKEN_PAGE, list[i], PAGE(100 + i)));
    EQ(env_info(party.env)->taken, 2 * EXO_FRAMES_MAX);
    party_end(&party);
}

/* A frame that others map as well goes from all of them, while one of them runs on another CPU and uses it. */
static void use_it(void *arg)
{
    volatile uint64_t *word = arg;
    state = 1;
    while (TRY((void)*word))
        ;
    EQ(vcpu()->last.vector, VECTOR_PF);
    state = 2;
    park();
}

void test_revoke_shared(void)
{
    struct party party;
    struct exo_cap suite = SUITE_NAME;
    suite.rights = EXO_RIGHT_READ;
    party_make(&party, NULL, 0);
    EQ(exo_frame_share(0, party.frame[0], 1, &suite), 0);
    env_id_t user[3];
    for (unsigned i = 0; i < 3; i++) {
        state = 0;
        user[i] = (env_id_t)child_make(0, "user");
        EQ(pt_one(user[i], EXO_PT_MAP, PAGE(20 + i), party.frame[0], 1, 0, EXO_PT_ACL), 1);
        EQ(pt_one(user[i], EXO_PT_MAP, PAGE(1024), party.frame[0], 1, 0, CHILD_SLOT), 1);
        if (i < 2)
            EQ(child_act(user[i], use_it, (void *)PAGE(20 + i)), 0);
    }
    CHECK(child_slice(user[0], 0, INFO->cpus - 1) >= 0);
    CHECK(await(&state, 1));
    EQ(exo_revoke_ask(0, party.env, EXO_REVOKE_FRAMES, 1, 0), 0);
    EQ(take_frames(&party, 0, 1), 1);
    CHECK(await_free(party.frame[0]));
    CHECK(await(&state, 2));
    EQ(env_info(user[0])->taken, 2);
    EQ(env_info(user[1])->taken, 2);
    EQ(env_info(party.env)->taken, 2);
    party_end(&party);
}

/* One frame of a large page: the whole mapping goes, the other frames stay. */
void test_revoke_large(void)
{
    struct party party;
    party_make(&party, NULL, 0);
    uint32_t list[EXO_FRAMES_MAX];
    frame_t first = EXO_FRAME_ANY;
    for (frame_t at = 512; at + 512 < INFO->frames && first == EXO_FRAME_ANY; at += 512) {
        unsigned k = 0;
        while (k < 512 && FRAMES[at + k].type == EXO_FRAME_FREE)
            k++;
        if (k == 512)
            first = at;
    }
    CHECK(first != EXO_FRAME_ANY);
    for (unsigned i = 0; i < 512; i += EXO_FRAMES_MAX) {
        list[0] = first + i;
        EQ(exo_frame_alloc(party.slot, list, EXO_FRAMES_MAX, EXO_FRAME_RUN), 0);
    }
    EQ(pt_one(party.env, EXO_PT_MAP, PAGE(1024), first, 1, EXO_PROT_LARGE | EXO_PROT_WRITE, MY_SLOT), 1);
    uint64_t taken = first + 77;
    EQ(exo_revoke_ask(0, party.env, EXO_REVOKE_FRAMES, 1, 0), 0);
    EQ(exo_revoke_take(0, party.env, EXO_REVOKE_FRAMES, &taken, 1), 1);
    CHECK(await_free((frame_t)taken));
    for (unsigned i = 0; i < 512; i++)
        if (first + i != taken) {
            EQ(FRAMES[first + i].maps, 0);
            frame_put(first + i);
        }
    party_end(&party);
}

/* A vector that nobody reads fills up; what has no room is counted. */
void test_revoke_overflow(void)
{
    struct party party;
    party_make(&party, look_away, 0);
    uint64_t name = 0;
    enum { MORE = 10 };
    EQ(exo_revoke_ask(0, party.env, EXO_REVOKE_SLICES, ~0ull, 0), 0);
    for (unsigned i = 0; i < EXO_TAKEN_MAX + MORE; i++) {
        int64_t position = exo_slice_alloc(party.slot, 0, EXO_SLICE_ANY);
        EQ(exo_slice_bind(0, 0, (uint32_t)position, party.env, 0), 0);
        name = EXO_SLICE_NAME(0, (uint64_t)position);
        EQ(exo_revoke_take(0, party.env, EXO_REVOKE_SLICES, &name, 1), 1);
        EQ(exo_slice_free(0, 0, (uint32_t)position), 0);
    }
    EQ(env_info(party.env)->taken, EXO_TAKEN_MAX + MORE);
    go = 1;
    CHECK(await(&state, 2));
    EQ(told_count, EXO_TAKEN_MAX);
    party_end(&party);
}

/* The owner ends right after the taking, with another environment that maps the frames still to be swept; and while it is
 * being swept itself. */
void test_revoke_owner_dies(void)
{
    for (unsigned round = 0; round < 4; round++) {
        struct party party;
        struct exo_cap suite = SUITE_NAME;
        suite.rights = EXO_RIGHT_READ;
        party_make(&party, round & 1 ? look_away : NULL, INFO->cpus - 1);
        env_id_t other = (env_id_t)child_make(0, "other");
        for (unsigned k = 0; k < PAGES; k++) {
            EQ(exo_frame_share(0, party.frame[k], 1, &suite), 0);
            EQ(pt_one(other, EXO_PT_MAP, PAGE(k), party.frame[k], 1, 0, CHILD_SLOT), 1);
        }
        EQ(exo_revoke_ask(0, party.env, EXO_REVOKE_FRAMES, PAGES, 0), 0);
        EQ(take_frames(&party, 0, PAGES), PAGES);
        if (round & 2)
            exo_yield(0, EXO_ACT_ANY);
        EQ(exo_env_destroy(0, party.env), 0);
        for (unsigned k = 0; k < PAGES; k++)
            CHECK(await_free(party.frame[k]));
        EQ(env_info(other)->mapped > 0, true);
        CHECK(await_gone(party.env));
        party_end(&party);
    }
}

/* Many takings, one after the other, from an environment that maps everything twice; an earlier one may be under way. */
void test_revoke_many(void)
{
    struct party party;
    party_make(&party, NULL, 0);
    uint32_t list[EXO_FRAMES_MAX];
    uint64_t names[EXO_FRAMES_MAX];
    for (unsigned round = 0; round < 6; round++) {
        for (unsigned i = 0; i < EXO_FRAMES_MAX; i++)
            list[i] = EXO_FRAME_ANY;
        EQ(exo_frame_alloc(party.slot, list, EXO_FRAMES_MAX, 0), 0);
        for (unsigned i = 0; i < EXO_FRAMES_MAX; i++) {
            names[i] = list[i];
            EQ(pt_one(party.env, EXO_PT_MAP, PAGE(100 + i), list[i], 1, 0, MY_SLOT), 1);
            EQ(pt_one(party.env, EXO_PT_MAP, PAGE(1024 + 7 * i), list[i], 1, 0, MY_SLOT), 1);
        }
        EQ(exo_revoke_ask(0, party.env, EXO_REVOKE_FRAMES, EXO_FRAMES_MAX, 0), 0);
        int64_t result;
        while ((result = exo_revoke_take(0, party.env, EXO_REVOKE_FRAMES, names, EXO_FRAMES_MAX)) == E(AGAIN))
            exo_yield(0, EXO_ACT_ANY);
        EQ(result, EXO_FRAMES_MAX);
        for (unsigned i = 0; i < EXO_FRAMES_MAX && round % 2; i++)
            CHECK(await_free(list[i]));
    }
    for (unsigned i = 0; i < EXO_FRAMES_MAX; i++)
        CHECK(await_free(list[i]));
    party_end(&party);
}

/* Revoking a prefix is taking by force as well: the owner is told of slots, slices and mappings. */
void test_revoke_prefix_told(void)
{
    struct party party;
    party_make(&party, look_away, 0);
    int64_t position = exo_slice_alloc(party.slot, 0, EXO_SLICE_ANY);
    EQ(exo_slice_bind(0, 0, (uint32_t)position, party.env, 0), 0);
    CHECK(revoke(party.guard));
    EQ(exo_slice_free(0, 0, (uint32_t)position), 0);
    go = 1;
    CHECK(await(&state, 2));
    EQ(kept_whole, 0);
    EQ(told_count, PAGES + 2);
    CHECK(was_told(EXO_TAKEN_CAP, MY_SLOT, party.guard.bits) && was_told(EXO_TAKEN_SLICE, (uint32_t)position, 0));
    for (unsigned k = 0; k < PAGES; k++)
        CHECK(was_told(EXO_TAKEN_PAGE, party.frame[k], PAGE(k)));
    party_end(&party);
}

/* The page is ring 3's to write: nonsense in it costs its owner records, and nobody else anything. */
static void scribble(void *arg)
{
    (void)arg;
    uint64_t seed = 88172645463325252ull;
    state = 1;
    while (!go) {
        uint64_t *words = (uint64_t *)page0()->request;
        for (unsigned i = 0; i < (sizeof page0()->request + sizeof page0()->taken) / 8; i++) {
            seed ^= seed << 13, seed ^= seed >> 7, seed ^= seed << 17;
            words[i] = seed;
        }
        page0()->taken_read = (uint32_t)seed;
        page0()->taken_count = (uint32_t)(seed >> 32);
        events_take();
        exo_wait(NULL, 0, now_ns() + MS / 8);
    }
    state = 2;
    park();
}

void test_revoke_hostile_page(void)
{
    struct party party;
    party_make(&party, scribble, INFO->cpus - 1);
    for (unsigned k = 0; k < PAGES; k++) {
        EQ(exo_revoke_ask(0, party.env, EXO_REVOKE_FRAMES, 1, 0), 0);
        int64_t result;
        while ((result = take_frames(&party, k, 1)) == E(AGAIN))
            exo_yield(0, EXO_ACT_ANY);
        EQ(result, 1);
        EQ(take_frames(&party, k, 1), E(STATE));
        CHECK(await_free(party.frame[k]));
    }
    EQ(env_info(party.env)->taken, 2 * PAGES);
    go = 1;
    CHECK(await(&state, 2));
    party_end(&party);
}
