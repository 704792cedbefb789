/* SPDX-License-Identifier: MIT
 *
 * atomic.c: what GCC calls for atomic objects that no instruction covers (<stdatomic.h>: structures, 16 bytes). Layer:
 * libos/sync. Source: GCC's "GCC-Atomic Library Interface". One of LOCKS spin locks, chosen by address, guards each object;
 * the holder is disabled, so it is not preempted by its own virtual CPU, and a signal handler cannot meet its own lock.
 */
#include <string.h>

#include "sched/thread.h"

#define LOCKS 16

/* GCC knows these names as built-in functions of other types; they get theirs by assembly name. */
#define NAMED(name) __asm__("__atomic_" name)

typedef unsigned __int128 wide;

static struct sched_spin locks[LOCKS];

static struct sched_spin *lock_of(const volatile void *object) { return &locks[((uintptr_t)object >> 4) % LOCKS]; }

static uint32_t begin(const volatile void *object)
{
    uint32_t was = sched_disable();
    sched_spin_lock(lock_of(object));
    return was;
}

static void end(const volatile void *object, uint32_t was)
{
    sched_spin_unlock(lock_of(object));
    sched_enable(was);
}

void atomic_load_any(size_t bytes, void *object, void *to, int order) NAMED("load");
void atomic_load_any(size_t bytes, void *object, void *to, int order)
{
    (void)order;
    uint32_t was = begin(object);
    memcpy(to, object, bytes);
    end(object, was);
}

void atomic_store_any(size_t bytes, void *object, void *from, int order) NAMED("store");
void atomic_store_any(size_t bytes, void *object, void *from, int order)
{
    (void)order;
    uint32_t was = begin(object);
    memcpy(object, from, bytes);
    end(object, was);
}

void atomic_exchange_any(size_t bytes, void *object, void *from, void *to, int order) NAMED("exchange");
void atomic_exchange_any(size_t bytes, void *object, void *from, void *to, int order)
{
    (void)order;
    uint32_t was = begin(object);
    memcpy(to, object, bytes);
    memcpy(object, from, bytes);
    end(object, was);
}

bool atomic_compare_exchange_any(size_t bytes, void *object, void *expected, void *desired, int good, int bad)
    NAMED("compare_exchange");
bool atomic_compare_exchange_any(size_t bytes, void *object, void *expected, void *desired, int good, int bad)
{
    (void)good, (void)bad;
    uint32_t was = begin(object);
    bool same = memcmp(object, expected, bytes) == 0;
    memcpy(same ? object : expected, same ? desired : object, bytes);
    end(object, was);
    return same;
}

bool atomic_lock_free_any(size_t bytes, void *object) NAMED("is_lock_free");
bool atomic_lock_free_any(size_t bytes, void *object)
{
    return bytes <= 8 && (bytes & (bytes - 1)) == 0 && ((uintptr_t)object & (bytes - 1)) == 0;
}

/* ---- 16 bytes ---- */

wide atomic_load_wide(wide *object, int order) NAMED("load_16");
wide atomic_load_wide(wide *object, int order)
{
    wide value;
    atomic_load_any(sizeof value, object, &value, order);
    return value;
}

void atomic_store_wide(wide *object, wide value, int order) NAMED("store_16");
void atomic_store_wide(wide *object, wide value, int order) { atomic_store_any(sizeof value, object, &value, order); }

wide atomic_exchange_wide(wide *object, wide value, int order) NAMED("exchange_16");
wide atomic_exchange_wide(wide *object, wide value, int order)
{
    wide before;
    atomic_exchange_any(sizeof value, object, &value, &before, order);
    return before;
}

bool atomic_compare_exchange_wide(wide *object, wide *expected, wide desired, int good, int bad) NAMED("compare_exchange_16");
bool atomic_compare_exchange_wide(wide *object, wide *expected, wide desired, int good, int bad)
{
    return atomic_compare_exchange_any(sizeof desired, object, expected, &desired, good, bad);
}

#define FETCH(name, operation)                                               \
    wide atomic_fetch_##name(wide *object, wide value, int order) NAMED("fetch_" #name "_16"); \
    wide atomic_fetch_##name(wide *object, wide value, int order)            \
    {                                                                        \
        (void)order;                                                         \
        uint32_t was = begin(object);                                        \
        wide before = *object;                                               \
        *object = operation;                                                 \
        end(object, was);                                                    \
        return before;                                                       \
    }

FETCH(add, before + value)
FETCH(sub, before - value)
FETCH(and, before & value)
FETCH(or, before | value)
FETCH(xor, before ^ value)
FETCH(nand, ~(before & value))
