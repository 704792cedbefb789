/* SPDX-License-Identifier: MIT
 *
 * ieeefp.h: newlib's, whose views of a float's and a double's words are made of `long` and so do not fit where that has 64
 * bits; here they are of 32. Layer: newlib-port, public.
 */
#ifndef _EXON_IEEEFP_H
#define _EXON_IEEEFP_H

#define __ieee_double_shape_type __newlib_double_shape_type
#define __ieee_float_shape_type __newlib_float_shape_type
#include_next <ieeefp.h>
#undef __ieee_double_shape_type
#undef __ieee_float_shape_type

typedef union {
    double value;
    struct {
        unsigned fraction1 : 32, fraction0 : 20, exponent : 11, sign : 1;
    } number;
    struct {
        unsigned function1 : 32, function0 : 19, quiet : 1, exponent : 11, sign : 1;
    } nan;
    struct {
        unsigned lsw, msw;
    } parts;
    int aslong[2];
} __ieee_double_shape_type;

typedef union {
    float value;
    struct {
        unsigned fraction0 : 7, fraction1 : 16, exponent : 8, sign : 1;
    } number;
    struct {
        unsigned function1 : 16, function0 : 6, quiet : 1, exponent : 8, sign : 1;
    } nan;
    int p1;
} __ieee_float_shape_type;

#endif
