/* SPDX-License-Identifier: MIT
 *
 * sys/features.h: newlib's, and the POSIX options of this system, which newlib states only for systems that it knows. They
 * decide what <time.h>, <signal.h> and <pthread.h> declare.
 */
#ifndef _EXON_SYS_FEATURES_H
#define _EXON_SYS_FEATURES_H

#include_next <sys/features.h>

#define _POSIX_VERSION 200809L
#define _POSIX2_VERSION 200809L
#define _POSIX_CHOWN_RESTRICTED 1
#define _POSIX_NO_TRUNC 1
#define _POSIX_VDISABLE 0
#define _POSIX_SAVED_IDS 1
#define _POSIX_FSYNC 200809L
#define _POSIX_MEMLOCK 200809L
#define _POSIX_MEMLOCK_RANGE 200809L
#define _POSIX_MEMORY_PROTECTION 200809L
#define _POSIX_TIMERS 200809L
#define _POSIX_MONOTONIC_CLOCK 200809L
#define _POSIX_CLOCK_SELECTION 200809L
#define _POSIX_CPUTIME 200809L
#define _POSIX_THREAD_CPUTIME 200809L
#define _POSIX_SPAWN 200809L
#define _POSIX_REALTIME_SIGNALS 200809L
#define _POSIX_THREADS 200809L
#define _POSIX_THREAD_SAFE_FUNCTIONS 200809L
#define _POSIX_THREAD_ATTR_STACKSIZE 200809L
#define _POSIX_TIMEOUTS 200809L
#define _UNIX98_THREAD_MUTEX_ATTRIBUTES 1

#endif
