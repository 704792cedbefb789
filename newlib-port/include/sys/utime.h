/* SPDX-License-Identifier: MIT
 *
 * sys/utime.h: what <utime.h> includes; newlib's lacks the function. Layer: newlib-port, public.
 */
#ifndef _SYS_UTIME_H
#define _SYS_UTIME_H

#include <sys/cdefs.h>
#include <sys/types.h>

struct utimbuf {
    time_t actime;
    time_t modtime;
};

__BEGIN_DECLS
int utime(const char *path, const struct utimbuf *times);
__END_DECLS

#endif
