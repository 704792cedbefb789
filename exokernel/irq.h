/* SPDX-License-Identifier: MIT
 *
 * irq.h: interrupt lines bound to activations; what is bound is published (struct exo_line). kernel_lock held, but for
 * irq_deliver, which takes it.
 *
 * An interrupt masks its line, counts in the page of each activation that is bound to it, and raises EXO_EVENT_IRQ there.
 * The line is unmasked when each of them has acknowledged, and not before gap_ns have passed since the interrupt: so a
 * storm costs the machine one interrupt a round of those who asked for it, or one a gap. Deferred work is theirs.
 */
#ifndef EXOKERNEL_IRQ_H
#define EXOKERNEL_IRQ_H

#include "env.h"

enum { IRQ_LINES = 256 }; /* a power of two, no fewer than the controllers can have */

/* Binds act to a line as *spec says. 0, -EXO_E_NODEV (no such line, or CPU), -EXO_E_BUSY (bound, and one of them will not
 * share it), -EXO_E_LIMIT (EXO_LINE_USERS are bound, or no vector of that priority is left), -EXO_E_QUOTA. */
int irq_assign(uint32_t line, struct activation *act, const struct exo_irq_spec *spec);

/* Boot: the line is a driver's of the kernel, and nobody else's. handler is called with the lock held, the line masked
 * meanwhile. False: there is no such line, or another driver has it. */
bool irq_claim(uint32_t line, void (*handler)(void));

/* Is one of env's activations bound to it? */
bool irq_bound(uint32_t line, const struct env *env);

/* Takes env's activations (NULL: everybody's) off a line. 0 or -EXO_E_NODEV. */
int irq_release(uint32_t line, struct env *env);

/* env has handled what came. 0, -EXO_E_NODEV, -EXO_E_RIGHTS, -EXO_E_AGAIN (the gap is not over). */
int irq_acknowledge(uint32_t line, struct env *env);

/* env wants no interrupt until it acknowledges. 0, -EXO_E_NODEV, -EXO_E_RIGHTS. */
int irq_hold(uint32_t line, struct env *env);

/* The activation never runs again: its bindings end. */
void irq_forget(struct activation *act);

/* A line interrupted (called by irqchip_interrupt, without the lock). */
void irq_deliver(uint32_t line);

/* Boot: publishes the table. */
void irq_init(void);

#endif
