/* SPDX-License-Identifier: MIT
 *
 * sys/syslimits.h: newlib's, with this system's limits of files. Layer: newlib-port, public; <limits.h> includes it.
 */
#ifndef _EXON_SYS_SYSLIMITS_H
#define _EXON_SYS_SYSLIMITS_H

#include_next <sys/syslimits.h>

#undef OPEN_MAX
#define OPEN_MAX 1024
#undef LINK_MAX
#define LINK_MAX 60000
#undef PIPE_BUF
#define PIPE_BUF 4096
#define SYMLINK_MAX 1023
#define SYMLOOP_MAX 8
#define PTHREAD_KEYS_MAX 128
#define PTHREAD_DESTRUCTOR_ITERATIONS 4
#define PTHREAD_STACK_MIN 16384
#define SEM_VALUE_MAX 0x7fffffff
#ifndef SSIZE_MAX
#define SSIZE_MAX LONG_MAX /* newlib has none */
#endif

#endif
