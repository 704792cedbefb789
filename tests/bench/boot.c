/* SPDX-License-Identifier: MIT
 *
 * boot.c: Exon alone: time from the kernel's first instruction to the first line of main, of the first program of a boot,
 * with the published clock's rate. Layer: tests.
 */
#include <stdint.h>
#include <stdio.h>

#include "exo/exo.h"

int main(void)
{
    uint64_t now = __builtin_ia32_rdtsc();
    const struct exo_clock *clock = (const struct exo_clock *)EXO_PUB_CLOCK;
    printf("row tsc_hz %llu Hz\n", (unsigned long long)clock->tsc_hz);
    uint64_t us = (now - exo_info()->boot_tsc) * 1000000 / clock->tsc_hz;
    printf("row boot %llu.%03llu ms\nend\n", (unsigned long long)us / 1000, (unsigned long long)us % 1000);
    return 0;
}
