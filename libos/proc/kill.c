/* SPDX-License-Identifier: MIT
 *
 * kill.c: signals between processes: a bit in the receiver's word and a doorbell; SIGKILL by capability.
 *
 * Layer: libos/proc. What a signal does is decided by the receiver's libOS; one that does not listen any longer can only
 * be killed. The caller's signals word is watched (proc_attach) and taken in the event upcall.
 */
#include <errno.h>
#include <signal.h>

#include "exo/exo.h"
#include "fs/file.h"
#include "posix/signal_core.h"
#include "proc/session_sys.h"
#include "proc/table.h"

void proc_signal_send(struct process *process, int sig)
{
    __atomic_fetch_or(&process->signals, 1u << sig, __ATOMIC_ACQ_REL);
    exo_doorbell(&process->signals);
}

void proc_doorbell_event(void)
{
    uint32_t bits = proc_self() ? __atomic_exchange_n(&proc_self()->signals, 0, __ATOMIC_ACQ_REL) : 0;
    for (int sig = 1; sig < 32; sig++)
        if (bits & 1u << sig)
            signal_post(sig);
}

/* Sends to one process. *files: what is to be released after the lock. */
static int kill_one(struct process *process, int sig, session_off *files)
{
    if (sig == 0 || process->state == PROCESS_ZOMBIE)
        return 0;
    if (process->pid == PROC_INIT_PID)
        return -EPERM;
    if (sig != SIGKILL || process == proc_self()) {
        proc_signal_send(process, sig);
        return 0;
    }
    if (process->env == 0 || (process->state == PROCESS_STARTING && !process->placed && session_sys_runs(process->env)))
        return -ESRCH; /* its parent is still at it */
    exo_env_destroy(proc_cap(), process->env);
    proc_end(process, PROC_KILLED(SIGKILL));
    *files = proc_files_take(process);
    return 0;
}

static int kill_matches(const struct process *process, int pid)
{
    if (pid > 0)
        return process->pid == pid;
    if (pid == -1)
        return process != proc_self() && process->pid != PROC_INIT_PID;
    return process->pgrp == (pid == 0 ? proc_self()->pgrp : -pid);
}

int proc_kill(int pid, int sig)
{
    struct session_header *header = session_header();
    int result = -ESRCH;
    if (sig < 0 || sig >= 32)
        return -EINVAL;
    if (proc_self() == NULL)
        return -ESRCH;
    for (uint32_t next = 0, more = 1; more;) {
        session_off files = 0;
        session_lock_acquire(&header->table_lock);
        struct process *process = proc_next(&next);
        more = process != NULL;
        if (more && kill_matches(process, pid)) {
            int one = kill_one(process, sig, &files);
            result = one == 0 || result == -ESRCH ? one : result;
        }
        session_lock_release(&header->table_lock);
        fd_table_release(files);
    }
    return result;
}
