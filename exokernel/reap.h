/* SPDX-License-Identifier: MIT
 *
 * reap.h: the clean-up that is too long for one call: sweeping the mappings of an environment that lost a capability, and
 * tearing down one that ended. Both walk its page tables, a part of a table page a step. kernel_lock held.
 *
 * Authority ended before any of this: what is left to do is to give memory back. Steps are taken at each trip through the
 * scheduler (REAP_STEPS) and by idle CPUs.
 */
#ifndef EXOKERNEL_REAP_H
#define EXOKERNEL_REAP_H

#include "env.h"

/* The environment ended: tear it down. */
void reap_add(struct env *env);

/* The environment lost a capability, or frames that it may map were taken: remove the mappings that its capabilities do not
 * justify. tell: enter them in its repossession vector (not when it dropped the capability itself). */
void reap_sweep(struct env *env, bool tell);

/* Frames were taken from the environment: see who maps them (repossess.h). */
void reap_taken(struct env *env);

/* How many sweeps were asked for so far; and whether all those of env up to that number are over. Later ones do not count,
 * so nobody holds up who waits by dropping one capability after another. */
uint64_t reap_requests(void);
bool reap_swept(const struct env *env, uint64_t request);

extern struct env *reap_first; /* with work to do, or NULL */
bool reap_take_steps(unsigned steps);

/* Takes a few steps. Returns true if any was taken: there may be more to do, and as the lock is released and retaken where
 * it waits for TLBs, what was looked at before may have changed. */
static inline bool reap_steps(unsigned steps)
{
    return reap_first && reap_take_steps(steps);
}

enum { REAP_STEPS = 1 };

#endif
