/* SPDX-License-Identifier: MIT
 *
 * wait.h: wakeup predicates, doorbells, watches, deadlines. kernel_lock held throughout.
 *
 * A sleeper hangs, once a term, in the list of the frame that holds the term's word. It is put there before its predicate
 * is evaluated, so a doorbell between the two cannot be missed; all of it happens under kernel_lock. Only a doorbell,
 * an event or a deadline looks at it again. (Engler 1995 §5.2; Kaashoek 1997 §5, "wakeup predicates".)
 */
#ifndef EXOKERNEL_WAIT_H
#define EXOKERNEL_WAIT_H

#include "env.h"

enum { WAIT_ASLEEP = -1000 }; /* wait_begin: the activation must leave the CPU */

/* Puts act to sleep on the checked terms, whose words have the given physical addresses. Returns a result of the wait
 * call if there is one already, else WAIT_ASLEEP with the activation WAITING. */
int64_t wait_begin(struct activation *act, const struct exo_term *terms, const uint64_t *words, uint32_t n,
                   uint64_t deadline_ns);

/* Sets or (word 0) removes a standing watch. 0 or -EXO_E_LIMIT. */
int wait_watch(struct activation *act, uint32_t index, uint64_t word);

/* Somebody rang at a word. Returns how many sleepers were woken and watchers told. */
int64_t wait_doorbell(uint64_t word);

/* Wakes an activation that waits: it will see result. No effect in other states. */
void wait_wake(struct activation *act, int64_t result);

/* The frame is about to be freed: its sleepers get -EXO_E_FRAME, its watches are removed. */
void wait_frame_gone(frame_t frame);

/* Its environment lost a capability: waits and watches on frames that it may no longer map end likewise. */
void wait_sweep(struct activation *act);

/* Unlinks everything of an activation that ends. */
void wait_forget(struct activation *act);

/* Deadlines: brings the activation's place in its CPU's heap up to date; handles what is due (a bounded number, then
 * returns true if more is due). The next one (~0: none) stands in struct cpu. */
void deadline_update(struct activation *act);
bool deadline_run(uint32_t cpu, uint64_t now_ns);
void deadline_init(uint32_t cpu, uint16_t *heap);

#endif
