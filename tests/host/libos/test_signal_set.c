// link:
// SPDX-License-Identifier: MIT
/* test_signal_set.c: sets, masks, default actions and the place of a handler's frame. */
#include "../harness.h"
#include "posix/signal_set.h"

TEST(validity)
{
    CHECK(!signal_valid(0));
    CHECK(!signal_valid(-1));
    CHECK(signal_valid(1));
    CHECK(signal_valid(31));
    CHECK(!signal_valid(32));
}

TEST(kill_and_stop_cannot_be_blocked)
{
    uint64_t all = signal_blockable(~0ull);
    CHECK(!(all & SIGNAL_BIT(SIGNAL_KILL)));
    CHECK(!(all & SIGNAL_BIT(SIGNAL_STOP)));
    CHECK(!(all & 1));
    CHECK_EQ(__builtin_popcountll(all), 29);
    CHECK(all & SIGNAL_BIT(31));
}

TEST(lowest_number_first)
{
    CHECK_EQ(signal_first(0), 0);
    CHECK_EQ(signal_first(1), 0);
    CHECK_EQ(signal_first(SIGNAL_BIT(2) | SIGNAL_BIT(15)), 2);
    CHECK_EQ(signal_first(SIGNAL_BIT(2) | SIGNAL_BIT(SIGNAL_KILL)), SIGNAL_KILL);
    CHECK_EQ(signal_first(SIGNAL_BIT(31)), 31);
    CHECK_EQ(signal_first(SIGNAL_BIT(40)), 0);
}

TEST(masks)
{
    uint64_t out = 1;
    CHECK(signal_mask_change(1, SIGNAL_BIT(2), SIGNAL_BIT(3), &out));
    CHECK_EQ(out, SIGNAL_BIT(2) | SIGNAL_BIT(3));
    CHECK(signal_mask_change(2, out, SIGNAL_BIT(2), &out));
    CHECK_EQ(out, SIGNAL_BIT(3));
    CHECK(signal_mask_change(0, out, SIGNAL_BIT(9) | SIGNAL_BIT(10), &out));
    CHECK_EQ(out, SIGNAL_BIT(10));
    CHECK(!signal_mask_change(3, out, 0, &out));
    CHECK_EQ(signal_handler_mask(SIGNAL_BIT(2), SIGNAL_BIT(3), 4, true), SIGNAL_BIT(2) | SIGNAL_BIT(3) | SIGNAL_BIT(4));
    CHECK_EQ(signal_handler_mask(SIGNAL_BIT(2), SIGNAL_BIT(3), 4, false), SIGNAL_BIT(2) | SIGNAL_BIT(3));
}

TEST(defaults)
{
    CHECK(signal_default_ignores(SIGNAL_CHILD));
    CHECK(signal_default_ignores(SIGNAL_WINDOW));
    CHECK(!signal_default_ignores(2));
    CHECK(!signal_default_ignores(SIGNAL_KILL));
    CHECK(!signal_default_ignores(13));
}

TEST(frames)
{
    const uint64_t base = 0x10000, bytes = 0x8000;
    uint64_t at = signal_frame_place(false, base, bytes, 0x500008, 0x500008, 1000);
    CHECK_EQ(at % 64, 0);
    CHECK(at + 1000 <= 0x500008 - 128);
    at = signal_frame_place(true, base, bytes, 0x500000, 0x500000, 1000);
    CHECK(at >= base && at + 1000 <= base + bytes);
    /* On the alternate stack already: the next frame lies below, not over the first. */
    uint64_t next = signal_frame_place(true, base, bytes, at, at, 1000);
    CHECK(next + 1000 <= at - 128);
    at = signal_frame_place(true, 0, 0, 0x500000, 0x500000, 1000);
    CHECK(at < 0x500000 && at > 0x400000);
}
