/* SPDX-License-Identifier: MIT
 *
 * posix_calls.c: what costs little: asking who the parent is, what time it is; and the C library at work. Layer: tests.
 *
 * getppid is the cheapest call that Linux cannot answer in the library; Exon answers it there.
 */
#include "bench.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static void run_getppid(uint32_t n)
{
    for (uint32_t i = 0; i < n; i++)
        getppid();
}
/* row getppid: getppid | Kernel and library calls
 * getppid(): Exon's library knows the answer, Linux enters its kernel. */
BENCH(getppid, 1000, run_getppid, NULL, NULL)

static void run_clock_gettime(uint32_t n)
{
    struct timespec now;
    for (uint32_t i = 0; i < n; i++)
        clock_gettime(CLOCK_MONOTONIC, &now);
}
/* row clock_gettime: clock_gettime | Kernel and library calls
 * clock_gettime(CLOCK_MONOTONIC), on both without entering the kernel. */
BENCH(clock_gettime, 1000, run_clock_gettime, NULL, NULL)

static void run_malloc(uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        void *volatile block = malloc(64);
        free(block);
    }
}
/* row malloc_free: malloc and free, 64 bytes | C library
 * newlib's on Exon, musl's on Linux; glibc's is another one. */
BENCH(malloc_free, 1000, run_malloc, NULL, NULL)

/* A hundred blocks of 16 to 1,600 bytes live at once; freed in another order. */
static void run_malloc_mixed(uint32_t n)
{
    static void *block[100];
    for (uint32_t done = 0; done < n; done += 100) {
        for (uint32_t i = 0; i < 100; i++)
            block[i] = malloc(16 + i * 37 % 100 * 16);
        for (uint32_t i = 0; i < 100; i++)
            free(block[i * 71 % 100]);
    }
}
/* row malloc_mixed: malloc and free, mixed | C library
 * newlib and musl: 100 live blocks of 16 to 1,600 bytes, freed in another order. */
BENCH(malloc_mixed, 1000, run_malloc_mixed, NULL, NULL)

static char copy_from[4096], copy_to[4096];
static volatile size_t copy_bytes = sizeof copy_to; /* unknown to the compiler, which would copy by itself */

static void run_memcpy(uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        memcpy(copy_to, copy_from, copy_bytes);
        __asm__ volatile("" : : "r"(copy_to), "r"(copy_from) : "memory");
    }
}
/* row memcpy_4k: memcpy 4 KiB | C library
 * newlib's and musl's function; each iteration of a rep string instruction counts. */
BENCH(memcpy_4k, 100, run_memcpy, NULL, NULL)
