/* SPDX-License-Identifier: MIT
 *
 * sys/ioctl.h: requests to devices; the only ones are those of terminals. Layer: newlib-port, public.
 */
#ifndef _SYS_IOCTL_H
#define _SYS_IOCTL_H

#include <sys/cdefs.h>
#include <sys/ttycom.h>

#define FIONBIO 0x5421 /* int *: sets or clears O_NONBLOCK */
#define FIOCLEX 0x5451
#define FIONCLEX 0x5450

__BEGIN_DECLS
int ioctl(int fd, unsigned long request, ...);
__END_DECLS

#endif
