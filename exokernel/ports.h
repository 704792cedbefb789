/* SPDX-License-Identifier: MIT
 *
 * ports.h: I/O ports bound to environments. kernel_lock held after boot.
 */
#ifndef EXOKERNEL_PORTS_H
#define EXOKERNEL_PORTS_H

#include "env.h"

enum { PORT_RANGES_MAX = 1024 }; /* of all environments: the root's quota */

/* Lets env use n ports from first. 0, -EXO_E_RIGHTS (a port that is never bound), -EXO_E_BUSY (somebody's),
 * -EXO_E_LIMIT, -EXO_E_QUOTA. */
int ports_assign(struct env *env, uint16_t first, uint32_t n);

/* Takes the range that begins with this port away, at once on all CPUs. Its last port, or -EXO_E_NODEV. */
int ports_take(struct env *env, uint64_t first);

/* Boot: publishes the table. */
void ports_init(void);

/* Boot: ports that are never bound, beyond those that every PC has (ACPI's). */
void ports_forbid(uint16_t first, uint16_t last);

#endif
