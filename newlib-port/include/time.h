/* SPDX-License-Identifier: MIT
 *
 * time.h: newlib's, and what C17 7.27 has beyond it. The times of <threads.h> are on TIME_UTC.
 */
#ifndef _EXON_TIME_H
#define _EXON_TIME_H

#include_next <time.h>

#if __ISO_C_VISIBLE >= 2011 || __cplusplus >= 201703L
#define TIME_UTC 1

#ifdef __cplusplus
extern "C" {
#endif

/* The time since 1970; returns the base, or 0 for any other. */
int timespec_get(struct timespec *, int);

#ifdef __cplusplus
}
#endif
#endif

#endif
