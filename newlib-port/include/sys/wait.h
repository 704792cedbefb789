/* SPDX-License-Identifier: MIT
 *
 * sys/wait.h: waiting for children (POSIX.1-2017 <sys/wait.h>). Status: exit code << 8, or the signal's number in the low
 * seven bits. Processes do not stop, so WIFSTOPPED and WIFCONTINUED never hold.
 */
#ifndef _SYS_WAIT_H
#define _SYS_WAIT_H

#include <sys/types.h>

#ifdef __cplusplus
extern "C" {
#endif

#define WNOHANG 1
#define WUNTRACED 2
#define WCONTINUED 8

#define WIFEXITED(w) (((w)&0x7f) == 0)
#define WEXITSTATUS(w) (((w) >> 8) & 0xff)
#define WIFSIGNALED(w) (((w)&0x7f) > 0 && ((w)&0x7f) < 0x7f)
#define WTERMSIG(w) ((w)&0x7f)
#define WIFSTOPPED(w) (((w)&0xff) == 0x7f)
#define WSTOPSIG(w) WEXITSTATUS(w)
#define WIFCONTINUED(w) ((w) == 0xffff)
#define WCOREDUMP(w) ((w)&0x80)

struct rusage;

pid_t wait(int *);
pid_t waitpid(pid_t, int *, int);
pid_t wait3(int *, int, struct rusage *);
pid_t wait4(pid_t, int *, int, struct rusage *);
pid_t _wait(int *);

#ifdef __cplusplus
}
#endif

#endif
