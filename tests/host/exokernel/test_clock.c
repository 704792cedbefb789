// link: exokernel/x86/clock.c
/* SPDX-License-Identifier: MIT
 *
 * test_clock.c: what the timer is armed for, against the time that is told, for clocks of several rates that have run for long.
 * The TSC is the host's; the HPET is a fake that makes it one of any rate.
 */
#include "../harness.h"
#include "fake_log.h"
#include "fake_panic.h"

#include "acpi.h"
#include "hpet.h"
#include "lapic.h"
#include "pit8254.h"
#include "rtc.h"
#include "x86/clock.h"
#include "x86/irqchip.h"
#include "x86/kpaging.h"

#define NS_PER_S 1000000000ull
enum { TICKS_PER_COUNT = 64, SECONDS_A_DAY = 86400 };

struct acpi_info acpi = {.hpet_address = 1};
static uint64_t rate; /* that the TSC seems to have, in Hz; the APIC's timer has a third of it */
static uint64_t read_at; /* when the HPET was */

bool hpet_init(paddr_t registers)
{
    return registers == 1;
}

uint32_t hpet_count(void)
{
    read_at = rdtsc();
    return (uint32_t)(read_at / TICKS_PER_COUNT);
}

uint32_t hpet_period_fs(void)
{
    return (uint32_t)(1000000000000000ull * TICKS_PER_COUNT / rate);
}

uint32_t lapic_timer_left(void)
{
    return (uint32_t)-(read_at / 3);
}

void lapic_timer_start(uint32_t ticks)
{
    (void)ticks;
}

bool irqchip_has_apic(void)
{
    return true;
}

void pit_start(uint16_t ticks)
{
    (void)ticks;
}

uint16_t pit_left(void)
{
    return 0;
}

int64_t rtc_read_unix(void)
{
    return 0;
}

void *publish_area(vaddr_t address, size_t bytes)
{
    static struct exo_clock clock;
    (void)address;
    CHECK(bytes <= sizeof clock);
    return memset(&clock, 0, sizeof clock);
}

static uint64_t time_at(uint64_t tsc)
{
    return (uint64_t)((unsigned __int128)(tsc - clock_published->base_tsc) * clock_published->mult >> 32);
}

/* The interrupt comes when the time has come, not a nanosecond earlier: it would be armed again, and come again. */
static void check_delay(uint64_t delay_ns)
{
    uint64_t before = clock_now_ns(), tsc = clock_tsc_after(delay_ns), after = clock_now_ns();
    CHECK(time_at(tsc) >= before + delay_ns);
    CHECK(time_at(tsc) <= after + delay_ns + 10);
    uint64_t ticks = clock_lapic_ticks(delay_ns), wanted = (uint64_t)((unsigned __int128)delay_ns * rate / 3 / NS_PER_S);
    CHECK(ticks > 0 && ticks <= ~0u);
    if (!CHECK((ticks > wanted ? ticks - wanted : wanted - ticks) <= wanted / 500 + 2 || wanted > ~0u))
        printf("    %lu Hz, %lu ns: %lu, %lu\n", rate, delay_ns, ticks, wanted);
}

TEST(timers)
{
    static const uint64_t rates[] = {500000000, 999999999, 2445497273, 2999999937, 3000000000, 4700000001, 6000000000},
                          delays[] = {0, 1, 999, 1000000, 999999999};
    for (unsigned days = 0; days < 1000; days += 333)
        for (unsigned i = 0; i < sizeof rates / sizeof rates[0]; i++) {
            rate = rates[i];
            clock_init(rdtsc() - days * SECONDS_A_DAY * rate);
            CHECK(clock_published->tsc_hz > rate / 2 && clock_published->tsc_hz < rate * 2);
            for (unsigned k = 0; k < sizeof delays / sizeof delays[0]; k++)
                check_delay(delays[k]);
        }
}

TEST(far_away)
{
    rate = 3000000000;
    clock_init(rdtsc());
    CHECK_EQ(clock_lapic_ticks(~0ull), ~0u);
    CHECK_EQ(clock_lapic_ticks(3600 * NS_PER_S), ~0u);
    uint64_t hour = time_at(clock_tsc_after(3600 * NS_PER_S)) - clock_now_ns();
    CHECK(hour > 3599 * NS_PER_S && hour < 3601 * NS_PER_S);
}
