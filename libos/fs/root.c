// SPDX-License-Identifier: MIT
/*
 * root.c: roots, clock and random numbers of libos/fs in a real process, see root.h. Layer: libOS.
 *
 * Roots lie in the header of the session segment; the clock and the features of the CPU are read from published pages.
 * The sequence lock of the clock is that of abi/info.h.
 */
#include "fs/root.h"

#include "abi/info.h"
#include "dev/random.h"
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

int fs_random(void *to, size_t n) { return random_bytes(to, n); }
