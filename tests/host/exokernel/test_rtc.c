// link: drivers/rtc.c
/* SPDX-License-Identifier: MIT
 *
 * test_rtc.c: the real-time clock's registers to a time, in each of its codings, and times to seconds since 1970.
 */
#include "../harness.h"

#include <time.h>

#include "fake_ports.h"
#include "rtc.h"

enum { B_24H = 2, B_BINARY = 4 };

static void check(const uint8_t raw[7], uint8_t status_b, unsigned year, unsigned month, unsigned day, unsigned hour)
{
    struct rtc_time t = rtc_decode(raw, status_b);
    CHECK(t.year == year && t.month == month && t.day == day && t.hour == hour && t.minute == 34 && t.second == 56);
}

TEST(codings)
{
    check((uint8_t[]){0x56, 0x34, 0x12, 0x29, 0x02, 0x24, 0x20}, B_24H, 2024, 2, 29, 12);
    check((uint8_t[]){56, 34, 23, 31, 12, 99, 19}, B_24H | B_BINARY, 1999, 12, 31, 23);
    check((uint8_t[]){0x56, 0x34, 0x92, 0x01, 0x01, 0x26, 0x20}, 0, 2026, 1, 1, 12); /* 12 p.m. */
    check((uint8_t[]){0x56, 0x34, 0x12, 0x01, 0x01, 0x26, 0x20}, 0, 2026, 1, 1, 0);  /* 12 a.m. */
    check((uint8_t[]){0x56, 0x34, 0x91, 0x01, 0x01, 0x26, 0x20}, 0, 2026, 1, 1, 23);
    check((uint8_t[]){56, 34, 0x80 | 11, 1, 1, 26, 20}, B_BINARY, 2026, 1, 1, 23);
}

TEST(century_that_is_not_one_is_guessed)
{
    check((uint8_t[]){0x56, 0x34, 0x12, 0x01, 0x01, 0x26, 0xff}, B_24H, 2026, 1, 1, 12);
    check((uint8_t[]){0x56, 0x34, 0x12, 0x01, 0x01, 0x97, 0x00}, B_24H, 1997, 1, 1, 12);
}

TEST(seconds_as_the_c_library_counts_them)
{
    for (time_t when = 0; when < 4102444800; when += 86400 * 3 + 3661) {
        struct tm tm;
        gmtime_r(&when, &tm);
        struct rtc_time t = {(unsigned)tm.tm_year + 1900, (unsigned)tm.tm_mon + 1, (unsigned)tm.tm_mday,
                             (unsigned)tm.tm_hour, (unsigned)tm.tm_min, (unsigned)tm.tm_sec};
        if (!CHECK_EQ(rtc_to_unix(&t), when))
            break;
    }
}

TEST(times_that_make_no_sense)
{
    CHECK_EQ(rtc_to_unix(&(struct rtc_time){1969, 1, 1, 0, 0, 0}), 0);
    CHECK_EQ(rtc_to_unix(&(struct rtc_time){2026, 13, 1, 0, 0, 0}), 0);
    CHECK_EQ(rtc_to_unix(&(struct rtc_time){2026, 1, 0, 0, 0, 0}), 0);
    CHECK_EQ(rtc_to_unix(&(struct rtc_time){2026, 1, 1, 24, 0, 0}), 0);
}

/* The registers of a clock that says 2026-11-21 08:15:30 in BCD; an update is under way for the first `busy` looks. */
static uint8_t cmos[64], chosen;
static unsigned busy;

static void clock_port(uint16_t port, unsigned width, bool write, uint32_t *value)
{
    CHECK_EQ(width, 1);
    if (port == 0x70 && write)
        chosen = *value & 63;
    else if (port == 0x71 && !write)
        *value = chosen == 10 && busy ? busy--, 0x80 : cmos[chosen];
}

TEST(reading_waits_for_an_update_to_end)
{
    fake_port_hook = clock_port;
    cmos[0] = 0x30, cmos[2] = 0x15, cmos[4] = 0x08, cmos[7] = 0x21, cmos[8] = 0x11, cmos[9] = 0x26, cmos[0x32] = 0x20;
    cmos[11] = B_24H;
    busy = 3;
    CHECK_EQ(rtc_read_unix(), 1795248930);
    busy = 1u << 31; /* a clock that never answers */
    CHECK_EQ(rtc_read_unix(), 0);
}
