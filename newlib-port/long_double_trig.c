/* SPDX-License-Identifier: MIT
 *
 * long_double_trig.c: trigonometric functions of long double (C17 7.12.4). Layer: newlib-port; long_double.h says what they
 * promise.
 *
 * The x87 has FSIN and FCOS, but they reduce their argument by 66 bits of pi, and emulators compute them in double: so the
 * argument is reduced here by three parts of pi/2, and Taylor's series, of which 11 terms suffice below pi/4, does the rest.
 */
#include <stdint.h>

#include "long_double.h"

/* pi/2: the first two parts have 33 bits, so that their products with a quadrant below 2^31 are exact. */
#define PIO2_1 0x1.921fb544p0L
#define PIO2_2 0x1.0b4611a6p-34L
#define PIO2_3 0x1.3198a2e03707344ap-69L
#define TWO_OVER_PI 0x1.45f306dc9c882a54p-1L
#define PI 0x1.921fb54442d1846ap1L
#define QUADRANTS 0x1p31L
#define TERMS 11

/* The part of x beyond the nearest multiple of pi/2, as high + low; returns which quadrant, modulo 4. */
static unsigned reduce(long double x, long double *high, long double *low)
{
    if (fabsl(x) >= QUADRANTS)
        x = fmodl(x, 2 * PI);
    long double n = ld_rint(x * TWO_OVER_PI);
    long double rest = (x - n * PIO2_1) - n * PIO2_2, last = n * PIO2_3;
    *high = rest - last;
    *low = (rest - *high) - last;
    return (unsigned)(int64_t)n & 3;
}

/* sin(high + low) and cos(high + low), below pi/4 and a little: sum of (-1)^k x^(2k+1)/(2k+1)! from the smallest term. */
static long double sine(long double high, long double low)
{
    long double square = high * high, sum = 1;
    for (unsigned k = TERMS; k >= 2; k--)
        sum = 1 - square * sum / (2 * k * (2 * k + 1));
    /* sin x = x - x^3/6 * sum, and its derivative is nearly 1. */
    return high - (high * square * sum / 6 - low * (1 - square / 2));
}

static long double cosine(long double high, long double low)
{
    long double square = high * high, sum = 1;
    for (unsigned k = TERMS; k >= 2; k--)
        sum = 1 - square * sum / ((2 * k - 1) * (2 * k));
    long double half = square / 2, first = 1 - half;
    return first + ((1 - first - half) + half * (1 - sum) - high * low);
}

static void both(long double x, long double *sin, long double *cos)
{
    if (!ld_finite(x)) {
        *sin = *cos = x - x;
        return;
    }
    long double high, low;
    unsigned quadrant = reduce(x, &high, &low);
    long double s = x == 0 ? x : sine(high, low), c = cosine(high, low);
    *sin = quadrant & 1 ? c : s;
    *cos = quadrant & 1 ? s : c;
    if (quadrant & 2)
        *sin = -*sin;
    if (quadrant == 1 || quadrant == 2)
        *cos = -*cos;
}

void sincosl(long double x, long double *sin, long double *cos) { both(x, sin, cos); }

long double sinl(long double x)
{
    long double sin, cos;
    both(x, &sin, &cos);
    return sin;
}

long double cosl(long double x)
{
    long double sin, cos;
    both(x, &sin, &cos);
    return cos;
}

long double tanl(long double x)
{
    long double sin, cos;
    both(x, &sin, &cos);
    return sin / cos;
}

long double atan2l(long double y, long double x)
{
    __asm__("fpatan" : "=t"(x) : "0"(x), "u"(y) : "st(1)");
    return x;
}

long double atanl(long double x) { return atan2l(x, 1); }
long double asinl(long double x) { return atan2l(x, __builtin_sqrtl((1 - x) * (1 + x))); }
long double acosl(long double x) { return atan2l(__builtin_sqrtl((1 - x) * (1 + x)), x); }

/* ---- Of double's precision ---- */

long double erfl(long double x) { return erf((double)x); }
long double erfcl(long double x) { return erfc((double)x); }
long double lgammal(long double x) { return lgamma((double)x); }
long double tgammal(long double x) { return tgamma((double)x); }
