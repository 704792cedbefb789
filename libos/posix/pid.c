/* SPDX-License-Identifier: MIT
 *
 * pid.c: who processes are, process groups, kill, reboot. Layer: libos/posix, over libos/proc. A session in the sense of
 * POSIX is the whole session segment: setsid and getsid speak of pid 1's.
 */
#include <errno.h>
#include <signal.h>
#include <sys/reboot.h>
#include <sys/types.h>
#include <unistd.h>

#include "posix/signal_core.h"
#include "proc/proc.h"
#include "sched/signal_state.h"

static int fail(int error)
{
    errno = error;
    return -1;
}

pid_t getpid(void) { return proc_pid(); }

pid_t getppid(void) { return proc_ppid(); }

pid_t getpgrp(void) { return proc_self() ? proc_self()->pgrp : 0; }

pid_t getpgid(pid_t pid)
{
    if (proc_self() == NULL)
        return pid == 0 ? 0 : fail(ESRCH);
    session_lock_acquire(&session_header()->table_lock);
    struct process *process = pid == 0 ? proc_self() : proc_find(pid);
    int group = process ? process->pgrp : -1;
    session_lock_release(&session_header()->table_lock);
    return group >= 0 ? group : fail(ESRCH);
}

int setpgid(pid_t pid, pid_t group)
{
    if (group < 0)
        return fail(EINVAL);
    if (proc_self() == NULL)
        return fail(ESRCH);
    session_lock_acquire(&session_header()->table_lock);
    struct process *process = pid == 0 ? proc_self() : proc_find(pid);
    int mine = process != NULL && (process == proc_self() || process->ppid == proc_pid());
    if (mine)
        process->pgrp = group ? group : process->pid;
    session_lock_release(&session_header()->table_lock);
    return mine ? 0 : fail(ESRCH);
}

pid_t getsid(pid_t pid)
{
    (void)pid;
    return PROC_INIT_PID;
}

pid_t setsid(void)
{
    if (setpgid(0, 0) != 0)
        return -1;
    return proc_pid();
}

/* To the process, not to the caller alone: another thread may be the one that has it unblocked. What this thread may get,
 * it gets before kill returns. */
static int post_to_self(int sig)
{
    int result = signal_post(sig);
    if (result < 0)
        return fail(-result);
    signal_deliver_self();
    return 0;
}

int kill(pid_t pid, int sig)
{
    if (pid != 0 && pid == proc_pid() && sig > 0 && sig != SIGKILL)
        return post_to_self(sig);
    if (pid != 0 && pid == proc_pid() && sig == SIGKILL)
        proc_exit(PROC_KILLED(SIGKILL));
    int result = proc_kill(pid, sig);
    return result < 0 ? fail(-result) : 0;
}

int killpg(pid_t group, int sig) { return group > 0 ? kill(-group, sig) : fail(EINVAL); }

int reboot(int how)
{
    uint32_t request = how == RB_AUTOBOOT ? SESSION_REQUEST_REBOOT : SESSION_REQUEST_POWER_OFF;
    if (how != RB_AUTOBOOT && how != RB_POWER_OFF && how != RB_HALT_SYSTEM)
        return fail(EINVAL);
    if (proc_self() == NULL)
        return fail(ENOSYS);
    __atomic_store_n(&session_header()->request, request, __ATOMIC_RELEASE);
    proc_notify(PROC_INIT_SLOT);
    return 0;
}
