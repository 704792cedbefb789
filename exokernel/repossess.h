/* SPDX-License-Identifier: MIT
 *
 * repossess.h: visible revocation, the abort protocol and the repossession vector. kernel_lock held throughout.
 *
 *   asked      a request of one kind stands in the page of activation 0, an event says so; the libOS gives back what it
 *              values least, by the calls that it always has
 *   taken      after the deadline, whoever could ask takes exactly what he names, up to what was asked for; the kernel
 *              chooses nothing
 *   told       the owner finds each thing in its vector; a record that finds no room is counted
 *
 * The kernel's own copies of requests and counters are in struct env: what stands in the page is for the libOS to read, and
 * never read back, but for taken_read, a wrong value of which loses the libOS its own records. (Engler 1995 §3.4, §3.5.)
 */
#ifndef EXOKERNEL_REPOSSESS_H
#define EXOKERNEL_REPOSSESS_H

#include "env.h"

/* Makes, replaces or withdraws (amount 0) a request, for a holder of `asker`. 0, or -EXO_E_BUSY: somebody asks whose name
 * the asker's does not dominate. */
int revocation_ask(struct env *env, uint32_t kind, uint64_t amount, uint64_t deadline_ns, struct cap_name asker);

/* May something of this kind be taken now? 0, -EXO_E_STATE (nothing was asked for, or all of it was taken), -EXO_E_BUSY (the
 * deadline is to come), -EXO_E_AGAIN (frames that were taken before are still being unmapped). */
int revocation_due(const struct env *env, uint32_t kind);

/* Takes one thing from env, whose request is due, for a holder of `cap` (with CONTROL), whose quota entry is
 * `quota`. 0, -EXO_E_RIGHTS, -EXO_E_FRAME,
 * -EXO_E_NODEV, -EXO_E_ARG. revocation_end: after the last of a call: tells env, and begins the clean-up. */
int revocation_take(struct env *env, uint32_t kind, uint64_t name, const struct exo_cap *cap, uint16_t quota);
void revocation_end(struct env *env);

/* One bounded step of the clean-up: asks a few environments to be swept that may map what was taken from env. True when it
 * was the last. */
bool revocation_step(struct env *env);

/* Activation 0 was made: shows it what was asked before. */
void revocation_show(struct env *env);

/* Enters a record in env's vector; tell raises the event, once for any number of records before it. */
void repossess(struct env *env, uint32_t kind, uint32_t name, uint64_t where);
void repossess_tell(struct env *env);

/* A slice was taken from the environment with this id, if there is one. tell: wakes it for that; else it is woken only when
 * half of its vector is not read yet, so that slices, which come and go, leave room for what matters more. */
void repossess_slice(env_id_t id, uint32_t cpu, uint32_t position, bool tell);

#endif
