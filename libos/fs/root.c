// SPDX-License-Identifier: MIT
/*
 * root.c: roots, clock and random numbers of libos/fs in a real process, see root.h. Layer: libOS.
 *
 * Roots lie in the header of the session segment; the clock and the features of the CPU are read from published pages.
 * The sequence lock of the clock is that of abi/info.h.
 */
#include "fs/root.h"

#include <errno.h>
#include <string.h>

#include "abi/info.h"
#include "proc/proc.h"
#include "proc/segment.h"

const struct fs_roots *fs_roots(void)
{
    static struct fs_roots roots;
    if (!proc_self())
        return NULL;
    roots.lock = &session_header()->root_lock;
    roots.ramfs = &session_header()->ramfs_root;
    return &roots;
}

static uint64_t read_clock(int64_t *unix_offset)
{
    const volatile struct exo_clock *clock = (const volatile struct exo_clock *)EXO_PUB_CLOCK;
    uint64_t now;
    uint32_t seq;
    do {
        seq = __atomic_load_n(&clock->seq, __ATOMIC_ACQUIRE);
        uint64_t ticks = __builtin_ia32_rdtsc() - clock->base_tsc;
        now = clock->base_ns + (uint64_t)((unsigned __int128)ticks * clock->mult >> 32);
        *unix_offset = clock->unix_offset_ns;
        __atomic_thread_fence(__ATOMIC_ACQUIRE);
    } while ((seq & 1) || seq != clock->seq);
    return now;
}

int64_t fs_now_ns(void)
{
    int64_t offset;
    uint64_t now = read_clock(&offset);
    return (int64_t)now + offset;
}

uint64_t fs_monotonic_ns(void)
{
    int64_t offset;
    return read_clock(&offset);
}

/* One number of RDRAND, which may fail some times in a row (Intel SDM vol 1 §7.3.17). */
static int random_number(uint64_t *number)
{
    for (int tries = 0; tries < 10; tries++) {
        uint8_t ok;
        __asm__ volatile("rdrand %0; setc %1" : "=r"(*number), "=qm"(ok) : : "cc");
        if (ok)
            return 0;
    }
    return -ENODEV;
}

int fs_random(void *to, size_t n)
{
    const struct exo_info *info = (const struct exo_info *)EXO_PUB_INFO;
    uint64_t number;
    if (!(info->cpu_features & EXO_CPU_RDRAND))
        return -ENODEV;
    for (uint8_t *at = to; n;) {
        size_t part = n < sizeof number ? n : sizeof number;
        if (random_number(&number))
            return -ENODEV;
        memcpy(at, &number, part);
        at += part;
        n -= part;
    }
    return 0;
}
