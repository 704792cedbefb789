/* SPDX-License-Identifier: MIT
 *
 * fake_session.h: a session segment for host tests, behind libos/proc/session.h. Layer: tests.
 *
 * One arena of address space, bump-allocated; what is freed is poisoned for ASan and never used again, so that a use
 * after free and an overrun are found. session_wait sleeps on a real condition variable: tests may use threads.
 */
#ifndef FAKE_SESSION_H
#define FAKE_SESSION_H

#include <stddef.h>
#include <stdint.h>

#include "proc/session.h"

/* Starts again with an empty segment. */
void fake_session_reset(void);

/* Blocks allocated and not yet freed; zero means that nothing leaked. */
size_t fake_session_live(void);

/* After this many more allocations session_alloc fails; ~0: never. */
void fake_session_fail_after(size_t allocations);

/* Blocks larger than this fail (0: no limit). */
void fake_session_fail_larger(size_t bytes);

/* Calls of session_wait that slept, and of session_wake. */
extern unsigned fake_session_waits, fake_session_wakes;

/* What fs_random and fs_now_ns (fs/root.h) do. */
extern int fake_random_works;
extern int fake_session_absent;
extern int64_t fake_now_ns;

#endif
