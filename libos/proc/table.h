/* SPDX-License-Identifier: MIT
 *
 * table.h: the process table, as the files of libos/proc share it. Layer: libos/proc, private.
 */
#ifndef LIBOS_TABLE_H
#define LIBOS_TABLE_H

#include "proc/proc.h"

/* The next entry in use at or after *slot, which moves behind it; NULL at the end. Caller holds table_lock. */
struct process *proc_next(uint32_t *slot);

/* Slot of an entry of the table. */
uint32_t proc_slot_of(const struct process *process);

/* The caller's own slot. */
uint32_t proc_slot(void);

/* Fills a free entry: state PROCESS_STARTING, child of the caller. Caller holds table_lock. */
int proc_entry_find(void);
void proc_entry_fill(struct process *process, const char *name, int pid, int pgrp);

/* Takes a free entry in state PROCESS_STARTING, child of the caller; returns its slot, -EAGAIN (the table is full) or
 * -ENOMEM. */
int proc_entry_alloc(const char *name, int pgrp);

/* Frees an entry; destroys the environment if it still exists. Caller holds table_lock. */
void proc_entry_free(struct process *process);

/* Makes a zombie and tells the parent. Caller holds table_lock. */
void proc_end(struct process *process, int status);

/* Takes the descriptor table out of an entry, so that it is released once. Caller holds table_lock, or is the process. */
session_off proc_files_take(struct process *process);

/* Leaves a signal in a process's word and rings it. */
void proc_signal_send(struct process *process, int sig);

#endif
