/* SPDX-License-Identifier: MIT
 *
 * long_double.h: the functions of long double, which newlib has only where that is double: the x87's format, and
 * instructions of it that GCC has no expression for. Layer: newlib-port, private to long_double*.c. Source: Intel SDM vol 1
 * §8.2 and §8.3, vol 2 for each instruction.
 *
 * Results are within 4 units in the last place, except that erfl, erfcl, lgammal and tgammal have the precision and the
 * range of double, that powl loses as many bits as |y * log2(x)| has before the point when y is no small integer, and that
 * sinl, cosl and tanl know 128 bits of pi, or 64 for arguments beyond 2^31. Exceptions are those of C17 F.10; errno is left
 * alone.
 *
 *   sign 1 | exponent 15, bias 16383 | integer bit 1 | fraction 63
 */
#ifndef NEWLIB_PORT_LONG_DOUBLE_H
#define NEWLIB_PORT_LONG_DOUBLE_H

#include <math.h>
#include <stdint.h>

#define LD_BIAS 16383
#define LD_EXPONENT 0x7fff
#define LD_INTEGER 0x8000000000000000ull

union ld {
    long double value;
    struct {
        uint64_t mantissa;
        uint16_t sign_exponent;
    };
};

static inline int ld_exponent(long double x) { return ((union ld){.value = x}).sign_exponent & LD_EXPONENT; }
static inline int ld_negative(long double x) { return ((union ld){.value = x}).sign_exponent >> 15; }
static inline int ld_finite(long double x) { return ld_exponent(x) != LD_EXPONENT; }

/* x * 2^n for an integral n, rounded once. */
static inline long double ld_scale(long double x, long double n)
{
    __asm__("fscale" : "+t"(x) : "u"(n));
    return x;
}

/* y * log2(x). */
static inline long double ld_ylog2(long double y, long double x)
{
    __asm__("fyl2x" : "=t"(x) : "0"(x), "u"(y) : "st(1)");
    return x;
}

/* y * log2(1 + x), for |x| below 0.29. */
static inline long double ld_ylog2_1(long double y, long double x)
{
    __asm__("fyl2xp1" : "=t"(x) : "0"(x), "u"(y) : "st(1)");
    return x;
}

/* 2^x - 1, for |x| up to 1. */
static inline long double ld_exp2m1(long double x)
{
    __asm__("f2xm1" : "+t"(x));
    return x;
}

/* The nearest integer, as the rounding mode says. */
static inline long double ld_rint(long double x)
{
    __asm__ volatile("frndint" : "+t"(x));
    return x;
}

/* Constants of 64 bits that the x87 holds. */
static inline long double ld_ln2(void)
{
    long double x;
    __asm__("fldln2" : "=t"(x));
    return x;
}

static inline long double ld_lg2(void)
{
    long double x;
    __asm__("fldlg2" : "=t"(x));
    return x;
}

#endif
