/* SPDX-License-Identifier: MIT
 *
 * random.c: getentropy from RDRAND. Layer: libos/posix. Without RDRAND it fails with ENOSYS: never weak numbers. newlib's
 * arc4random builds on it. Source: Intel SDM vol 1 §7.3.17: ten tries, then something is wrong.
 */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "exo/exo.h"

#define ENTROPY_MAX 256
#define TRIES 10

static bool random_word(uint64_t *out)
{
    for (unsigned i = 0; i < TRIES; i++) {
        bool good;
        __asm__ volatile("rdrand %0" : "=r"(*out), "=@ccc"(good));
        if (good)
            return true;
    }
    return false;
}

static int fail(int error)
{
    errno = error;
    return -1;
}

int getentropy(void *buffer, size_t bytes)
{
    if (bytes > ENTROPY_MAX)
        return fail(EIO);
    if (!(exo_info()->cpu_features & EXO_CPU_RDRAND))
        return fail(ENOSYS);
    for (char *at = buffer; bytes;) {
        uint64_t word;
        if (!random_word(&word))
            return fail(EIO);
        size_t part = bytes < sizeof word ? bytes : sizeof word;
        memcpy(at, &word, part);
        at += part;
        bytes -= part;
    }
    return 0;
}
