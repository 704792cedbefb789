/* SPDX-License-Identifier: MIT
 *
 * budget.h: how much memory may be promised. Layer: libos/mem, above exo; pages are the unit.
 *
 * Heap and writable mappings get their frames when they are touched. So that a program hears of memory that is used up from
 * malloc and mmap, not from a death at some store, what is promised and not yet there is counted, for this process and, by
 * a word of the session's process table, for the others: promises never exceed what is free, but for stacks, for which a
 * reserve is kept. It is a count, not a lock: two processes that ask at the same moment may both be granted the last pages.
 */
#ifndef LIBOS_BUDGET_H
#define LIBOS_BUDGET_H

#include <stdbool.h>
#include <stdint.h>

/* Where this process's promise is published; NULL: nowhere. The word must never page-fault. */
void budget_publish(uint32_t *word);

/* May `pages` more be promised, or used at once, under the capability in a slot of this environment? Not called with
 * vm_lock held, as it may fault. */
bool budget_grants(uint32_t slot, uint64_t pages);

/* The promise grew (or shrank) by so many pages. Called with vm_lock held. */
void budget_change(int64_t pages);

/* Provided by the process code: what all other processes are promised, and how many there are. */
uint64_t budget_of_others(uint32_t *processes);

#endif
