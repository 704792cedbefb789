/* SPDX-License-Identifier: MIT
 *
 * reclaim.h: what a program does when memory is asked back (visible revocation, Engler 1995 §3.4), and how it learns what
 * was taken by force (§3.5). Layer: libos/mem, above vm and sched. Only programs that call something here link it; in all
 * others nothing is given back, and nobody reads the repossession vector.
 *
 * A thread waits for EXO_EVENT_REVOKE; it never ends, so a program that links this ends by exit, not with its last thread.
 * A request for frames goes to reclaim_give_back, records of the vector to reclaim_taken: both are the program's to define,
 * and run in that thread, where everything is allowed.
 *
 * A page that was taken is told from one that was never touched before any fault is served or anything mapped: the region
 * table is brought up to date with the vector whenever vm_lock is taken. If the page was droppable it reads as zero; else
 * its region becomes REGION_TAKEN, and touching it is SIGBUS (BUS_OBJERR) until something is mapped there again.
 */
#ifndef LIBOS_RECLAIM_H
#define LIBOS_RECLAIM_H

#include <stddef.h>
#include <stdint.h>

#include "exo/exo.h"

/* Starts the thread; the second call and later ones do nothing. Returns 0, -ENOMEM or -EAGAIN. */
int reclaim_start(void);

/* Says what a range is worth (1 to 255): its pages may be given back at any time, those of the lowest worth first; each
 * then reads as zero, as after madvise(MADV_FREE). 0: they may not any more (those that are gone stay zero). The range
 * must be whole pages of anonymous memory or heap. Starts the thread. Returns 0, -EINVAL, or -ENOMEM (a hole, no memory). */
int reclaim_droppable(vaddr_t address, size_t bytes, uint8_t worth);

/* Gives up to so many droppable pages back, the least worth first. Returns how many. */
uint64_t reclaim_drop(uint64_t pages);

/* Policy: frames are asked for by deadline_ns (exo_clock_ns; it may have passed). Returns how many were given back. The
 * library's own (weak) drops what is droppable, and nothing else. Called once for each request. */
uint64_t reclaim_give_back(uint64_t frames, uint64_t deadline_ns);

/* n (1 or more, or 0 if lost is not) things were taken by force; `lost` more records found no room in the vector: pages
 * among them read as zero. The library's own (weak) calls reclaim_say. */
void reclaim_taken(const struct exo_taken *taken, uint32_t n, uint64_t lost);

/* Writes one line that names the program and all of them (exo_message). */
void reclaim_say(const struct exo_taken *taken, uint32_t n, uint64_t lost);

#endif
