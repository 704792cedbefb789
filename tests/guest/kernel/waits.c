/* SPDX-License-Identifier: MIT
 *
 * waits.c: tests of wait, doorbell, watch and timer_set.
 */
#include "runtime.h"
#include "tests.h"

enum { ALL = EXO_RIGHTS_ALL, RW = EXO_RIGHT_READ | EXO_RIGHT_WRITE };

static volatile uint64_t words[16];

static struct exo_term term(volatile void *word, unsigned op, uint64_t value, unsigned width, unsigned flags)
{
    return (struct exo_term){
        .word = (uint64_t)word, .value = value, .op = (uint8_t)op, .width = (uint8_t)width, .flags = (uint8_t)flags};
}

static int64_t poll(struct exo_term one)
{
    return exo_wait(&one, 1, 0);
}

void test_wait_terms(void)
{
    static const struct {
        unsigned op;
        uint64_t value;
        bool holds;
    } cases[] = {
        {EXO_TERM_EQ, 5, true},  {EXO_TERM_EQ, 4, false}, {EXO_TERM_NE, 5, false}, {EXO_TERM_NE, 6, true},
        {EXO_TERM_LT, 5, false}, {EXO_TERM_LT, 6, true},  {EXO_TERM_GE, 5, true},  {EXO_TERM_GE, 6, false},
        {EXO_TERM_LT, 0, false}, {EXO_TERM_GE, 0, true},  {EXO_TERM_LT, ~0ull, true}, {EXO_TERM_GE, ~0ull, false},
    };
    events_take();
    for (unsigned width = 4; width <= 8; width += 4)
        for (unsigned i = 0; i < sizeof cases / sizeof cases[0]; i++) {
            words[0] = width == 4 ? 0xffffffff00000005 : 5;
            EQ(poll(term(&words[0], cases[i].op, cases[i].value, width, 0)), cases[i].holds ? 0 : E(TIMEOUT));
        }
    words[0] = 1ull << 63; /* unsigned */
    EQ(poll(term(&words[0], EXO_TERM_GE, 1, 8, 0)), 0);
    EQ(poll(term((volatile char *)&words[0] + 4, EXO_TERM_EQ, 0x80000000, 4, 0)), 0);
    EQ(poll(term(&words[0], EXO_TERM_EQ, 0x100000000, 4, 0)), E(TIMEOUT)); /* a value wider than the word */
}

void test_wait_alternatives(void)
{
    struct exo_term t[EXO_TERMS_MAX];
    events_take();
    for (unsigned i = 0; i < EXO_TERMS_MAX; i++) {
        words[i] = 0;
        t[i] = term(&words[i], EXO_TERM_EQ, 1, 8, 0);
    }
    EQ(exo_wait(t, EXO_TERMS_MAX, 0), E(TIMEOUT));
    words[7] = 1;
    EQ(exo_wait(t, EXO_TERMS_MAX, 0), 7);
    words[3] = 1;
    EQ(exo_wait(t, EXO_TERMS_MAX, 0), 3);
    t[2].flags = t[3].flags = EXO_TERM_AND; /* 2 and 3 and 4 */
    EQ(exo_wait(t, EXO_TERMS_MAX, 0), 7);
    words[2] = 1;
    EQ(exo_wait(t, EXO_TERMS_MAX, 0), 7);
    words[4] = 1;
    EQ(exo_wait(t, EXO_TERMS_MAX, 0), 2);
    t[7].flags = EXO_TERM_AND; /* joined with nothing */
    words[2] = 0;
    EQ(exo_wait(t, EXO_TERMS_MAX, 0), 7);
    EQ(exo_wait(t, EXO_TERMS_MAX + 1, 0), E(ARG));
    EQ(exo_wait(t, 0xffffffff, 0), E(ARG));
    EQ(exo_wait(NULL, 0, 0), E(TIMEOUT));
}

void test_wait_bad(void)
{
    events_take();
    EQ(poll(term(&words[0], EXO_TERM_GE + 1, 0, 8, 0)), E(ARG));
    EQ(poll(term(&words[0], EXO_TERM_EQ, 0, 0, 0)), E(ARG));
    EQ(poll(term(&words[0], EXO_TERM_EQ, 0, 1, 0)), E(ARG));
    EQ(poll(term(&words[0], EXO_TERM_EQ, 0, 16, 0)), E(ARG));
    EQ(poll(term(&words[0], EXO_TERM_EQ, 0, 8, 2)), E(ARG));
    struct exo_term reserved = term(&words[0], EXO_TERM_EQ, 0, 8, 0);
    reserved.reserved[4] = 1;
    EQ(poll(reserved), E(ARG));
    for (unsigned offset = 1; offset < 8; offset++)
        EQ(poll(term((volatile char *)&words[0] + offset, EXO_TERM_NE, 77, 8, 0)), E(ARG));
    EQ(poll(term((volatile char *)&words[0] + 2, EXO_TERM_NE, 77, 4, 0)), E(ARG));
    static const uint64_t bad[] = {0, 0x10000, 0x0000800000000000, 0x8000000000000000, 0xffff880000000000,
                                   EXO_PUB_INFO, EXO_WINDOW_PML4, EXO_WINDOW_PT, ~7ull, 0x00007ffffffffff8};
    for (unsigned i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        EQ(poll(term((void *)bad[i], EXO_TERM_GE, 0, 8, 0)), E(FAULT));
        EQ(exo_doorbell((void *)bad[i]), E(FAULT));
        if (bad[i])
            EQ(exo_watch(0, (void *)bad[i]), E(FAULT));
    }
    struct exo_term two[2] = {term(&words[0], EXO_TERM_GE, 0, 8, 0), term((void *)0x10000, EXO_TERM_GE, 0, 8, 0)};
    EQ(exo_wait(two, 2, 0), E(FAULT)); /* all are looked at first */
    /* a read-only word can be waited on, and cannot be rung; a word of the activation's own page can be both */
    frame_t frame = frame_new();
    EQ(map(PAGE(0), frame, 0), 1);
    EQ(poll(term((void *)PAGE(0), EXO_TERM_EQ, 0, 8, 0)), 0);
    EQ(exo_doorbell((void *)PAGE(0)), E(FAULT));
    EQ(pt_one(0, EXO_PT_PROTECT, PAGE(0), 0, 1, EXO_PROT_NONE, 0), 1);
    EQ(poll(term((void *)PAGE(0), EXO_TERM_EQ, 0, 8, 0)), E(FAULT));
    EQ(unmap(PAGE(0)), 1);
    frame_put(frame);
    EQ(poll(term(&act_here()->user[9], EXO_TERM_EQ, 0, 8, 0)), 0);
    EQ(exo_doorbell(&act_here()->user[9]), 0);
    EQ(exo_doorbell((char *)&words[0] + 1), E(ARG));
    EQ(exo_doorbell((char *)&words[0] + 4), 0);
    EQ(exo_watch(EXO_WATCHES_MAX, (void *)&words[0]), E(ARG));
    EQ(exo_watch(0xffffffff, (void *)&words[0]), E(ARG));
    EQ(exo_watch(0, (char *)&words[0] + 1), E(ARG));
    EQ(exo_watch(0, NULL), 0);
}

void test_wait_deadline(void)
{
    events_take();
    uint64_t start = now_ns();
    EQ(exo_wait(NULL, 0, start + 5 * MS), E(TIMEOUT));
    uint64_t took = now_ns() - start;
    CHECK(took >= 5 * MS && took < 1000 * MS);
    start = now_ns();
    EQ(exo_wait(NULL, 0, start - 1), E(TIMEOUT));
    EQ(exo_wait(NULL, 0, 1), E(TIMEOUT));
    words[0] = 0;
    struct exo_term t = term(&words[0], EXO_TERM_EQ, 1, 8, 0);
    EQ(exo_wait(&t, 1, now_ns() + MS), E(TIMEOUT));
    EQ(FRAMES[(pte((uint64_t)words) & EXO_PTE_ADDR) >> EXO_PAGE_BITS].waiting, 0);
}

void test_wait_event(void)
{
    events_take();
    uint64_t start = now_ns();
    EQ(exo_timer_set(start + 3 * MS), 0);
    EQ(exo_wait(NULL, 0, EXO_FOREVER), EXO_WAIT_EVENT);
    CHECK(now_ns() - start >= 3 * MS);
    EQ(exo_wait(NULL, 0, EXO_FOREVER), EXO_WAIT_EVENT); /* still pending */
    words[0] = 1;
    EQ(poll(term(&words[0], EXO_TERM_EQ, 1, 8, 0)), 0); /* a term that holds comes first */
    EQ(events_take(), EXO_EVENT_TIMER);
    EQ(exo_timer_set(now_ns() + 60 * MS), 0);
    EQ(exo_timer_set(EXO_FOREVER), 0); /* disarmed */
    EQ(exo_wait(NULL, 0, now_ns() + 80 * MS), E(TIMEOUT));
    EQ(exo_timer_set(0), 0); /* long past */
    EQ(exo_wait(NULL, 0, now_ns() + 100 * MS), EXO_WAIT_EVENT);
    EQ(events_take(), EXO_EVENT_TIMER);
    start = now_ns();
    EQ(exo_timer_set(start + 30 * MS), 0);
    EQ(exo_timer_set(start + 80 * MS), 0); /* the later one counts */
    EQ(exo_wait(NULL, 0, EXO_FOREVER), EXO_WAIT_EVENT);
    CHECK(now_ns() - start >= 80 * MS);
    EQ(events_take(), EXO_EVENT_TIMER);
}

/* Doorbells */

static volatile int64_t sleeper_result[4];
static volatile uint32_t sleeper_state[4];

static void sleeper(void *arg)
{
    uint64_t i = (uint64_t)arg;
    struct exo_term t = term(&words[8], EXO_TERM_GE, 10 * (i + 1), 8, 0);
    sleeper_state[i] = 1;
    sleeper_result[i] = exo_wait(&t, 1, EXO_FOREVER);
    sleeper_state[i] = 2;
    park();
}

static void doorbell_on(uint32_t cpu)
{
    int64_t env[3];
    words[8] = 0;
    for (uint64_t i = 0; i < 3; i++) {
        sleeper_state[i] = 0;
        env[i] = child_run(sleeper, (void *)i, cpu);
        CHECK(await_state((env_id_t)env[i], 0, EXO_ACT_WAITING));
    }
    EQ(exo_doorbell((void *)&words[8]), 0); /* no predicate holds */
    words[8] = 10;
    EQ(exo_doorbell((void *)&words[9]), 0); /* another word */
    sleep_ns(2 * MS);
    EQ(sleeper_state[0], 1); /* a plain store wakes nobody */
    EQ(exo_doorbell((void *)&words[8]), 1);
    CHECK(await(&sleeper_state[0], 2));
    EQ(sleeper_result[0], 0);
    EQ(sleeper_state[1], 1);
    words[8] = 30;
    EQ(exo_doorbell((void *)&words[8]), 2);
    CHECK(await(&sleeper_state[1], 2) && await(&sleeper_state[2], 2));
    EQ(exo_doorbell((void *)&words[8]), 0);
    EQ(FRAMES[(pte((uint64_t)words) & EXO_PTE_ADDR) >> EXO_PAGE_BITS].waiting, 0);
    children_end();
}

void test_doorbell(void)
{
    for (uint32_t cpu = 0; cpu < INFO->cpus; cpu++)
        doorbell_on(cpu);
}

/* Back and forth many times: no wake-up is lost. */
static volatile uint32_t ball;
enum { ROUNDS = 2000 };

static void player(void *arg)
{
    (void)arg;
    for (uint32_t i = 0; i < ROUNDS; i++) {
        struct exo_term t = term(&ball, EXO_TERM_EQ, 2 * i + 1, 4, 0);
        events_take();
        int64_t result = exo_wait(&t, 1, EXO_FOREVER);
        if (result != 0)
            EQ(result, 0);
        ball = 2 * i + 2;
        exo_doorbell((void *)&ball);
    }
    park();
}

void test_doorbell_ping_pong(void)
{
    for (uint32_t cpu = 0; cpu < INFO->cpus && cpu < 2; cpu++) {
        ball = 0;
        CHECK(child_run(player, NULL, cpu) > 0);
        for (uint32_t i = 0; i < ROUNDS; i++) {
            struct exo_term t = term(&ball, EXO_TERM_EQ, 2 * i + 2, 4, 0);
            ball = 2 * i + 1;
            exo_doorbell((void *)&ball);
            int64_t result;
            while ((result = exo_wait(&t, 1, now_ns() + 3000 * MS)) == EXO_WAIT_EVENT)
                events_take();
            if (!EQ(result, 0))
                break;
        }
        children_end();
    }
}

void test_watch(void)
{
    events_take();
    EQ(exo_watch(3, (void *)&words[4]), 0);
    EQ(exo_doorbell((void *)&words[5]), 0);
    EQ(events_take(), 0);
    EQ(exo_doorbell((void *)&words[4]), 1);
    EQ(events_take(), EXO_EVENT_DOORBELL);
    EQ(exo_doorbell((void *)&words[4]), 1); /* it stands */
    EQ(events_take(), EXO_EVENT_DOORBELL);
    EQ(exo_watch(3, (void *)&words[5]), 0);
    EQ(exo_doorbell((void *)&words[4]), 0);
    EQ(exo_doorbell((void *)&words[5]), 1);
    EQ(events_take(), EXO_EVENT_DOORBELL);
    EQ(exo_watch(3, NULL), 0);
    EQ(exo_doorbell((void *)&words[5]), 0);
    for (unsigned i = 0; i < EXO_WATCHES_MAX; i++)
        EQ(exo_watch(i, (void *)&words[i]), 0);
    EQ(exo_doorbell((void *)&words[7]), 1);
    EQ(events_take(), EXO_EVENT_DOORBELL);
    for (unsigned i = 0; i < EXO_WATCHES_MAX; i++)
        EQ(exo_watch(i, NULL), 0);
}

/* The frame of a word that somebody sleeps on is freed. */
static void frame_sleeper(void *arg)
{
    struct exo_term t = term(arg, EXO_TERM_EQ, 1, 8, 0);
    EQ(exo_watch(0, (char *)arg + 64), 0);
    sleeper_state[0] = 1;
    sleeper_result[0] = exo_wait(&t, 1, EXO_FOREVER);
    sleeper_state[0] = 2;
    park();
}

void test_wait_frame_gone(void)
{
    struct exo_cap suite = SUITE_NAME;
    suite.rights = RW;
    frame_t frame = frame_new();
    EQ(exo_frame_share(0, frame, 1, &suite), 0);
    int64_t env = child_make(0, "sleeper");
    EQ(pt_one((env_id_t)env, EXO_PT_MAP, PAGE(0), frame, 1, 0, CHILD_SLOT), 1);
    sleeper_state[0] = 0;
    EQ(child_act((env_id_t)env, frame_sleeper, (void *)PAGE(0)), 0);
    CHECK(child_slice((env_id_t)env, 0, INFO->cpus - 1) >= 0);
    CHECK(await(&sleeper_state[0], 1) && await_state((env_id_t)env, 0, EXO_ACT_WAITING));
    EQ(FRAMES[frame].waiting, 2);
    EQ(exo_frame_guard(0, 0, frame, 1), E(BUSY));
    frame_put(frame);
    EQ(FRAMES[frame].type, EXO_FRAME_DYING);
    EQ(pt_one((env_id_t)env, EXO_PT_UNMAP, PAGE(0), 0, 1, 0, 0), 1);
    EQ(FRAMES[frame].type, EXO_FRAME_FREE);
    EQ(FRAMES[frame].waiting, 0);
    CHECK(await(&sleeper_state[0], 2));
    EQ(sleeper_result[0], E(FRAME));
}

/* At most 255 sleepers and watchers a frame: two environments of eight activations with 16 words each want 256. */
static volatile uint32_t crowd_waiting;
static volatile int64_t crowd_result;
static volatile uint64_t crowd_words[16] __attribute__((aligned(4096)));

static void crowd(void *arg)
{
    struct exo_term t[EXO_TERMS_MAX];
    for (unsigned i = 0; i < EXO_TERMS_MAX; i++) {
        t[i] = term(&crowd_words[i], EXO_TERM_EQ, 1, 8, 0);
        EQ(exo_watch(i, (void *)&crowd_words[8 + i]), 0);
    }
    (void)arg;
    __atomic_fetch_add(&crowd_waiting, 1, __ATOMIC_SEQ_CST);
    int64_t result = exo_wait(t, EXO_TERMS_MAX, EXO_FOREVER);
    if (result < 0)
        crowd_result = result;
    park();
}

void test_wait_limit(void)
{
    frame_t frame = (frame_t)((pte((uint64_t)crowd_words) & EXO_PTE_ADDR) >> EXO_PAGE_BITS);
    int64_t env[2] = {child_make(0, "crowd0"), child_make(0, "crowd1")};
    crowd_result = crowd_waiting = 0;
    for (uint32_t i = 0; i < 16; i++) {
        EQ(child_act((env_id_t)env[i / 8], crowd, NULL), i % 8);
        CHECK(child_slice((env_id_t)env[i / 8], i % 8, 0) >= 0);
        CHECK(await(&crowd_waiting, i + 1));
        CHECK(await_state((env_id_t)env[i / 8], i % 8, EXO_ACT_WAITING));
    }
    EQ(crowd_result, E(LIMIT));
    EQ(FRAMES[frame].waiting, 248);
    for (unsigned i = 0; i < 7; i++)
        EQ(exo_watch(i, (void *)&crowd_words[i]), 0);
    EQ(FRAMES[frame].waiting, 255);
    EQ(exo_watch(7, &act_here()->user[9]), 0); /* in another frame */
    EQ(exo_watch(7, (void *)&crowd_words[9]), E(LIMIT));
    EQ(exo_doorbell(&act_here()->user[9]), 1); /* what failed changed nothing */
    EQ(events_take(), EXO_EVENT_DOORBELL);
    struct exo_term t = term(&crowd_words[0], EXO_TERM_EQ, 1, 8, 0);
    EQ(exo_wait(&t, 1, 0), E(LIMIT));
    for (unsigned i = 0; i < 8; i++)
        EQ(exo_watch(i, NULL), 0);
    crowd_words[3] = 1;
    EQ(exo_doorbell((void *)&crowd_words[3]), 15);
    crowd_words[3] = 0;
    EQ(exo_doorbell((void *)&crowd_words[9]), 16);
    children_end();
    EQ(FRAMES[frame].waiting, 0);
}

/* Who both waits on and watches a word hears of it both ways, whichever came first. */
static volatile uint32_t both_events, both_state;

static void both(void *arg)
{
    struct exo_term t = term(&words[8], EXO_TERM_EQ, 10, 8, 0);
    EQ(exo_watch((uint32_t)(uint64_t)arg, (void *)&words[8]), 0);
    EQ(exo_watch(5, (void *)&words[9]), 0);
    exo_wait(&t, 1, EXO_FOREVER);
    both_events = events_take();
    both_state = 1;
    park();
}

void test_watch_and_wait(void)
{
    words[8] = both_state = both_events = 0;
    int64_t env = child_run(both, NULL, 0);
    CHECK(await_state((env_id_t)env, 0, EXO_ACT_WAITING));
    words[8] = 10;
    CHECK(exo_doorbell((void *)&words[8]) >= 1);
    CHECK(await(&both_state, 1));
    EQ(both_events, EXO_EVENT_DOORBELL);
}

/* Many deadlines at once, in one heap. */
static volatile uint32_t heap_done, heap_early;

static void heap_sleeper(void *arg)
{
    uint64_t seed = (uint64_t)arg;
    for (unsigned i = 0; i < 40; i++) {
        seed = seed * 6364136223846793005 + 1442695040888963407;
        uint64_t until = now_ns() + (seed >> 40) % (2 * MS);
        exo_timer_set(until + (seed >> 20) % MS);
        while (exo_wait(NULL, 0, until) == EXO_WAIT_EVENT)
            events_take();
        if (now_ns() < until)
            heap_early++;
    }
    exo_timer_set(EXO_FOREVER);
    __atomic_fetch_add(&heap_done, 1, __ATOMIC_SEQ_CST);
    park();
}

void test_wait_heap(void)
{
    heap_done = heap_early = 0;
    for (uint64_t i = 0; i < 12; i++)
        CHECK(child_run(heap_sleeper, (void *)(i + 1), i % INFO->cpus) > 0);
    CHECK(await(&heap_done, 12));
    EQ(heap_early, 0);
}
