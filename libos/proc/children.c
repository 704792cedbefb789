/* SPDX-License-Identifier: MIT
 *
 * children.c: finding children that could not say goodbye, and waiting for those that ended.
 *
 * Layer: libos/proc. A child that was destroyed, or stopped by a fault in its libOS, is known by the published table of
 * environments; EXO_EVENT_CHILD says when to look. What it held is given back by who finds it.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>

#include "exo/exo.h"
#include "fs/file.h"
#include "proc/session_sys.h"
#include "proc/table.h"

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

/* What was found out about a child under the lock, to be told after it. */
struct crash {
    struct process process; /* a copy */
    session_off files;
    unsigned vector;
    int stopped; /* by a fault in its libOS; else it is gone */
};

/* Was it being started by a parent that is dead by now? The first environment, one of whose threads alone starts any,
 * inherits such. */
static int process_abandoned(const struct process *process)
{
    return proc_pid() == PROC_INIT_PID && process->state == PROCESS_STARTING && !process->placed;
}

/* Is another thread of this process still at it? */
static int process_unfinished(const struct process *process)
{
    return process->env == 0 || (process->state == PROCESS_STARTING && !process->placed);
}

/* If the environment of a living process is gone or stopped, or will never run: makes a zombie of it. Returns 1 if it did. */
static int process_check(struct process *process, struct crash *crash)
{
    int status = PROC_KILLED(SIGKILL);
    int abandoned = process_abandoned(process);
    if (process->state == PROCESS_ZOMBIE || (!abandoned && (process_unfinished(process) || session_sys_runs(process->env))))
        return 0;
    if (abandoned && process->env != 0)
        exo_env_destroy(proc_cap(), process->env);
    crash->stopped = session_sys_stopped(process->env, &crash->vector);
    if (crash->stopped) {
        status = PROC_KILLED(signal_of_vector(crash->vector));
        exo_env_destroy(proc_cap(), process->env);
    }
    crash->process = *process;
    crash->files = proc_files_take(process);
    proc_end(process, status);
    return 1;
}

static int check_one(struct crash *crash)
{
    struct session_header *header = session_header();
    uint32_t next = 0;
    int found = 0;
    session_lock_acquire(&header->table_lock);
    for (struct process *child; !found && (child = proc_next(&next)) != NULL;)
        if (child->parent == proc_slot() && child != proc_self())
            found = process_check(child, crash);
    session_lock_release(&header->table_lock);
    return found;
}

static void report_plainly(const struct process *process, unsigned vector)
{
    char text[128];
    int bytes = snprintf(text, sizeof text, "%s (pid %d): stopped by exception %u in its own library\n", process->name,
                         process->pid, vector);
    exo_message(text, (size_t)bytes);
}

void proc_check_children(proc_report_fn *report)
{
    struct crash crash;
    if (proc_pid() == PROC_INIT_PID)
        session_sys_end_strays();
    while (proc_self() != NULL && check_one(&crash)) {
        fd_table_release(crash.files);
        if (crash.stopped)
            (report ? report : report_plainly)(&crash.process, crash.vector);
    }
}

static int wait_matches(const struct process *child, int pid)
{
    if (child->parent != proc_slot() || child == proc_self())
        return 0;
    if (pid > 0)
        return child->pid == pid;
    return pid == -1 || child->pgrp == (pid == 0 ? proc_self()->pgrp : -pid);
}

/* Reaps one matching zombie: its pid; 0: none has ended yet; -ECHILD: none matches. */
static int wait_scan(int pid, int *status)
{
    struct session_header *header = session_header();
    int result = -ECHILD;
    uint32_t next = 0;
    session_lock_acquire(&header->table_lock);
    for (struct process *child; result <= 0 && (child = proc_next(&next)) != NULL;) {
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
    if (proc_self() == NULL)
        return -ECHILD;
    for (;;) {
        uint32_t seen = __atomic_load_n(&proc_self()->children, __ATOMIC_ACQUIRE);
        proc_check_children(NULL);
        int result = wait_scan(pid, status);
        if (result != 0 || options & WNOHANG)
            return result;
        result = session_wait(&proc_self()->children, seen, EXO_FOREVER, WAIT_CHILD);
        if (result == -EINTR)
            return result;
    }
}

void proc_child_event(void)
{
    if (proc_self() != NULL)
        proc_notify(proc_slot());
}
