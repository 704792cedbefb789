/* SPDX-License-Identifier: MIT
 *
 * proc.c: the process table: entries, joining, ending, waiting for children.
 *
 * Layer: libos/proc. Entries change under table_lock. `signals` and `children` are changed atomically by anybody and rung.
 * Order when a process ends: status, state, parent's words; each step alone is harmless, so a holder of the lock that
 * dies half-way leaves at worst a child that its parent finds by proc_check_children(). Slots are never moved, so that
 * session_lock.owner stays meaningful; `generation` tells users of one slot apart.
 */
#include "proc/proc.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#include "exo/exo.h"
#include "proc/session_map.h"
#include "proc/session_sys.h"

static const struct start_block *start_block;
static struct process *self;
static uint32_t self_slot;
static uint32_t cap_slot;            /* with the session's capability */
static uint32_t shared_cap = EXO_PT_ACL; /* what justifies mappings of terminal and boot image */
static int attached;                 /* the header can be read */

struct process *proc_self(void) { return self; }
int proc_pid(void) { return self ? self->pid : 0; }
int proc_ppid(void) { return self ? self->ppid : 0; }
const struct start_block *proc_start(void) { return start_block; }
uint32_t proc_cap(void) { return cap_slot; }

uint32_t proc_lock_owner(void)
{
    return self ? (self->generation & 0xffff) << 16 | (self_slot + 1) : 0;
}

struct process *proc_at(uint32_t slot)
{
    if (slot >= PROCESS_CHUNK * PROCESS_CHUNKS)
        return NULL;
    struct process *chunk = session_at(session_header()->chunk[slot / PROCESS_CHUNK]);
    return chunk ? &chunk[slot % PROCESS_CHUNK] : NULL;
}

/* The next entry in use at or after *slot, which moves behind it; NULL at the end. Caller holds table_lock. */
static struct process *next_used(uint32_t *slot)
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
    for (struct process *process; (process = next_used(&slot)) != NULL;)
        if (process->pid == pid)
            return process;
    return NULL;
}

/* ---- Entries ---- */

static int pid_next(void)
{
    struct session_header *header = session_header();
    do
        header->last_pid = header->last_pid < PROCESS_PID_MAX ? header->last_pid + 1 : PROC_INIT_PID + 1;
    while (proc_find(header->last_pid) != NULL);
    return header->last_pid;
}

/* A free slot, with its chunk made; -EAGAIN if the table is full, -ENOMEM. */
static int slot_find(void)
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

static void entry_fill(struct process *process, const char *name, int pid, int pgrp)
{
    uint32_t generation = process->generation;
    memset(process, 0, sizeof *process);
    process->generation = generation;
    process->pid = pid;
    process->ppid = proc_pid();
    process->parent = self_slot;
    process->pgrp = pgrp > 0 ? pgrp : pgrp < 0 && self ? self->pgrp : pid;
    process->start_ns = session_sys_now_ns();
    strncpy(process->name, name, PROCESS_NAME - 1);
    process->state = PROCESS_STARTING;
}

int proc_entry_alloc(const char *name, int pgrp)
{
    struct session_header *header = session_header();
    session_lock_acquire(&header->table_lock);
    int slot = slot_find();
    if (slot >= 0) {
        entry_fill(proc_at((uint32_t)slot), name, pid_next(), pgrp);
        header->spawned++;
    }
    session_lock_release(&header->table_lock);
    return slot;
}

void proc_entry_free(struct process *process)
{
    for (uint32_t i = 0; i < process->slices; i++)
        exo_slice_free(cap_slot, process->cpu, process->slice[i]);
    process->slices = 0;
    if (process->env != 0)
        exo_env_destroy(cap_slot, process->env);
    process->generation++;
    __atomic_store_n(&process->state, PROCESS_FREE, __ATOMIC_RELEASE);
    session_header()->reaped++;
}

/* ---- Joining ---- */

int proc_session_create(uint32_t slot, const struct exo_cap *cap)
{
    cap_slot = slot;
    shared_cap = 0;
    int result = session_map_create();
    if (result != 0)
        return result;
    struct session_header *header = session_header();
    header->cap = *cap;
    attached = 1;
    header->last_pid = PROC_INIT_PID;
    int entry = slot_find();
    if (entry < 0)
        return entry;
    entry_fill(proc_at(PROC_INIT_SLOT), "init", PROC_INIT_PID, PROC_INIT_PID);
    self = proc_at(PROC_INIT_SLOT);
    self->env = session_sys_self();
    self->state = PROCESS_RUNNING;
    return 0;
}

int proc_attach(const struct start_block *start)
{
    if (start == NULL || start->magic != START_MAGIC)
        return -EINVAL;
    start_block = start;
    if (!(start->flags & START_SESSION))
        return 0;
    if (start->session_hash != SESSION_LAYOUT || session_header()->magic != SESSION_MAGIC)
        return -ENOEXEC;
    attached = 1;
    self_slot = start->process_slot;
    self = proc_at(self_slot);
    __atomic_store_n(&self->state, PROCESS_RUNNING, __ATOMIC_RELEASE);
    exo_watch(PROC_WATCH, &self->signals);
    if (__atomic_load_n(&self->signals, __ATOMIC_ACQUIRE) != 0)
        exo_doorbell(&self->signals); /* sent before the watch was there */
    return 0;
}

static int shared_fault(uint64_t address, uint64_t base, uint32_t frame, uint32_t pages, int prot)
{
    uint64_t page = (address - base) / EXO_PAGE_BYTES;
    if (page >= pages)
        return 0;
    uint32_t count = pages - page > 64 ? 64 : (uint32_t)(pages - page);
    struct exo_pt_op op = {
        .va = base + page * EXO_PAGE_BYTES,
        .frame = frame + (uint32_t)page,
        .count = count,
        .op = EXO_PT_MAP,
        .prot = (uint8_t)prot,
        .cap = (uint8_t)shared_cap,
    };
    return exo_pt_update(0, EXO_CAP_NONE, &op, 1) == 1;
}

int session_fault(uint64_t address, int write)
{
    if (!attached)
        return 0;
    struct session_header *header = session_header();
    if (address >= EXO_SESSION_BASE && address < EXO_SESSION_END)
        return session_map_fault(address);
    if (address >= EXO_TTY_BASE && address < EXO_BOOT_IMAGE_BASE)
        return shared_fault(address, EXO_TTY_BASE, header->tty_frame, header->tty_pages, EXO_PROT_WRITE);
    if (address >= EXO_BOOT_IMAGE_BASE && address < EXO_START_BASE && !write)
        return shared_fault(address, EXO_BOOT_IMAGE_BASE, header->boot_frame, header->boot_pages, 0);
    return 0;
}

/* ---- Ending ---- */

void proc_notify(uint32_t slot)
{
    struct process *process = proc_at(slot);
    __atomic_fetch_add(&process->children, 1, __ATOMIC_ACQ_REL);
    session_wake(&process->children);
}

/* Leaves a signal in a process's word and rings it. */
static void signal_send(struct process *process, int sig)
{
    __atomic_fetch_or(&process->signals, 1u << sig, __ATOMIC_ACQ_REL);
    exo_doorbell(&process->signals);
}

static void tell_parent(uint32_t slot)
{
    if (slot != PROC_INIT_SLOT)
        signal_send(proc_at(slot), SIGCHLD);
    proc_notify(slot);
}

/* Gives the children of an ending process to the first environment. */
static void orphans_give(uint32_t slot)
{
    uint32_t next = 0;
    int tell = 0;
    for (struct process *child; (child = next_used(&next)) != NULL;) {
        if (child->parent != slot || child->pid == PROC_INIT_PID)
            continue;
        child->ppid = PROC_INIT_PID;
        child->parent = PROC_INIT_SLOT;
        tell = 1;
    }
    if (tell)
        tell_parent(PROC_INIT_SLOT);
}

/* The slot of an entry, found by its pid. */
static uint32_t slot_of(const struct process *process)
{
    uint32_t slot = 0;
    while (proc_at(slot) != process)
        slot++;
    return slot;
}

/* Makes a zombie. Caller holds table_lock. */
static void process_end(struct process *process, int status)
{
    orphans_give(slot_of(process));
    process->status = status;
    __atomic_store_n(&process->state, PROCESS_ZOMBIE, __ATOMIC_RELEASE);
    tell_parent(process->parent);
}

/* Takes the descriptor table out of an entry, so that it is released once. Caller holds table_lock. */
static session_off files_take(struct process *process)
{
    return __atomic_exchange_n(&process->files, 0, __ATOMIC_ACQ_REL);
}

static void files_release(session_off files)
{
    if (files)
        fd_table_release(files);
}

_Noreturn void proc_exit(int status)
{
    if (self != NULL) {
        struct session_header *header = session_header();
        files_release(files_take(self));
        session_lock_acquire(&header->table_lock);
        process_end(self, status);
        session_lock_release(&header->table_lock);
    }
    for (;;)
        exo_env_destroy(0, 0);
}

/* ---- Children that could not say goodbye ---- */

static int signal_of_vector(unsigned vector)
{
    switch (vector) {
    case 0:
    case 16:
    case 19:
        return SIGFPE;
    case 1:
    case 3:
        return SIGTRAP;
    case 6:
        return SIGILL;
    case 17:
        return SIGBUS;
    default:
        return SIGSEGV;
    }
}

/* If the environment of a living process is gone or stopped: makes a zombie of it. Returns 1 if it did. */
static int process_check(struct process *process, void (*report)(const struct process *, unsigned))
{
    unsigned vector = 0;
    int status = PROC_KILLED(SIGKILL);
    if (process->env == 0 || process->state == PROCESS_ZOMBIE || session_sys_runs(process->env))
        return 0;
    if (session_sys_stopped(process->env, &vector)) {
        status = PROC_KILLED(signal_of_vector(vector));
        if (report)
            report(process, vector);
        exo_env_destroy(cap_slot, process->env);
    }
    process_end(process, status);
    return 1;
}

/* One crashed child made a zombie, its descriptors released. Returns 0 when there is none. */
static int check_one(void (*report)(const struct process *, unsigned))
{
    struct session_header *header = session_header();
    session_off files = 0;
    uint32_t next = 0;
    int found = 0;
    session_lock_acquire(&header->table_lock);
    for (struct process *child; !found && (child = next_used(&next)) != NULL;) {
        if (child->parent != self_slot || child == self)
            continue;
        found = process_check(child, report);
        if (found)
            files = files_take(child);
    }
    session_lock_release(&header->table_lock);
    files_release(files);
    return found;
}

void proc_check_children(void (*report)(const struct process *process, unsigned vector))
{
    while (self != NULL && check_one(report))
        ;
}

/* ---- wait ---- */

static int wait_matches(const struct process *child, int pid)
{
    if (child->parent != self_slot || child == self)
        return 0;
    if (pid > 0)
        return child->pid == pid;
    return pid == -1 || child->pgrp == (pid == 0 ? self->pgrp : -pid);
}

/* Reaps one matching zombie: its pid; 0: none has ended yet; -ECHILD: none matches. */
static int wait_scan(int pid, int *status)
{
    struct session_header *header = session_header();
    int result = -ECHILD;
    uint32_t next = 0;
    session_lock_acquire(&header->table_lock);
    for (struct process *child; result <= 0 && (child = next_used(&next)) != NULL;) {
        if (!wait_matches(child, pid))
            continue;
        result = 0;
        if (child->state == PROCESS_ZOMBIE) {
            result = child->pid;
            if (status)
                *status = child->status;
            proc_entry_free(child);
        }
    }
    session_lock_release(&header->table_lock);
    return result;
}

int proc_wait(int pid, int options, int *status)
{
    if (self == NULL)
        return -ECHILD;
    for (;;) {
        uint32_t seen = __atomic_load_n(&self->children, __ATOMIC_ACQUIRE);
        proc_check_children(NULL);
        int result = wait_scan(pid, status);
        if (result != 0 || options & WNOHANG)
            return result;
        seen += __atomic_load_n(&self->children, __ATOMIC_ACQUIRE) != seen;
        result = session_wait(&self->children, seen, EXO_FOREVER);
        if (result == -EINTR)
            return result;
    }
}

void proc_child_event(void)
{
    if (self != NULL)
        proc_notify(self_slot);
}

void proc_doorbell_event(void)
{
    uint32_t bits = self ? __atomic_exchange_n(&self->signals, 0, __ATOMIC_ACQ_REL) : 0;
    for (int sig = 1; sig < 32; sig++)
        if (bits & 1u << sig)
            signal_post(sig);
}

/* ---- kill ---- */

/* Sends to one process. *files: what is to be released after the lock. */
static int kill_one(struct process *process, int sig, session_off *files)
{
    if (sig == 0 || process->state == PROCESS_ZOMBIE)
        return 0;
    if (process->pid == PROC_INIT_PID)
        return -EPERM;
    if (sig != SIGKILL || process == self) {
        signal_send(process, sig);
        return 0;
    }
    if (process->env == 0)
        return -ESRCH;
    exo_env_destroy(cap_slot, process->env);
    process_end(process, PROC_KILLED(SIGKILL));
    *files = files_take(process);
    return 0;
}

static int kill_matches(const struct process *process, int pid)
{
    if (pid > 0)
        return process->pid == pid;
    if (pid == -1)
        return process != self && process->pid != PROC_INIT_PID;
    return process->pgrp == (pid == 0 ? self->pgrp : -pid);
}

int proc_kill(int pid, int sig)
{
    struct session_header *header = session_header();
    int result = -ESRCH;
    if (sig < 0 || sig >= 32)
        return -EINVAL;
    if (self == NULL)
        return -ESRCH;
    for (uint32_t next = 0, more = 1; more;) {
        session_off files = 0;
        session_lock_acquire(&header->table_lock);
        struct process *process = next_used(&next);
        more = process != NULL;
        if (more && kill_matches(process, pid)) {
            int one = kill_one(process, sig, &files);
            result = one == 0 || result == -ESRCH ? one : result;
        }
        session_lock_release(&header->table_lock);
        files_release(files);
    }
    return result;
}
