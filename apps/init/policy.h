/* SPDX-License-Identifier: MIT
 *
 * policy.h: how the first environment divides the machine. Layer: apps/init. Another policy is another policy.c.
 */
#ifndef INIT_POLICY_H
#define INIT_POLICY_H

#include <stdint.h>

enum policy_part { POLICY_SESSION, POLICY_CONSOLE };

/* How much of `available` (what nobody has yet) of a kind of quota (EXO_QUOTA_*) a part gets. Asked for the console first.
 * What nobody gets stays with the first environment. */
uint64_t policy_quota(enum policy_part part, unsigned kind, uint64_t available);

/* How often a console that died is started again before the first environment gives up. */
uint32_t policy_console_restarts(void);

#endif
