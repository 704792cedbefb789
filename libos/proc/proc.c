/* SPDX-License-Identifier: MIT
 *
 * proc.c: this process: joining the session, its shared pages, its end.
 *
 * Layer: libos/proc. Order when a process ends: descriptors, orphans, status, state, parent's words; each step alone is
 * harmless, so one that dies half-way is at worst found by its parent (children.c).
 */
#include "proc/proc.h"

#include <errno.h>
#include <signal.h>

#include "exo/exo.h"
#include "fs/file.h"
#include "mem/budget.h"
#include "proc/session_map.h"
#include "proc/session_sys.h"
#include "proc/table.h"

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
uint32_t proc_slot(void) { return self_slot; }

uint32_t proc_lock_owner(void)
{
    return self ? (self->generation & 0xffff) << 16 | (self_slot + 1) : 0;
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
    int entry = proc_entry_find();
    if (entry < 0)
        return entry;
    proc_entry_fill(proc_at(PROC_INIT_SLOT), "init", PROC_INIT_PID, PROC_INIT_PID);
    self = proc_at(PROC_INIT_SLOT);
    self->env = session_sys_self();
    self->state = PROCESS_RUNNING;
    budget_publish(&self->promised);
    return 0;
}

/* Read without the lock: a sum that is a little old does no harm. */
uint64_t budget_of_others(uint32_t *processes)
{
    uint64_t pages = 0;
    uint32_t next = 0;
    if (self != NULL)
        for (struct process *process; (process = proc_next(&next)) != NULL;) {
            if (process == self || process->state == PROCESS_ZOMBIE)
                continue;
            pages += __atomic_load_n(&process->promised, __ATOMIC_RELAXED);
            ++*processes;
        }
    return pages;
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
    budget_publish(&self->promised);
    self->threads = session_sys_threads();
    exo_watch(PROC_WATCH, &self->signals);
    if (__atomic_load_n(&self->signals, __ATOMIC_ACQUIRE) != 0)
        exo_doorbell(&self->signals); /* sent before the watch was there */
    proc_attach_terminal();
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

static void tell_parent(uint32_t slot)
{
    if (slot != PROC_INIT_SLOT)
        proc_signal_send(proc_at(slot), SIGCHLD);
    proc_notify(slot);
}

/* Gives the children of an ending process to the first environment. */
static void orphans_give(uint32_t slot)
{
    uint32_t next = 0;
    int tell = 0;
    for (struct process *child; (child = proc_next(&next)) != NULL;) {
        if (child->parent != slot || child->pid == PROC_INIT_PID)
            continue;
        child->ppid = PROC_INIT_PID;
        child->parent = PROC_INIT_SLOT;
        tell = 1;
    }
    if (tell)
        tell_parent(PROC_INIT_SLOT);
}

void proc_end(struct process *process, int status)
{
    orphans_give(proc_slot_of(process));
    process->status = status;
    __atomic_store_n(&process->state, PROCESS_ZOMBIE, __ATOMIC_RELEASE);
    tell_parent(process->parent);
}

session_off proc_files_take(struct process *process)
{
    return __atomic_exchange_n(&process->files, 0, __ATOMIC_ACQ_REL);
}

_Noreturn void proc_exit(int status)
{
    if (self != NULL) {
        struct session_header *header = session_header();
        fd_table_attach(0);
        fd_table_release(proc_files_take(self));
        session_lock_acquire(&header->table_lock);
        proc_end(self, status);
        session_lock_release(&header->table_lock);
    }
    for (;;)
        exo_env_destroy(0, 0);
}
