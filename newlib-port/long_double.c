/* SPDX-License-Identifier: MIT
 *
 * long_double.c: functions of long double that are exact: rounding to integers, remainders, parts of the representation,
 * neighbours (C17 7.12). Layer: newlib-port; long_double.h says what they promise. fmal is in long_double_fma.c.
 */
#include <limits.h>

#include "long_double.h"

enum { ROUND_DOWN = 1, ROUND_UP = 2, ROUND_ZERO = 3 }; /* control word, bits 10 and 11 */

static long double round_by(long double x, unsigned mode)
{
    uint16_t before, word;
    __asm__ volatile("fnstcw %0" : "=m"(before));
    word = (uint16_t)((before & ~(3u << 10)) | mode << 10);
    __asm__ volatile("fldcw %1\n\tfrndint\n\tfldcw %2" : "+t"(x) : "m"(word), "m"(before));
    return x;
}

long double fabsl(long double x) { return __builtin_fabsl(x); }

long double copysignl(long double x, long double sign)
{
    union ld bits = {.value = x};
    bits.sign_exponent = (uint16_t)((bits.sign_exponent & LD_EXPONENT) | ld_negative(sign) << 15);
    return bits.value;
}

long double floorl(long double x) { return round_by(x, ROUND_DOWN); }
long double ceill(long double x) { return round_by(x, ROUND_UP); }
long double truncl(long double x) { return round_by(x, ROUND_ZERO); }
long double rintl(long double x) { return ld_rint(x); }

/* As rint, without the inexact exception. */
long double nearbyintl(long double x)
{
    struct {
        uint32_t words[7];
    } environment;
    __asm__ volatile("fnstenv %1\n\tfldenv %1\n\tfrndint\n\tfldenv %1" : "+t"(x), "=m"(environment));
    return x;
}

long lrintl(long double x)
{
    long result;
    __asm__ volatile("fistpll %0" : "=m"(result) : "t"(x) : "st");
    return result;
}

long long llrintl(long double x) { return lrintl(x); }

long double roundl(long double x)
{
    long double whole = truncl(x);
    if (fabsl(x - whole) >= 0.5L)
        whole += copysignl(1, x);
    return copysignl(whole, x);
}

long lroundl(long double x) { return lrintl(roundl(x)); }
long long llroundl(long double x) { return lrintl(roundl(x)); }

/* The instructions reduce the exponent by less than 64 at a time; C2 (bit 10) says that there is more to do. */
#define REDUCE(instruction, x, y, status) \
    do \
        __asm__ volatile(instruction "\n\tfnstsw %1" : "+t"(x), "=a"(status) : "u"(y)); \
    while ((status) & 0x400)

long double fmodl(long double x, long double y)
{
    uint16_t status;
    REDUCE("fprem", x, y, status);
    return x;
}

long double remquol(long double x, long double y, int *quotient)
{
    int negative = ld_negative(x) != ld_negative(y);
    uint16_t status;
    REDUCE("fprem1", x, y, status);
    /* The low bits of the quotient: C0 is bit 2, C3 bit 1, C1 bit 0. */
    int bits = (status >> 8 & 1) << 2 | (status >> 14 & 1) << 1 | (status >> 9 & 1);
    *quotient = negative ? -bits : bits;
    return x;
}

long double remainderl(long double x, long double y)
{
    int quotient;
    return remquol(x, y, &quotient);
}

/* ---- Exponent and mantissa ---- */

static long double clamp(long n) { return n > 65536 ? 65536 : n < -65536 ? -65536 : n; }

long double scalbnl(long double x, int n) { return ld_scale(x, clamp(n)); }
long double scalblnl(long double x, long n) { return ld_scale(x, clamp(n)); }
long double ldexpl(long double x, int n) { return ld_scale(x, clamp(n)); }

long double frexpl(long double x, int *exponent)
{
    *exponent = 0;
    if (x == 0 || !ld_finite(x))
        return x;
    union ld bits = {.value = x};
    if (!(bits.sign_exponent & LD_EXPONENT)) {
        bits.value *= 0x1p64L;
        *exponent = -64;
    }
    *exponent += (bits.sign_exponent & LD_EXPONENT) - (LD_BIAS - 1);
    bits.sign_exponent = (uint16_t)((bits.sign_exponent & 0x8000) | (LD_BIAS - 1));
    return bits.value;
}

long double logbl(long double x)
{
    long double mantissa;
    if (!ld_finite(x))
        return x * x;
    __asm__ volatile("fxtract" : "=t"(mantissa), "=u"(x) : "0"(x));
    return x;
}

int ilogbl(long double x)
{
    int exponent;
    if (x == 0)
        return FP_ILOGB0;
    if (!ld_finite(x))
        return isnan(x) ? FP_ILOGBNAN : INT_MAX;
    frexpl(x, &exponent);
    return exponent - 1;
}

long double modfl(long double x, long double *whole)
{
    *whole = truncl(x);
    return copysignl(isinf(x) ? 0 : x - *whole, x);
}

/* ---- Neighbours ---- */

/* The next value up or down in magnitude. */
static long double step(long double x, int up)
{
    union ld bits = {.value = x};
    bits.mantissa += up ? 1 : -1ull;
    if (up && (bits.mantissa << 1) == 0) { /* carried into the integer bit, or out of it */
        bits.mantissa = LD_INTEGER;
        bits.sign_exponent++;
    } else if (!up && bits.mantissa == LD_INTEGER - 1 && (bits.sign_exponent & LD_EXPONENT)) {
        bits.sign_exponent--;
        if (bits.sign_exponent & LD_EXPONENT)
            bits.mantissa = ~0ull;
    }
    return bits.value;
}

long double nextafterl(long double x, long double towards)
{
    if (isnan(x) || isnan(towards))
        return x + towards;
    if (x == towards)
        return towards;
    long double result = x == 0 ? copysignl(0x1p-16445L, towards) : step(x, (x < towards) == (x > 0));
    volatile long double raise = 0x1p-16382L; /* overflow or underflow, and inexact */
    if (!ld_finite(result))
        raise = 0x1p16383L;
    if (!ld_finite(result) || ld_exponent(result) == 0)
        raise *= raise;
    return result;
}

long double nexttowardl(long double x, long double towards) { return nextafterl(x, towards); }

double nexttoward(double x, long double towards)
{
    if (isnan(x) || isnan(towards))
        return x + (double)towards;
    if (x == towards)
        return (double)towards;
    return nextafter(x, x < towards ? INFINITY : -INFINITY);
}

float nexttowardf(float x, long double towards)
{
    if (isnan(x) || isnan(towards))
        return x + (float)towards;
    if (x == towards)
        return (float)towards;
    return nextafterf(x, x < towards ? INFINITY : -INFINITY);
}

/* ---- Comparisons ---- */

long double fdiml(long double x, long double y) { return isnan(x) || isnan(y) ? x + y : x > y ? x - y : 0; }

long double fmaxl(long double x, long double y)
{
    if (isnan(x) || isnan(y))
        return isnan(x) ? y : x;
    return x > y || (x == y && ld_negative(y)) ? x : y;
}

long double fminl(long double x, long double y)
{
    if (isnan(x) || isnan(y))
        return isnan(x) ? y : x;
    return x < y || (x == y && ld_negative(x)) ? x : y;
}
