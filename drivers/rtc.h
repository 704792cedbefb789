/* SPDX-License-Identifier: MIT
 *
 * rtc.h: the battery-backed clock, read once at boot. Ring 0: its index port also masks NMIs, so it is never bound.
 * Motorola MC146818A datasheet; the century register is that of the PC/AT BIOS.
 */
#ifndef DRIVERS_RTC_H
#define DRIVERS_RTC_H

#include <stdint.h>

/* What the registers say, decoded to binary; fields as on a calendar. */
struct rtc_time {
    unsigned year, month, day, hour, minute, second;
};

/* Decodes raw register values (BCD or binary, 12 or 24 hours, by status register B). Pure. */
struct rtc_time rtc_decode(const uint8_t raw[7], uint8_t status_b);

/* Seconds since 1970 of a calendar time (UTC), or 0 if it is not one. Pure. */
int64_t rtc_to_unix(const struct rtc_time *time);

/* Reads the clock: seconds since 1970, or 0 if it does not answer sensibly. */
int64_t rtc_read_unix(void);

#endif
