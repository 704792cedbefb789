/* SPDX-License-Identifier: MIT
 *
 * process.c: what newlib calls about processes. Layer: newlib-port, over libos/posix and libos/proc. _fork and _execve are
 * in the list of calls that do not exist yet.
 */
#include <signal.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include "proc/proc.h"

_Noreturn void _exit(int status) { proc_exit(PROC_EXITED(status)); }

pid_t _getpid(void);
pid_t _getpid(void) { return proc_pid(); }

int _kill(pid_t pid, int sig);
int _kill(pid_t pid, int sig) { return kill(pid, sig); }

pid_t _wait(int *status) { return wait(status); }
