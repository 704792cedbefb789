/* SPDX-License-Identifier: MIT
 *
 * clock.h: the time, from the TSC, which is measured at boot against the HPET or the 8254. Published (info.h), so reading
 * it costs ring 3 no call. The local APIC's timer is measured in the same window.
 */
#ifndef X86_CLOCK_H
#define X86_CLOCK_H

#include "info.h"
#include "x86/instr.h"

/* Boot, after irqchip_init: measures, publishes, and reads the time of day. boot_tsc is the TSC at kernel entry: time 0. */
void clock_init(uint64_t boot_tsc);

/* The published clock; before clock_init one that stands still. */
extern struct exo_clock *clock_published;

/* Nanoseconds since kernel entry; 0 before clock_init. Any context. */
static inline __attribute__((always_inline)) uint64_t clock_now_ns(void)
{
    const struct exo_clock *clock = clock_published;
    return clock->base_ns + (uint64_t)((unsigned __int128)(rdtsc() - clock->base_tsc) * clock->mult >> 32);
}

/* Sets the published time of day to unix_ns nanoseconds since 1970. kernel_lock held. */
void clock_set_unix(int64_t unix_ns);

/* For timer_arm: the TSC when a delay has passed, a second's or shorter to the nanosecond; ticks of the local APIC's timer in
 * a delay (1 .. 2^32 - 1). */
uint64_t clock_tsc_after(uint64_t delay_ns);
uint32_t clock_lapic_ticks(uint64_t delay_ns);

#endif
