// link: libos/mem/frames.c libos/mem/frames_buddy.c libos/mem/frames_contiguous.c libos/mem/frames_colour.c
// SPDX-License-Identifier: MIT
/* test_frames.c: frame policies on random bitmaps: what every pick must be, and what each policy promises, by brute force. */
#include "../harness.h"
#include "mem/frames.h"

#include <errno.h>
#include <stdlib.h>

#include "exo_calls.h"

enum { FRAMES = 500, WORDS = (FRAMES + 63) / 64 };

static uint64_t words[WORDS];
static const struct frame_map map = {words, FRAMES};
static const struct frame_policy *const policies[] = {&frame_policy_bitmap, &frame_policy_buddy, &frame_policy_contiguous,
                                                      &frame_policy_colour};
enum { POLICIES = sizeof policies / sizeof policies[0] };

static int is_free(uint32_t frame) { return frame < FRAMES && (words[frame / 64] >> frame % 64 & 1); }
static void set(uint32_t frame) { words[frame / 64] |= 1ull << frame % 64; }
static void clear(uint32_t frame) { words[frame / 64] &= ~(1ull << frame % 64); }

/* Runs and holes of random length; bits beyond the last frame are set, to be ignored. */
static void scatter(unsigned density)
{
    memset(words, 0, sizeof words);
    for (uint32_t at = 0; at < FRAMES;) {
        uint32_t n = (uint32_t)rand() % (rand() % 3 ? 6 : 90) + 1;
        int free = (unsigned)rand() % 100 < density;
        for (; n && at < FRAMES; n--, at++)
            if (free)
                set(at);
    }
    words[WORDS - 1] |= ~0ull << FRAMES % 64;
}

static uint32_t count_free(void)
{
    uint32_t n = 0;
    for (uint32_t i = 0; i < FRAMES; i++)
        n += (uint32_t)is_free(i);
    return n;
}

/* Is there a run of count from a multiple of align? Length of the shortest maximal run with one, or 0. */
static uint32_t shortest_fit(uint32_t count, uint32_t align)
{
    uint32_t best = 0;
    for (uint32_t first = 0, end; first < FRAMES; first = end + 1) {
        for (end = first; is_free(end);)
            end++;
        uint32_t start = (first + align - 1) / align * align;
        if (end > first && start < end && end - start >= count && (!best || end - first < best))
            best = end - first;
    }
    return best;
}

static uint32_t run_around(uint32_t frame)
{
    uint32_t first = frame, end = frame;
    while (first > 0 && is_free(first - 1))
        first--;
    while (is_free(end))
        end++;
    return end - first;
}

/* The largest aligned block of free frames around a frame: its order. */
static unsigned order_of(uint32_t frame)
{
    unsigned order = 0;
    for (;; order++) {
        uint32_t size = 2u << order, first = frame / size * size;
        for (uint32_t i = 0; i < size; i++)
            if (!is_free(first + i))
                return order;
    }
}

static void check_pick(const struct frame_policy *policy, const struct frame_wish *wish)
{
    uint32_t names[FRAMES + 1], align = wish->align ? wish->align : 1, free = count_free();
    uint8_t seen[FRAMES] = {0};
    names[wish->count] = 12345;
    uint32_t n = policy->pick(&map, wish, names);
    CHECK_EQ(names[wish->count], 12345);
    for (uint32_t i = 0; i < n; i++) {
        if (!CHECK(is_free(names[i])))
            return;
        CHECK(!seen[names[i]]++);
    }
    if (!wish->run) {
        CHECK_EQ(n, free < wish->count ? free : wish->count);
    } else if (policy == &frame_policy_buddy) {
        uint32_t need = wish->count > align ? wish->count : align, size = 1;
        while (size < need)
            size *= 2;
        CHECK_EQ(n, shortest_fit(size, size) ? wish->count : 0);
    } else {
        CHECK_EQ(n, shortest_fit(wish->count, align) ? wish->count : 0);
    }
    for (uint32_t i = 1; wish->run && i < n; i++)
        CHECK_EQ(names[i], names[0] + i);
    if (wish->run && n)
        CHECK_EQ(names[0] % align, 0);
}

static void every_pick(void (*check)(const struct frame_policy *, const struct frame_wish *))
{
    srand(11);
    for (int round = 0; round < 600; round++) {
        scatter((unsigned)rand() % 101);
        for (unsigned p = 0; p < POLICIES; p++) {
            struct frame_wish wish = {.count = (uint32_t)rand() % (rand() % 4 ? 20 : FRAMES) + 1, .run = rand() % 2};
            wish.align = wish.run ? (uint32_t)(rand() % 2) << rand() % 7 : 0;
            check(policies[p], &wish);
        }
    }
}

TEST(names_what_is_free) { every_pick(check_pick); }

TEST(bitmap_takes_the_first)
{
    uint32_t names[FRAMES];
    struct frame_wish wish = {.count = 3};
    memset(words, 0, sizeof words);
    set(70), set(3), set(64), set(65), set(66), set(499);
    CHECK_EQ(frame_policy_bitmap.pick(&map, &wish, names), 3);
    CHECK(names[0] == 3 && names[1] == 64 && names[2] == 65);
    wish.run = true;
    CHECK_EQ(frame_policy_bitmap.pick(&map, &wish, names), 3);
    CHECK_EQ(names[0], 64);
    wish.align = 2;
    wish.count = 2;
    clear(64);
    CHECK_EQ(frame_policy_bitmap.pick(&map, &wish, names), 0);
}

static void check_best_fit(const struct frame_policy *policy, const struct frame_wish *wish)
{
    uint32_t names[FRAMES], fit = shortest_fit(wish->count, wish->align ? wish->align : 1);
    if (policy != &frame_policy_contiguous || !fit)
        return;
    uint32_t n = policy->pick(&map, wish, names);
    CHECK_EQ(n, wish->count);
    CHECK_EQ(run_around(names[0]), fit);
    CHECK_EQ(names[n - 1], names[0] + n - 1);
}

TEST(contiguous_takes_the_best_fit) { every_pick(check_best_fit); }

static void check_smallest_blocks(const struct frame_policy *policy, const struct frame_wish *wish)
{
    uint32_t names[FRAMES];
    unsigned highest = 0, lowest_left = 32;
    uint8_t taken[FRAMES] = {0};
    if (policy != &frame_policy_buddy)
        return;
    uint32_t n = policy->pick(&map, wish, names);
    for (uint32_t i = 0; i < n; i++) {
        taken[names[i]] = 1;
        highest = order_of(names[i]) > highest ? order_of(names[i]) : highest;
    }
    for (uint32_t i = 0; i < FRAMES; i++)
        if (is_free(i) && !taken[i] && order_of(i) < lowest_left && (!wish->run || 1u << order_of(i) >= wish->count) &&
            (!wish->run || 1u << order_of(i) >= wish->align))
            lowest_left = order_of(i);
    if (n)
        CHECK(lowest_left >= highest); /* no smaller block was passed over */
}

TEST(buddy_keeps_large_blocks_whole) { every_pick(check_smallest_blocks); }

static void check_colours(const struct frame_policy *policy, const struct frame_wish *wish)
{
    enum { COLOURS = 64 };
    uint32_t names[FRAMES], taken[COLOURS] = {0}, left[COLOURS] = {0}, most = 0, least_open = ~0u;
    if (policy != &frame_policy_colour || wish->run)
        return;
    uint32_t n = policy->pick(&map, wish, names);
    for (uint32_t i = 0; i < FRAMES; i++)
        left[i % COLOURS] += (uint32_t)is_free(i);
    for (uint32_t colour = 0; n && colour < COLOURS; colour++)
        CHECK(left[colour] <= left[names[0] % COLOURS]); /* it begins with the one that has most */
    for (uint32_t i = 0; i < n; i++)
        if (++taken[names[i] % COLOURS] > most)
            most = taken[names[i] % COLOURS];
    for (uint32_t colour = 0; colour < COLOURS; colour++)
        if (taken[colour] < left[colour] && taken[colour] < least_open)
            least_open = taken[colour];
    CHECK(least_open == ~0u || least_open + 1 >= most); /* no colour twice while another waits for its turn */
}

TEST(colours_come_in_turn) { every_pick(check_colours); }

/* The kernel's side of a race: the first `losses` asks fail, and what they named is gone. */
static int losses, asked;

static int64_t ask(uint32_t *names, uint32_t count)
{
    asked++;
    if (asked > losses)
        return 0;
    for (uint32_t i = 0; i < count; i++)
        clear(names[i]);
    return -EXO_E_BUSY;
}

static int64_t ask_refused(uint32_t *names, uint32_t count)
{
    (void)names;
    (void)count;
    return -EXO_E_QUOTA;
}

TEST(picks_again_after_a_lost_race)
{
    uint32_t names[4];
    struct frame_wish wish = {.count = 4};
    for (unsigned p = 0; p < POLICIES; p++) {
        memset(words, 0xff, sizeof words);
        losses = 3;
        asked = 0;
        CHECK_EQ(frame_take(policies[p], &map, &wish, ask, names), 0);
        CHECK_EQ(asked, 4);
        CHECK(is_free(names[0]));
        losses = 1000;
        asked = 0;
        CHECK_EQ(frame_take(policies[p], &map, &wish, ask, names), -EAGAIN);
        CHECK_EQ(asked, FRAME_TRIES);
        CHECK_EQ(frame_take(policies[p], &map, &wish, ask_refused, names), -EXO_E_QUOTA);
        memset(words, 0, sizeof words);
        CHECK_EQ(frame_take(policies[p], &map, &wish, ask, names), -ENOMEM);
    }
}
