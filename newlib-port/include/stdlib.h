/* SPDX-License-Identifier: MIT
 *
 * stdlib.h: newlib's, and the conversions that it declares for older X/Open programs alone, where other systems declare them
 * for all that ask for no certain standard. Layer: newlib-port, public.
 */
#ifndef _EXON_STDLIB_H
#define _EXON_STDLIB_H

#include_next <stdlib.h>

#if __MISC_VISIBLE
__BEGIN_DECLS
char *ecvt(double value, int digits, int *point, int *sign);
char *fcvt(double value, int digits, int *point, int *sign);
char *gcvt(double value, int digits, char *to);
__END_DECLS
#endif

#endif
