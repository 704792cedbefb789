/* SPDX-License-Identifier: MIT
 *
 * clock.c: calibration and reading of the TSC (clock.h). Calibration is part of every boot, so windows are short: 2 ms, at
 * least two. On a busy host a virtual CPU may stand still between two readings; so two windows in a row must agree.
 */
#include "x86/clock.h"

#include "acpi.h"
#include "hpet.h"
#include "info.h"
#include "lapic.h"
#include "log.h"
#include "panic.h"
#include "pit8254.h"
#include "rtc.h"
#include "x86/instr.h"
#include "x86/irqchip.h"
#include "x86/kpaging.h"

#define NS_PER_S 1000000000ull
#define FS_PER_S 1000000000000000ull
enum { WINDOW_NS = 2000000, SAMPLES = 5, WINDOWS_MAX = 8, AGREE_PARTS = 4000, SPINS = 10000000 };

static struct exo_clock no_clock; /* stands still at 0 */
struct exo_clock *clock_published = &no_clock;
static uint64_t lapic_per_ns, tsc_per_ns; /* 32.32 */

/* What the others are measured by: a counter of so many bits that goes up. */
struct reference {
    const char *name;
    uint32_t (*count)(void);
    uint32_t mask;
    uint64_t period_fs;
};

static uint32_t pit_count(void)
{
    return UINT16_MAX - pit_left();
}

static struct reference find_reference(void)
{
    if (acpi.hpet_address && hpet_init(acpi.hpet_address))
        return (struct reference){"hpet", hpet_count, UINT32_MAX, hpet_period_fs()};
    pit_start(UINT16_MAX);
    return (struct reference){"8254", pit_count, UINT16_MAX, FS_PER_S / PIT_HZ};
}

/* All clocks at one moment, as nearly as can be: the quickest of a few readings. */
struct sample {
    uint64_t tsc;
    uint32_t count, lapic;
};

static struct sample take_sample(const struct reference *reference)
{
    struct sample best = {0, 0, 0};
    uint64_t best_gap = ~0ull;
    for (unsigned i = 0; i < SAMPLES; i++) {
        uint64_t before = rdtsc();
        uint32_t count = reference->count();
        uint32_t lapic = irqchip_has_apic() ? lapic_timer_left() : 0;
        uint64_t gap = rdtsc() - before;
        if (gap < best_gap) {
            best_gap = gap;
            best = (struct sample){before + gap / 2, count, lapic};
        }
    }
    return best;
}

struct rates {
    uint64_t tsc_hz, lapic_hz;
};

static uint64_t per_second(uint64_t ticks, uint64_t ns)
{
    return ns ? ticks * NS_PER_S / ns : 0; /* a window's ticks are far below 2^34 */
}

/* One window. A reference that does not count ends it too, with rates of 0. */
static struct rates measure(const struct reference *reference)
{
    struct sample from = take_sample(reference);
    uint64_t wanted = (uint64_t)WINDOW_NS * 1000000 / reference->period_fs;
    for (unsigned i = 0; i < SPINS && ((reference->count() - from.count) & reference->mask) < wanted; i++)
        cpu_pause();
    struct sample to = take_sample(reference);
    uint64_t ns = ((to.count - from.count) & reference->mask) * reference->period_fs / 1000000;
    return (struct rates){per_second(to.tsc - from.tsc, ns), per_second(from.lapic - to.lapic, ns)};
}

static bool agree(uint64_t a, uint64_t b)
{
    return (a > b ? a - b : b - a) <= a / AGREE_PARTS;
}

/* The mean of the first two windows in a row that agree; of the last two if none do. */
static struct rates calibrate(const struct reference *reference)
{
    struct rates last = measure(reference), rates, mean;
    for (unsigned i = 0; i < WINDOWS_MAX; i++, last = rates) {
        rates = measure(reference);
        mean = (struct rates){(rates.tsc_hz + last.tsc_hz) / 2, (rates.lapic_hz + last.lapic_hz) / 2};
        if (agree(rates.tsc_hz, last.tsc_hz) && agree(rates.lapic_hz, last.lapic_hz))
            break;
    }
    return mean;
}

/* A clock within half a thousandth of 1 GHz is one of 1 GHz: under `-icount shift=0` that makes it exact. */
static uint64_t round_hz(uint64_t hz)
{
    uint64_t distance = hz > NS_PER_S ? hz - NS_PER_S : NS_PER_S - hz;
    return distance < NS_PER_S / 2000 ? NS_PER_S : hz;
}

static uint64_t per_ns(uint64_t hz)
{
    return (hz / NS_PER_S << 32) + (hz % NS_PER_S << 32) / NS_PER_S;
}

void clock_init(uint64_t boot_tsc)
{
    struct reference reference = find_reference();
    if (irqchip_has_apic())
        lapic_timer_start(~0u);
    struct rates rates = calibrate(&reference);
    if (irqchip_has_apic())
        lapic_timer_start(0);
    uint64_t hz = round_hz(rates.tsc_hz);
    uint64_t lapic_hz = round_hz(rates.lapic_hz);
    if (!hz)
        panic("time cannot be told: there is no HPET, and the 8254 does not count");
    struct exo_clock *published = publish_area(EXO_PUB_CLOCK, sizeof *published);
    tsc_per_ns = per_ns(hz);
    lapic_per_ns = per_ns(lapic_hz);
    published->base_tsc = boot_tsc;
    published->tsc_hz = hz;
    published->mult = (NS_PER_S << 32) / hz;
    clock_published = published;
    clock_set_unix(rtc_read_unix() * (int64_t)NS_PER_S);
    log_info("clock", "tsc_hz=%lu lapic_hz=%lu reference=%s unix_s=%lu", hz, lapic_hz, reference.name,
             (uint64_t)(clock_published->unix_offset_ns / (int64_t)NS_PER_S));
}

void clock_set_unix(int64_t unix_ns)
{
    __atomic_store_n(&clock_published->seq, clock_published->seq + 1, __ATOMIC_RELEASE);
    __atomic_thread_fence(__ATOMIC_RELEASE);
    clock_published->unix_offset_ns = unix_ns - (int64_t)clock_now_ns();
    __atomic_store_n(&clock_published->seq, clock_published->seq + 1, __ATOMIC_RELEASE);
}

/* From now on, not from time 0: the two rates are rounded, and what that makes in days is more than a slice. */
uint64_t clock_tsc_after(uint64_t delay_ns)
{
    return rdtsc() + (uint64_t)((unsigned __int128)(delay_ns + 1) * tsc_per_ns >> 32) + 1;
}

uint32_t clock_lapic_ticks(uint64_t delay_ns)
{
    if (delay_ns > ~0u)
        delay_ns = ~0u; /* farther away: the timer comes earlier, and is armed again */
    uint64_t ticks = (uint64_t)((unsigned __int128)delay_ns * lapic_per_ns >> 32) + 1;
    return ticks > ~0u ? ~0u : (uint32_t)ticks;
}
