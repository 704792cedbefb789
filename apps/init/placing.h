/* SPDX-License-Identifier: MIT
 *
 * placing.h: CPU time for whoever asks: the first environment owns all slices and binds them as the slice policy and division.h
 * say. Layer: apps/init. It goes by what the kernel publishes, of which nobody can pretend anything: which environment made
 * which.
 */
#ifndef INIT_PLACING_H
#define INIT_PLACING_H

#include "abi/types.h"
#include "slices.h"

void placing_start(void);
void placing_policy(const struct slice_policy *policy);

/* Sets the weight of an environment that this one started; nothing if it has ended. */
void placing_weigh(env_id_t env, uint32_t weight);

/* From now on a thread of its own answers the requests of the session, and divides anew when it is time to. */
void placing_serve(void);

#endif
