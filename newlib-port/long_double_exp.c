/* SPDX-License-Identifier: MIT
 *
 * long_double_exp.c: exponentials, logarithms, powers and hyperbolic functions of long double, on the x87's instructions for
 * powers of two and logarithms (C17 7.12.5 to 7.12.7). Layer: newlib-port; long_double.h says what they promise.
 *
 * Arguments are taken apart so that an instruction gets a small one: the error is then that of the last operation.
 */
#include <complex.h>

#include "long_double.h"

/* ln 2 in two parts: the product of the first (49 bits) with an exponent (15 bits) is exact. */
#define LN2_HIGH 0x1.62e42fefa39ep-1L
#define LN2_LOW 0x1.e6af278ece600fccp-50L
#define LOG2_E 0x1.71547652b82fe178p0L
#define LOG10_E 0x1.bcb7b1526e50e32ap-2L
#define EXP_MAX 11400.0L    /* beyond, e^x is out of range */
#define EXP2_MAX 16500.0L
#define SMALL_POWER 32      /* up to here, powers by multiplication */
#define LOG1P_SMALL 0.29L   /* 1 - sqrt(1/2): the limit of FYL2XP1 */

/* ---- Exponentials ---- */

static long double exp2_reduced(long double fraction, long double exponent)
{
    return ld_scale(ld_exp2m1(fraction) + 1, exponent);
}

long double exp2l(long double x)
{
    if (isnan(x))
        return x;
    if (fabsl(x) > EXP2_MAX)
        x = copysignl(EXP2_MAX, x) * (isinf(x) ? 4 : 1);
    long double whole = ld_rint(x);
    return exp2_reduced(x - whole, whole);
}

long double expl(long double x)
{
    if (isnan(x))
        return x;
    if (isinf(x))
        return ld_negative(x) ? 0 : x;
    if (fabsl(x) > EXP_MAX)
        x = copysignl(EXP_MAX * 2, x);
    long double whole = ld_rint(x * LOG2_E);
    long double rest = (x - whole * LN2_HIGH) - whole * LN2_LOW;
    return exp2_reduced(rest * LOG2_E, whole);
}

long double expm1l(long double x)
{
    if (fabsl(x) < 0.69L)
        return x == 0 ? x : ld_exp2m1(x * LOG2_E);
    return expl(x) - 1;
}

/* ---- Logarithms ---- */

long double logl(long double x) { return ld_ylog2(ld_ln2(), x); }
long double log10l(long double x) { return ld_ylog2(ld_lg2(), x); }
long double log2l(long double x) { return ld_ylog2(1, x); }

long double log1pl(long double x)
{
    if (fabsl(x) < LOG1P_SMALL)
        return ld_ylog2_1(ld_ln2(), x);
    return isinf(x) && !ld_negative(x) ? x : logl(1 + x);
}

/* ---- Powers ---- */

static long double power_whole(long double x, int n)
{
    long double result = 1, factor = x;
    for (unsigned left = n < 0 ? -(unsigned)n : (unsigned)n; left; left >>= 1) {
        if (left & 1)
            result *= factor;
        if (left > 1)
            factor *= factor;
    }
    return n < 0 ? 1 / result : result;
}

/* x above 0 and finite, y finite: 2^(y * (exponent + log2(mantissa))), the exponent's part without rounding. */
static long double power_positive(long double x, long double y)
{
    int exponent;
    long double mantissa = frexpl(x, &exponent);
    if (mantissa < 0x1.6a09e667f3bcdp-1L) { /* the logarithm is best around 1 */
        mantissa *= 2;
        exponent--;
    }
    long double log = mantissa - 1;
    log = fabsl(log) < LOG1P_SMALL ? ld_ylog2_1(1, log) : ld_ylog2(1, mantissa);
    long double estimate = y * (exponent + log);
    if (fabsl(estimate) > EXP2_MAX)
        return exp2l(estimate);
    union ld high = {.value = y};
    high.mantissa &= ~0ull << 16; /* 48 bits, so that the product with an exponent is exact */
    long double first = high.value * exponent, second = (y - high.value) * exponent + y * log;
    long double whole = ld_rint(first + second);
    return exp2_reduced((first - whole) + second, whole);
}

static int is_odd(long double y) { return fabsl(y) < 0x1p64L && fmodl(y, 2) != 0; }

/* The cases of C17 F.10.4.4 with a zero or an infinity. */
static long double power_special(long double x, long double y, int negative)
{
    if (isinf(y)) {
        long double size = fabsl(x);
        if (size == 1)
            return 1;
        return (size > 1) == (y > 0) ? (long double)INFINITY : 0;
    }
    long double size = (x == 0) == (y > 0) ? 0 : (long double)INFINITY;
    if (x == 0 && y < 0)
        size = 1 / fabsl(x); /* raises divide by zero */
    return negative ? -size : size;
}

long double powl(long double x, long double y)
{
    if (y == 0 || x == 1)
        return 1;
    if (isnan(x) || isnan(y))
        return x + y;
    int whole = isinf(y) || truncl(y) == y, negative = ld_negative(x) && !isinf(y) && whole && is_odd(y);
    if (x == 0 || isinf(x) || isinf(y))
        return power_special(x, y, negative);
    if (x < 0 && !whole)
        return (x - x) / (x - x);
    if (whole && fabsl(y) <= SMALL_POWER) {
        long double result = power_whole(x, (int)y);
        if (ld_finite(result) && ld_exponent(result))
            return result; /* no step on the way was out of range */
    }
    long double size = power_positive(fabsl(x), y);
    return negative ? -size : size;
}

long double cbrtl(long double x)
{
    if (x == 0 || !ld_finite(x))
        return x + x;
    int exponent;
    long double mantissa = frexpl(x, &exponent);
    int rest = exponent % 3;
    mantissa = ldexpl(mantissa, rest);
    long double root = cbrt((double)mantissa);
    root -= (root - mantissa / (root * root)) / 3;
    root -= (root - mantissa / (root * root)) / 3;
    return ldexpl(root, (exponent - rest) / 3);
}

/* ---- Hyperbolic functions ---- */

long double sinhl(long double x)
{
    long double size = fabsl(x), e;
    if (size > EXP_MAX - 100) {
        e = expl(size / 2);
        return copysignl(e / 2 * e, x);
    }
    e = expm1l(size);
    return copysignl(size < 1 ? (e + e / (e + 1)) / 2 : (e + 1 - 1 / (e + 1)) / 2, x);
}

long double coshl(long double x)
{
    long double e = expl(fabsl(x) / 2);
    if (fabsl(x) > 50)
        return e / 2 * e;
    e = expl(fabsl(x));
    return (e + 1 / e) / 2;
}

long double tanhl(long double x)
{
    if (fabsl(x) > 25)
        return isnan(x) ? x : copysignl(1 - 0x1p-66L, x);
    long double e = expm1l(2 * fabsl(x));
    return copysignl(e / (e + 2), x);
}

long double asinhl(long double x)
{
    long double size = fabsl(x);
    if (size > 0x1p34L)
        return copysignl(logl(size) + ld_ln2(), x);
    return copysignl(log1pl(size + size * size / (1 + __builtin_sqrtl(size * size + 1))), x);
}

long double acoshl(long double x)
{
    if (x < 1)
        return (x - x) / (x - x);
    if (x > 0x1p34L)
        return logl(x) + ld_ln2();
    long double above = x - 1;
    return log1pl(above + __builtin_sqrtl(2 * above + above * above));
}

long double atanhl(long double x)
{
    long double size = fabsl(x);
    return copysignl(log1pl(2 * size / (1 - size)) / 2, x);
}

/* GNU's: the rest of newlib's complex functions it has itself. */
long double complex clog10l(long double complex z) { return clogl(z) * LOG10_E; }
