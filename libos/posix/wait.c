/* SPDX-License-Identifier: MIT
 *
 * wait.c: wait, waitpid and their relatives over proc_wait. Layer: libos/posix. Resource usage of children is not kept:
 * *usage is zeroed.
 */
#include <errno.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "proc/proc.h"
#include "sched/thread.h"

pid_t waitpid(pid_t pid, int *status, int options)
{
    if (options & ~(WNOHANG | WUNTRACED | WCONTINUED)) {
        errno = EINVAL;
        return -1;
    }
    thread_cancel_point();
    int result = proc_wait(pid, options, status);
    if (result == -EINTR)
        thread_cancel_point();
    if (result >= 0)
        return result;
    errno = -result;
    return -1;
}

pid_t wait(int *status) { return waitpid(-1, status, 0); }

pid_t wait4(pid_t pid, int *status, int options, struct rusage *usage)
{
    if (usage != NULL)
        memset(usage, 0, sizeof *usage);
    return waitpid(pid, status, options);
}

pid_t wait3(int *status, int options, struct rusage *usage) { return wait4(-1, status, options, usage); }
