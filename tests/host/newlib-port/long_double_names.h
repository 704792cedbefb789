/* SPDX-License-Identifier: MIT
 *
 * long_double_names.h: gives newlib-port/long_double*.c names of their own, so that they and the host's stand side by side.
 * Layer: tests, included before everything else. The host's are glibc_NAME.
 */
#ifndef TESTS_LONG_DOUBLE_NAMES_H
#define TESTS_LONG_DOUBLE_NAMES_H

#include <math.h>

#define ONE(name) long double exon_##name(long double), glibc_##name(long double) __asm__(#name);
#define TWO(name) \
    long double exon_##name(long double, long double), glibc_##name(long double, long double) __asm__(#name);
ONE(acosl)
ONE(asinl)
ONE(atanl)
ONE(cosl)
ONE(sinl)
ONE(tanl)
ONE(acoshl)
ONE(asinhl)
ONE(atanhl)
ONE(coshl)
ONE(sinhl)
ONE(tanhl)
ONE(expl)
ONE(exp2l)
ONE(expm1l)
ONE(logl)
ONE(log10l)
ONE(log1pl)
ONE(log2l)
ONE(logbl)
ONE(cbrtl)
ONE(fabsl)
ONE(ceill)
ONE(floorl)
ONE(nearbyintl)
ONE(rintl)
ONE(roundl)
ONE(truncl)
TWO(atan2l)
TWO(powl)
TWO(fmodl)
TWO(remainderl)
TWO(copysignl)
TWO(nextafterl)
TWO(fdiml)
TWO(fmaxl)
TWO(fminl)
int exon_ilogbl(long double);
long double exon_frexpl(long double, int *);
long double exon_ldexpl(long double, int);
long double exon_scalbnl(long double, int);
long double exon_scalblnl(long double, long);
long double exon_modfl(long double, long double *);
long exon_lrintl(long double);
long long exon_llrintl(long double);
long exon_lroundl(long double);
long long exon_llroundl(long double);
long double exon_remquol(long double, long double, int *);
long double exon_fmal(long double, long double, long double);
void exon_sincosl(long double, long double *, long double *);
long double exon_erfl(long double);
long double exon_erfcl(long double);
long double exon_lgammal(long double);
long double exon_tgammal(long double);
long double glibc_fmal(long double, long double, long double) __asm__("fmal");
long double glibc_remquol(long double, long double, int *) __asm__("remquol");
long double glibc_frexpl(long double, int *) __asm__("frexpl");
long double exon_nexttowardl(long double, long double);
double exon_nexttoward(double, long double);
float exon_nexttowardf(float, long double);
double glibc_nexttoward(double, long double) __asm__("nexttoward");

#define acosl exon_acosl
#define asinl exon_asinl
#define atanl exon_atanl
#define cosl exon_cosl
#define sinl exon_sinl
#define tanl exon_tanl
#define acoshl exon_acoshl
#define asinhl exon_asinhl
#define atanhl exon_atanhl
#define coshl exon_coshl
#define sinhl exon_sinhl
#define tanhl exon_tanhl
#define expl exon_expl
#define exp2l exon_exp2l
#define expm1l exon_expm1l
#define logl exon_logl
#define log10l exon_log10l
#define log1pl exon_log1pl
#define log2l exon_log2l
#define logbl exon_logbl
#define cbrtl exon_cbrtl
#define fabsl exon_fabsl
#define ceill exon_ceill
#define floorl exon_floorl
#define nearbyintl exon_nearbyintl
#define rintl exon_rintl
#define roundl exon_roundl
#define truncl exon_truncl
#define atan2l exon_atan2l
#define powl exon_powl
#define fmodl exon_fmodl
#define remainderl exon_remainderl
#define copysignl exon_copysignl
#define nextafterl exon_nextafterl
#define fdiml exon_fdiml
#define fmaxl exon_fmaxl
#define fminl exon_fminl
#define ilogbl exon_ilogbl
#define frexpl exon_frexpl
#define ldexpl exon_ldexpl
#define scalbnl exon_scalbnl
#define scalblnl exon_scalblnl
#define modfl exon_modfl
#define lrintl exon_lrintl
#define llrintl exon_llrintl
#define lroundl exon_lroundl
#define llroundl exon_llroundl
#define remquol exon_remquol
#define fmal exon_fmal
#define sincosl exon_sincosl
#define erfl exon_erfl
#define erfcl exon_erfcl
#define lgammal exon_lgammal
#define tgammal exon_tgammal
#define nexttowardl exon_nexttowardl
#define nexttoward exon_nexttoward
#define nexttowardf exon_nexttowardf

#endif
