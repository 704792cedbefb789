/* SPDX-License-Identifier: MIT
 *
 * sys/unistd.h: newlib's, and the names of confstr, which it has for one system alone. Layer: newlib-port, public.
 */
#ifndef _EXON_SYS_UNISTD_H
#define _EXON_SYS_UNISTD_H

#include_next <sys/unistd.h>

#ifndef _CS_PATH
#define _CS_PATH 0
#define _CS_POSIX_V7_LP64_OFF64_CFLAGS 9
#define _CS_POSIX_V7_LP64_OFF64_LDFLAGS 10
#define _CS_POSIX_V7_LP64_OFF64_LIBS 11
#define _CS_POSIX_V7_WIDTH_RESTRICTED_ENVS 17
#define _CS_V7_ENV 33
#endif

#endif
