/* SPDX-License-Identifier: MIT
 *
 * sys/utsname.h: what the system is called (POSIX.1-2017). Layer: newlib-port, public.
 */
#ifndef _SYS_UTSNAME_H
#define _SYS_UTSNAME_H

#include <sys/cdefs.h>

#define _UTSNAME_LENGTH 65

struct utsname {
    char sysname[_UTSNAME_LENGTH];
    char nodename[_UTSNAME_LENGTH];
    char release[_UTSNAME_LENGTH]; /* of the kernel's interface */
    char version[_UTSNAME_LENGTH];
    char machine[_UTSNAME_LENGTH];
};

__BEGIN_DECLS
int uname(struct utsname *name);
__END_DECLS

#endif
