/* SPDX-License-Identifier: MIT
 *
 * sysexits.h: exit statuses of 4.3BSD. Layer: newlib-port, public.
 */
#ifndef _SYSEXITS_H
#define _SYSEXITS_H

#define EX_OK 0
#define EX__BASE 64
#define EX_USAGE 64       /* command line */
#define EX_DATAERR 65     /* input data */
#define EX_NOINPUT 66     /* cannot open input */
#define EX_NOUSER 67
#define EX_NOHOST 68
#define EX_UNAVAILABLE 69 /* service */
#define EX_SOFTWARE 70    /* internal error */
#define EX_OSERR 71       /* cannot fork, ... */
#define EX_OSFILE 72      /* critical file of the system */
#define EX_CANTCREAT 73   /* output file */
#define EX_IOERR 74
#define EX_TEMPFAIL 75    /* try again */
#define EX_PROTOCOL 76
#define EX_NOPERM 77
#define EX_CONFIG 78
#define EX__MAX 78

#endif
