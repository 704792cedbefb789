/* SPDX-License-Identifier: MIT
 *
 * complex.h: newlib's, and C17's CMPLX. Layer: newlib-port, public.
 */
#ifndef _EXON_COMPLEX_H
#define _EXON_COMPLEX_H

#include_next <complex.h>

#ifndef CMPLX
#define CMPLX(x, y) __builtin_complex((double)(x), (double)(y))
#define CMPLXF(x, y) __builtin_complex((float)(x), (float)(y))
#define CMPLXL(x, y) __builtin_complex((long double)(x), (long double)(y))
#endif

#endif
