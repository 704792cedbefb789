/* SPDX-License-Identifier: MIT
 *
 * default.c: the policy of a program that names none. Layer: libos/sched.
 */
#include "sched/policy.h"

__attribute__((weak)) const struct sched_policy *const sched_policy = &sched_round_robin;
