/* SPDX-License-Identifier: MIT
 *
 * rtc.c: the battery-backed clock (rtc.h). A reading is taken twice, until both agree and no update was under way.
 */
#include "rtc.h"

#include <stdbool.h>

#include "io.h"

enum { INDEX = 0x70, DATA = 0x71, STATUS_A = 10, STATUS_B = 11, UPDATING = 0x80, B_24H = 2, B_BINARY = 4, HOUR_PM = 0x80 };
enum { TRIES = 1000 };

static const uint8_t fields[7] = {0, 2, 4, 7, 8, 9, 0x32}; /* second minute hour day month year century */

static unsigned from_bcd(uint8_t value, uint8_t status_b)
{
    return status_b & B_BINARY ? value : (value >> 4) * 10u + (value & 15);
}

struct rtc_time rtc_decode(const uint8_t raw[7], uint8_t status_b)
{
    unsigned hour = from_bcd(raw[2] & (uint8_t)~HOUR_PM, status_b);
    if (!(status_b & B_24H))
        hour = hour % 12 + (raw[2] & HOUR_PM ? 12 : 0);
    unsigned century = from_bcd(raw[6], status_b), year = from_bcd(raw[5], status_b);
    if (century < 19 || century > 21)
        century = year < 70 ? 20 : 19;
    return (struct rtc_time){
        .second = from_bcd(raw[0], status_b),
        .minute = from_bcd(raw[1], status_b),
        .hour = hour,
        .day = from_bcd(raw[3], status_b),
        .month = from_bcd(raw[4], status_b),
        .year = century * 100 + year,
    };
}

int64_t rtc_to_unix(const struct rtc_time *t)
{
    static const uint16_t before_month[12] = {0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334};
    if (t->year < 1970 || t->month < 1 || t->month > 12 || t->day < 1 || t->day > 31 || t->hour > 23 || t->minute > 59 ||
        t->second > 60)
        return 0;
    bool leap = (t->year % 4 == 0 && t->year % 100 != 0) || t->year % 400 == 0;
    unsigned y = t->year - 1;
    int64_t days = (int64_t)(t->year - 1970) * 365 + (y / 4 - y / 100 + y / 400) - (1969 / 4 - 1969 / 100 + 1969 / 400);
    days += before_month[t->month - 1] + t->day - 1 + (leap && t->month > 2);
    return ((days * 24 + t->hour) * 60 + t->minute) * 60 + t->second;
}

static uint8_t read(uint8_t reg)
{
    port_write8(INDEX, reg);
    return port_read8(DATA);
}

static bool read_once(uint8_t raw[7])
{
    for (unsigned i = 0; i < TRIES; i++)
        if (!(read(STATUS_A) & UPDATING)) {
            for (unsigned f = 0; f < 7; f++)
                raw[f] = read(fields[f]);
            return true;
        }
    return false;
}

int64_t rtc_read_unix(void)
{
    uint8_t first[7], second[7];
    for (unsigned i = 0; i < 4; i++) {
        if (!read_once(first) || !read_once(second))
            return 0;
        bool same = true;
        for (unsigned f = 0; f < 7; f++)
            same = same && first[f] == second[f];
        if (same) {
            struct rtc_time time = rtc_decode(first, read(STATUS_B));
            return rtc_to_unix(&time);
        }
    }
    return 0;
}
