/* SPDX-License-Identifier: MIT
 *
 * random.c: see random.h. Layer: libos/dev.
 */
#include "dev/random.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "exo/exo.h"

#define RDRAND_TRIES 10

static bool rdrand(uint64_t *out)
{
    for (unsigned i = 0; i < RDRAND_TRIES; i++) {
        bool good;
        __asm__ volatile("rdrand %0" : "=r"(*out), "=@ccc"(good));
        if (good)
            return true;
    }
    return false;
}

int random_bytes(void *to, size_t n)
{
    if (!(exo_info()->cpu_features & EXO_CPU_RDRAND))
        return -ENODEV;
    for (uint8_t *at = to; n;) {
        uint64_t word;
        if (!rdrand(&word))
            return -EIO;
        size_t part = n < sizeof word ? n : sizeof word;
        memcpy(at, &word, part);
        at += part;
        n -= part;
    }
    return 0;
}
