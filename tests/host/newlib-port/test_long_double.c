// SPDX-License-Identifier: MIT
// link: newlib-port/long_double.c newlib-port/long_double_exp.c newlib-port/long_double_trig.c newlib-port/long_double_fma.c
// flags: -include tests/host/newlib-port/long_double_names.h
/*
 * The functions of long double against the host's, on random arguments of all sizes and on the special values. Those that
 * are exact must give the same bits; the others may differ by some units in the last place (ULP), as long_double.h promises.
 */
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness.h"
#include "newlib-port/long_double.h"

#define ROUNDS 40000

typedef long double one_fn(long double);
typedef long double two_fn(long double, long double);

static const long double specials[] = {0.0L,       -0.0L,     1,          -1,      0.5L,     -0.5L,     1.5L,      2.5L,    -2.5L,
                                       0x1p62L,    0x1p63L,   0x1p64L,    3,       -3,       7,         0x1p-16445L, 0x1p-16382L,
                                       -0x1p-16400L, 0x1.fffffffffffffffep16383L, INFINITY, -INFINITY, NAN, 11355, 11357, -11356,
                                       -11399, 710, 0x1p-70L, 0x1.8p1L, 1 + 0x1p-63L, 1 - 0x1p-64L, -1 + 0x1p-64L, 16384, -16446};
#define SPECIALS (sizeof specials / sizeof specials[0])

static uint64_t state = 88172645463325252ull;

static uint64_t random_bits(void)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return state;
}

/* Any sign, any mantissa, an exponent within `spread` of 0. */
static long double random_value(int spread)
{
    union ld bits = {.mantissa = random_bits() | LD_INTEGER};
    int exponent = LD_BIAS + (int)(random_bits() % (2 * (unsigned)spread + 1)) - spread;
    bits.sign_exponent = (uint16_t)((random_bits() & 0x8000) | (unsigned)exponent);
    return bits.value;
}

/* How many values lie between two; huge for another sign or kind. */
static double distance(long double a, long double b)
{
    if (isnan(a) || isnan(b))
        return isnan(a) && isnan(b) ? 0 : 1e30;
    if (a == b)
        return signbit(a) == signbit(b) ? 0 : 1e30;
    if (isinf(a) || isinf(b))
        return 1e30;
    int exponent;
    glibc_frexpl(glibc_fmaxl(glibc_fabsl(a), glibc_fabsl(b)), &exponent);
    if (exponent < -16381)
        exponent = -16381;
    return (double)(glibc_fabsl(a - b) / exon_scalbnl(1, exponent - 64));
}

static unsigned wrong;

static double compare(const char *name, long double x, long double y, long double found, long double wanted, double ulp)
{
    double off = distance(found, wanted);
    if (off > ulp && wrong++ < 40)
        printf("%s(%La, %La) is %La, not %La: %g ULP\n", name, x, y, found, wanted, off);
    return off;
}

static const struct one {
    const char *name;
    one_fn *ours, *host;
    double ulp;
    int spread; /* of exponents */
} ones[] = {
#define EXACT(name, spread) {#name, exon_##name, glibc_##name, 0, spread}
#define WITHIN(ulp, name, spread) {#name, exon_##name, glibc_##name, ulp, spread}
    EXACT(fabsl, 16000), EXACT(ceill, 80), EXACT(floorl, 80), EXACT(nearbyintl, 80), EXACT(rintl, 80), EXACT(roundl, 80),
    EXACT(truncl, 80), EXACT(logbl, 16000), WITHIN(2, expl, 14), WITHIN(2, exp2l, 14), WITHIN(3, expm1l, 14),
    WITHIN(2, logl, 16000), WITHIN(2, log2l, 16000), WITHIN(2, log10l, 16000), WITHIN(2, log1pl, 70), WITHIN(2, cbrtl, 16000),
    WITHIN(2, sinl, 20), WITHIN(2, cosl, 20), WITHIN(3, tanl, 20), WITHIN(2, atanl, 70), WITHIN(3, asinl, 1), WITHIN(3, acosl, 1),
    WITHIN(4, sinhl, 13), WITHIN(3, coshl, 13), WITHIN(4, tanhl, 6), WITHIN(4, asinhl, 70), WITHIN(4, acoshl, 70),
    WITHIN(4, atanhl, 3),
};

static const struct two {
    const char *name;
    two_fn *ours, *host;
    double ulp;
    int spread;
} twos[] = {
    EXACT(fmodl, 200), EXACT(remainderl, 200), EXACT(copysignl, 16000), EXACT(nextafterl, 16000), EXACT(fdiml, 60),
    EXACT(fmaxl, 60), EXACT(fminl, 60), WITHIN(2, atan2l, 60),
};

TEST(functions_of_one_argument)
{
    for (size_t f = 0; f < sizeof ones / sizeof ones[0]; f++) {
        bool periodic = ones[f].ours == exon_sinl || ones[f].ours == exon_cosl || ones[f].ours == exon_tanl;
        for (size_t i = 0; i < SPECIALS; i++)
            if (!periodic || !isfinite(specials[i]) || glibc_fabsl(specials[i]) < 0x1p31L)
                compare(ones[f].name, specials[i], 0, ones[f].ours(specials[i]), ones[f].host(specials[i]), ones[f].ulp);
        for (unsigned i = 0; i < ROUNDS; i++) {
            long double x = random_value(ones[f].spread);
            compare(ones[f].name, x, 0, ones[f].ours(x), ones[f].host(x), ones[f].ulp);
        }
    }
    CHECK(wrong == 0);
}

TEST(functions_of_two_arguments)
{
    wrong = 0;
    for (size_t f = 0; f < sizeof twos / sizeof twos[0]; f++) {
        for (size_t i = 0; i < SPECIALS * SPECIALS; i++) {
            long double x = specials[i / SPECIALS], y = specials[i % SPECIALS];
            /* Which zero is the larger is anybody's choice (C17 F.10.9.2): ours is the one without a sign. */
            if (x != 0 || y != 0 || (twos[f].ours != exon_fmaxl && twos[f].ours != exon_fminl))
                compare(twos[f].name, x, y, twos[f].ours(x, y), twos[f].host(x, y), twos[f].ulp);
        }
        for (unsigned i = 0; i < ROUNDS; i++) {
            long double x = random_value(twos[f].spread), y = random_value(twos[f].spread);
            compare(twos[f].name, x, y, twos[f].ours(x, y), twos[f].host(x, y), twos[f].ulp);
        }
    }
    CHECK(wrong == 0);
}

/* As many bits may be wrong as |y * log2(x)| has before the point. */
TEST(powers)
{
    wrong = 0;
    for (size_t i = 0; i < SPECIALS * SPECIALS; i++) {
        long double x = specials[i / SPECIALS], y = specials[i % SPECIALS];
        compare("powl", x, y, exon_powl(x, y), glibc_powl(x, y), 20000);
    }
    for (unsigned i = 0; i < ROUNDS; i++) {
        long double x = glibc_fabsl(random_value(i % 2 ? 2 : 200)), y = random_value(8);
        long double wanted = glibc_powl(x, y);
        compare("powl", x, y, exon_powl(x, y), wanted, 4 + 2 * (double)glibc_fabsl(y * glibc_log2l(x)));
        int n = (int)(random_bits() % 65) - 32;
        x = random_value(3);
        compare("powl", x, n, exon_powl(x, n), glibc_powl(x, n), 2 + abs(n));
    }
    CHECK(wrong == 0);
}

TEST(fused_multiplication)
{
    wrong = 0;
    for (size_t i = 0; i < SPECIALS * SPECIALS * SPECIALS; i++) {
        long double x = specials[i / SPECIALS / SPECIALS], y = specials[i / SPECIALS % SPECIALS], z = specials[i % SPECIALS];
        compare("fmal", x, y, exon_fmal(x, y, z), glibc_fmal(x, y, z), 0);
    }
    for (unsigned i = 0; i < 4 * ROUNDS; i++) {
        long double x = random_value(i % 4 == 3 ? 8200 : 40), y = random_value(i % 4 == 3 ? 8200 : 40), z = random_value(80);
        if (i % 4 == 1)
            z = -x * y; /* nearly all cancels */
        if (i % 4 == 2)
            z = exon_scalbnl(-x * y, (int)(random_bits() % 150) - 75);
        compare("fmal", x, y, exon_fmal(x, y, z), glibc_fmal(x, y, z), 0);
    }
    CHECK(wrong == 0);
}

TEST(parts_of_a_number)
{
    for (unsigned i = 0; i < ROUNDS + SPECIALS; i++) {
        long double x = i < SPECIALS ? specials[i] : random_value(16000), whole, host_whole;
        int exponent, host_exponent;
        wrong = 0;
        compare("frexpl", x, 0, exon_frexpl(x, &exponent), glibc_frexpl(x, &host_exponent), 0);
        CHECK(!isfinite(x) || exponent == host_exponent);
        CHECK(exon_ilogbl(x) == __builtin_ilogbl(x));
        compare("modfl", x, 0, exon_modfl(x, &whole), __builtin_modfl(x, &host_whole), 0);
        compare("modfl's whole", x, 0, whole, host_whole, 0);
        int n = (int)(random_bits() % 40000) - 20000;
        compare("scalbnl", x, n, exon_scalbnl(x, n), __builtin_scalbnl(x, n), 0);
        compare("nexttoward", x, 1, exon_nexttoward((double)x, 1), glibc_nexttoward((double)x, 1), 0);
        CHECK(wrong == 0);
    }
}

TEST(integers)
{
    for (unsigned i = 0; i < ROUNDS; i++) {
        long double x = random_value(62), y = random_value(40);
        int quotient, host_quotient;
        CHECK(exon_lrintl(x) == __builtin_lrintl(x));
        CHECK(exon_llroundl(x) == __builtin_llroundl(x));
        long double rest = exon_remquol(x, y, &quotient);
        CHECK(rest == glibc_remquol(x, y, &host_quotient) && (quotient & 7) == (host_quotient & 7));
        CHECK((quotient < 0) == (host_quotient < 0) || (quotient & 7) == 0);
    }
}
