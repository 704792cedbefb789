/* SPDX-License-Identifier: MIT
 *
 * clock.c: calibration and reading of the TSC (clock.h). The window is short, as it is part of every boot: 1 ms of HPET
 * (10 ns a tick, so an error of some 20 parts in a million), or 5 ms of the 8254 (840 ns a tick).
 */
#include "x86/clock.h"

#include "acpi.h"
#include "hpet.h"
#include "info.h"
#include "lapic.h"
#include "log.h"
#include "pit8254.h"
#include "rtc.h"
#include "x86/instr.h"
#include "x86/irqchip.h"
#include "x86/kpaging.h"

#define NS_PER_S 1000000000ull
enum { HPET_WINDOW_NS = 1000000, PIT_WINDOW_TICKS = 5966, PIT_SPINS = 10000000 };

static struct exo_clock *clock; /* published */
static uint64_t lapic_hz;
static uint64_t tsc_per_ns; /* 32.32 */

struct window {
    uint64_t tsc, ns;
    uint32_t lapic;
};

static struct window measure_hpet(void)
{
    uint32_t period = hpet_period_fs(), ticks = (uint32_t)((uint64_t)HPET_WINDOW_NS * 1000000 / period);
    uint32_t from = hpet_count(), lapic_from = irqchip_has_apic() ? lapic_timer_left() : 0, to;
    uint64_t tsc_from = rdtsc();
    while ((to = hpet_count()) - from < ticks)
        cpu_pause();
    uint64_t tsc = rdtsc() - tsc_from;
    uint32_t lapic = irqchip_has_apic() ? lapic_from - lapic_timer_left() : 0;
    return (struct window){tsc, (uint64_t)(to - from) * period / 1000000, lapic};
}

static struct window measure_pit(void)
{
    uint32_t lapic_from = irqchip_has_apic() ? lapic_timer_left() : 0;
    pit_start(PIT_WINDOW_TICKS);
    uint64_t tsc_from = rdtsc();
    for (unsigned i = 0; i < PIT_SPINS && !pit_done(); i++)
        cpu_pause();
    uint64_t tsc = rdtsc() - tsc_from;
    uint32_t lapic = irqchip_has_apic() ? lapic_from - lapic_timer_left() : 0;
    return (struct window){tsc, PIT_WINDOW_TICKS * NS_PER_S / PIT_HZ, lapic};
}

static uint64_t per_second(uint64_t count, uint64_t ns)
{
    return count * NS_PER_S / ns; /* a window's count is far below 2^34 */
}

void clock_init(uint64_t boot_tsc)
{
    bool hpet = acpi.hpet_address && hpet_init(acpi.hpet_address);
    if (irqchip_has_apic())
        lapic_timer_start(~0u);
    struct window window = hpet ? measure_hpet() : measure_pit();
    if (irqchip_has_apic())
        lapic_timer_start(0);
    uint64_t hz = per_second(window.tsc, window.ns);
    lapic_hz = per_second(window.lapic, window.ns);
    struct exo_clock *published = publish_area(EXO_PUB_CLOCK, sizeof *clock);
    tsc_per_ns = (hz / NS_PER_S << 32) + (hz % NS_PER_S << 32) / NS_PER_S;
    published->base_tsc = boot_tsc;
    published->tsc_hz = hz;
    published->mult = (NS_PER_S << 32) / (hz ? hz : 1);
    clock = published;
    clock_set_unix(rtc_read_unix() * (int64_t)NS_PER_S);
    log_info("clock", "tsc_hz=%lu lapic_hz=%lu reference=%s unix_s=%lu", hz, lapic_hz, hpet ? "hpet" : "8254",
             (uint64_t)(clock->unix_offset_ns / (int64_t)NS_PER_S));
}

uint64_t clock_now_ns(void)
{
    if (!clock)
        return 0;
    return clock->base_ns + (uint64_t)((unsigned __int128)(rdtsc() - clock->base_tsc) * clock->mult >> 32);
}

void clock_set_unix(int64_t unix_ns)
{
    __atomic_store_n(&clock->seq, clock->seq + 1, __ATOMIC_RELEASE);
    __atomic_thread_fence(__ATOMIC_RELEASE);
    clock->unix_offset_ns = unix_ns - (int64_t)clock_now_ns();
    __atomic_store_n(&clock->seq, clock->seq + 1, __ATOMIC_RELEASE);
}

uint64_t clock_tsc_at(uint64_t ns)
{
    return clock->base_tsc + (uint64_t)((unsigned __int128)(ns - clock->base_ns) * tsc_per_ns >> 32);
}

uint32_t clock_lapic_ticks(uint64_t delay_ns)
{
    uint64_t limit_ns = 4 * NS_PER_S; /* farther away: the timer comes earlier, and is armed again */
    uint64_t ticks = (delay_ns < limit_ns ? delay_ns : limit_ns) * lapic_hz / NS_PER_S + 1;
    return ticks > ~0u ? ~0u : (uint32_t)ticks;
}
