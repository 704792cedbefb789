/* SPDX-License-Identifier: MIT
 *
 * sched.h: scheduling (XBD sched.h), and CPU sets as Linux has them. Stands for newlib's. A priority counts under a policy of
 * libos/sched that looks at it (-lsched-priority); which CPUs there are for a program is what its virtual CPUs are on.
 * The functions on a pid take 0 or getpid() alone, and speak of the calling thread.
 */
#ifndef _SCHED_H_
#define _SCHED_H_

#include <sys/types.h>
#include <sys/sched.h>
#include <time.h>

#ifdef __cplusplus
extern "C" {
#endif

int sched_yield(void);
int sched_get_priority_max(int);
int sched_get_priority_min(int);
int sched_getparam(pid_t, struct sched_param *);
int sched_setparam(pid_t, const struct sched_param *);
int sched_getscheduler(pid_t);
int sched_setscheduler(pid_t, int, const struct sched_param *);
int sched_rr_get_interval(pid_t, struct timespec *);

#if __GNU_VISIBLE
#define CPU_SETSIZE 64
typedef struct { unsigned long __bits; } cpu_set_t;

#define CPU_ZERO(set) ((void)((set)->__bits = 0))
#define CPU_SET(cpu, set) ((void)((set)->__bits |= (unsigned)(cpu) < CPU_SETSIZE ? 1ul << (cpu) : 0))
#define CPU_CLR(cpu, set) ((void)((set)->__bits &= ~((unsigned)(cpu) < CPU_SETSIZE ? 1ul << (cpu) : 0)))
#define CPU_ISSET(cpu, set) ((unsigned)(cpu) < CPU_SETSIZE && ((set)->__bits >> (cpu) & 1))
#define CPU_COUNT(set) __builtin_popcountl((set)->__bits)
#define CPU_EQUAL(a, b) ((a)->__bits == (b)->__bits)
#define CPU_AND(to, a, b) ((void)((to)->__bits = (a)->__bits & (b)->__bits))
#define CPU_OR(to, a, b) ((void)((to)->__bits = (a)->__bits | (b)->__bits))
#define CPU_XOR(to, a, b) ((void)((to)->__bits = (a)->__bits ^ (b)->__bits))

int sched_getcpu(void);
int sched_getaffinity(pid_t, size_t, cpu_set_t *);
int sched_setaffinity(pid_t, size_t, const cpu_set_t *);
#endif

#ifdef __cplusplus
}
#endif

#endif
