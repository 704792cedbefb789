/* SPDX-License-Identifier: MIT
 *
 * bind.h: interrupt lines and I/O ports bound to environments. kernel_lock held, but for irq_deliver, which takes it.
 *
 * An interrupt masks its line, counts in the activation's page, and raises EXO_EVENT_IRQ; the environment unmasks it when
 * it has handled it, so a storm costs one interrupt a round of the environment that asked for it.
 */
#ifndef EXOKERNEL_BIND_H
#define EXOKERNEL_BIND_H

#include "env.h"

enum { IRQ_LINES_MAX = 256 };

/* Binds a line (act NULL: unbinds and masks it). 0, -EXO_E_NODEV, -EXO_E_BUSY (bound to another environment). */
int irq_assign(uint32_t line, struct activation *act, uint32_t index);

/* Unmasks a line of env. 0, -EXO_E_NODEV, -EXO_E_RIGHTS. */
int irq_acknowledge(uint32_t line, struct env *env);

/* A line interrupted (called by trap(), without the lock). */
void irq_deliver(uint32_t line);

/* Lets env use n ports from first. 0, -EXO_E_RIGHTS (a port that is never bound), -EXO_E_BUSY (somebody's),
 * -EXO_E_LIMIT. And takes all its ports away: returns 0. */
int ports_assign(struct env *env, uint16_t first, uint32_t n);
int ports_take_away(struct env *env);

/* Boot: ports that are never bound, beyond those that every PC has (ACPI's). */
void ports_forbid(uint16_t first, uint16_t last);

#endif
