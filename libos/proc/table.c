/* SPDX-License-Identifier: MIT
 *
 * table.c: the process table: entries by slot and pid, taking and freeing them.
 *
 * Layer: libos/proc. Entries change under table_lock. Chunks of entries are made when needed and never moved, so that
 * session_lock.owner stays meaningful; `generation` tells users of one slot apart.
 */
#include "proc/table.h"

#include <errno.h>
#include <string.h>

#include "exo/exo.h"
#include "proc/session_sys.h"

struct process *proc_at(uint32_t slot)
{
    if (slot >= PROCESS_CHUNK * PROCESS_CHUNKS)
        return NULL;
    struct process *chunk = session_at(session_header()->chunk[slot / PROCESS_CHUNK]);
    return chunk ? &chunk[slot % PROCESS_CHUNK] : NULL;
}

struct process *proc_next(uint32_t *slot)
{
    while (*slot < session_header()->slots) {
        struct process *process = proc_at((*slot)++);
        if (process != NULL && process->state != PROCESS_FREE)
            return process;
    }
    return NULL;
}

struct process *proc_find(int pid)
{
    uint32_t slot = 0;
    for (struct process *process; (process = proc_next(&slot)) != NULL;)
        if (process->pid == pid)
            return process;
    return NULL;
}

env_id_t proc_env(int pid)
{
    if (proc_self() == NULL)
        return 0;
    session_lock_acquire(&session_header()->table_lock);
    const struct process *process = proc_find(pid);
    env_id_t env = process ? process->env : 0;
    session_lock_release(&session_header()->table_lock);
    return env;
}

uint32_t proc_slot_of(const struct process *process)
{
    uint32_t slot = 0;
    while (proc_at(slot) != process)
        slot++;
    return slot;
}

static int pid_next(void)
{
    struct session_header *header = session_header();
    do
        header->last_pid = header->last_pid < PROCESS_PID_MAX ? header->last_pid + 1 : PROC_INIT_PID + 1;
    while (proc_find(header->last_pid) != NULL);
    return header->last_pid;
}

int proc_entry_find(void)
{
    struct session_header *header = session_header();
    uint32_t slot = 0;
    while (slot < header->slots && proc_at(slot)->state != PROCESS_FREE)
        slot++;
    if (slot >= PROCESS_CHUNK * PROCESS_CHUNKS)
        return -EAGAIN;
    session_off *chunk = &header->chunk[slot / PROCESS_CHUNK];
    if (*chunk == 0)
        *chunk = session_alloc(PROCESS_CHUNK * sizeof(struct process));
    if (*chunk == 0)
        return -ENOMEM;
    if (slot >= header->slots)
        header->slots = slot + 1;
    return (int)slot;
}

void proc_entry_fill(struct process *process, const char *name, int pid, int pgrp)
{
    uint32_t generation = process->generation;
    memset(process, 0, sizeof *process);
    process->generation = generation;
    process->pid = pid;
    process->ppid = proc_pid();
    process->parent = proc_slot();
    process->pgrp = pgrp > 0 ? pgrp : pgrp < 0 && proc_self() ? proc_self()->pgrp : pid;
    process->start_ns = session_sys_now_ns();
    strncpy(process->name, name, PROCESS_NAME - 1);
    process->state = PROCESS_STARTING;
}

int proc_entry_alloc(const char *name, int pgrp)
{
    struct session_header *header = session_header();
    session_lock_acquire(&header->table_lock);
    int slot = proc_entry_find();
    if (slot >= 0) {
        proc_entry_fill(proc_at((uint32_t)slot), name, pid_next(), pgrp);
        header->spawned++;
    }
    session_lock_release(&header->table_lock);
    return slot;
}

void proc_entry_free(struct process *process)
{
    if (process->env != 0)
        exo_env_destroy(proc_cap(), process->env);
    if (process->kept_len)
        session_sys_end_below(&(struct exo_cap){.bits = process->kept_bits, .len = (uint8_t)process->kept_len});
    process->generation++;
    __atomic_store_n(&process->state, PROCESS_FREE, __ATOMIC_RELEASE);
    session_header()->reaped++;
}

void proc_keeps(const struct exo_cap *name)
{
    struct process *self = proc_self();
    if (self == NULL)
        return;
    self->kept_bits = name->bits;
    self->kept_len = name->len;
}
