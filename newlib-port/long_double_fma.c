/* SPDX-License-Identifier: MIT
 *
 * long_double_fma.c: fmal, x * y + z rounded once (C17 7.12.13.1), in integers. Layer: newlib-port. Correct where the
 * rounding mode is to the nearest; the other modes get that result too.
 *
 * The product of two mantissas has 128 bits. It and z are brought into 256 bits at one exponent, added, and rounded; what is
 * shifted out below is kept as one sticky bit, which is enough since it lies below all bits that rounding looks at.
 */
#include <stdbool.h>

#include "long_double.h"

typedef unsigned __int128 u128;

struct wide {
    u128 high, low; /* value = (high * 2^128 + low) * 2^exponent */
    int exponent;
    bool negative;
};

static bool is_zero(const struct wide *w) { return !w->high && !w->low; }

static void shift_left(struct wide *w, unsigned n)
{
    for (; n >= 128; n -= 128) {
        w->high = w->low;
        w->low = 0;
    }
    if (n) {
        w->high = w->high << n | w->low >> (128 - n);
        w->low <<= n;
    }
}

static void shift_right(struct wide *w, unsigned n)
{
    bool sticky = false;
    if (n >= 256) {
        sticky = !is_zero(w);
        w->high = w->low = 0;
        n = 0;
    }
    if (n >= 128) {
        sticky |= w->low != 0;
        w->low = w->high;
        w->high = 0;
        n -= 128;
    }
    if (n) {
        sticky |= (w->low << (128 - n)) != 0;
        w->low = w->low >> n | w->high << (128 - n);
        w->high >>= n;
    }
    w->low |= sticky;
}

static int leading_zeros(const struct wide *w)
{
    const uint64_t words[] = {(uint64_t)(w->high >> 64), (uint64_t)w->high, (uint64_t)(w->low >> 64), (uint64_t)w->low};
    int zeros = 0;
    for (unsigned i = 0; i < 4; i++, zeros += 64)
        if (words[i])
            return zeros + __builtin_clzll(words[i]);
    return zeros;
}

/* Moves the first bit to bit 254, so that an addition cannot overflow. */
static void normalise(struct wide *w)
{
    int zeros = leading_zeros(w);
    if (zeros == 256)
        return;
    if (zeros == 0)
        shift_right(w, 1);
    else
        shift_left(w, (unsigned)zeros - 1);
    w->exponent -= zeros - 1;
}

static struct wide from(u128 mantissa, int exponent, bool negative)
{
    struct wide w = {0, mantissa, exponent, negative};
    normalise(&w);
    return w;
}

static bool smaller(const struct wide *a, const struct wide *b)
{
    return a->high < b->high || (a->high == b->high && a->low < b->low);
}

/* Both normalised, a's exponent not the smaller one. */
static struct wide add(struct wide a, struct wide b)
{
    unsigned distance = (unsigned)(a.exponent - b.exponent);
    shift_right(&b, distance);
    if (a.negative == b.negative) {
        a.low += b.low;
        a.high += b.high + (a.low < b.low);
        return a;
    }
    if (smaller(&a, &b)) {
        struct wide swap = {b.high, b.low, a.exponent, b.negative};
        b = a;
        a = swap;
    }
    a.high -= b.high + (a.low < b.low);
    a.low -= b.low;
    return a;
}

/* To 64 bits of mantissa, or fewer near zero; ld_scale() tells of overflow. */
static long double round_wide(struct wide w)
{
    normalise(&w);
    int exponent = w.exponent + 191, cut = 191; /* of the last bit of the mantissa; bits below it */
    if (exponent < -16445) {
        cut += -16445 - exponent;
        exponent = -16445;
    }
    /* Two bits more than the mantissa: half, and sticky. */
    shift_right(&w, (unsigned)cut - 2);
    u128 bits = w.low;
    uint64_t mantissa = (uint64_t)(bits >> 2);
    unsigned rest = (unsigned)bits & 3;
    long double value = mantissa;
    if (rest > 2 || (rest == 2 && mantissa & 1))
        value = mantissa == UINT64_MAX ? 0x1p64L : (long double)(mantissa + 1);
    value = ld_scale(value, exponent);
    return w.negative ? -value : value;
}

long double fmal(long double x, long double y, long double z)
{
    if (!ld_finite(x) || !ld_finite(y) || x == 0 || y == 0)
        return x * y + z;
    if (!ld_finite(z))
        return z;
    if (z == 0 && ld_finite(x * y) && ld_exponent(x * y))
        return x * y;
    int ex, ey, ez;
    union ld fx = {.value = frexpl(x, &ex)}, fy = {.value = frexpl(y, &ey)}, fz = {.value = frexpl(z, &ez)};
    bool negative = ld_negative(x) != ld_negative(y);
    struct wide product = from((u128)fx.mantissa * fy.mantissa, ex + ey - 128, negative);
    if (z == 0)
        return round_wide(product);
    struct wide addend = from(fz.mantissa, ez - 64, ld_negative(z));
    struct wide sum = product.exponent >= addend.exponent ? add(product, addend) : add(addend, product);
    return is_zero(&sum) ? 0 : round_wide(sum);
}
