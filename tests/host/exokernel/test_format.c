// link: exokernel/format.c
/* SPDX-License-Identifier: MIT
 *
 * test_format.c: the kernel's formatting against the C library's, where both define the same; and its limits.
 */
#include "../harness.h"

#include <limits.h>
#include <stdint.h>
#include <stdlib.h>

#include "format.h"

#pragma GCC diagnostic ignored "-Wformat-truncation"

#define SAME(...)                                                              \
    do {                                                                       \
        char ours[256], theirs[256];                                           \
        size_t n = kformat(ours, sizeof ours, __VA_ARGS__);                    \
        snprintf(theirs, sizeof theirs, __VA_ARGS__);                          \
        CHECK_STR(ours, theirs);                                               \
        CHECK_EQ(n, strlen(ours));                                             \
    } while (0)

TEST(numbers)
{
    SAME("%d %i %u", -7, INT_MIN, UINT_MAX);
    SAME("%x %X %lx", 0xdeadbeefu, 0xdeadbeefu, 0xfedcba9876543210ul);
    SAME("%ld %lu", LONG_MIN, ULONG_MAX);
    SAME("%lld %llu", LLONG_MIN, ULLONG_MAX);
    SAME("%zu %hhu %hu %hhd", (size_t)12345, (unsigned char)200, (unsigned short)60000, (signed char)-3);
    SAME("%d|%u|%x", 0, 0u, 0u);
}

TEST(width_and_precision)
{
    SAME("[%5d] [%-5d] [%05d] [%5d]", 42, 42, 42, -42);
    SAME("[%05d] [%016lx] [%2d]", -42, 0x1234ul, 12345);
    SAME("[%.3d] [%8.3d] [%-8.3d] [%8.3d]", 7, 7, 7, -7);
    SAME("[%10s] [%-10s] [%.2s] [%10.2s]", "abc", "abc", "abc", "abc");
    SAME("[%*d] [%-*d] [%.*s]", 6, 1, 6, 1, 2, "xyz");
    SAME("[%*d]", -6, 1);
    SAME("[%c] [%3c] [%%]", 'a', 'b');
}

TEST(text_without_an_end_is_read_no_further_than_its_precision)
{
    char *text = malloc(4), to[16];
    memcpy(text, "abcd", 4);
    kformat(to, sizeof to, "%.4s", text);
    CHECK_STR(to, "abcd");
    free(text);
}

TEST(never_writes_beyond_the_buffer)
{
    for (size_t size = 1; size < 40; size++) {
        char *to = malloc(size);
        size_t n = kformat(to, size, "%s=%08lx %-10d|", "name", 0x55aaul, 77);
        CHECK(n == strlen(to) && n < size);
        CHECK(strncmp(to, "name=000055aa 77        |", n) == 0);
        free(to);
    }
}

TEST(nonsense_is_copied)
{
    char to[64];
    const char *volatile odd = "%q and %"; /* not seen by the compiler, which would refuse it */
    const char *volatile nothing = NULL;
    kformat(to, sizeof to, odd);
    CHECK_STR(to, "%q and %");
    kformat(to, sizeof to, "%s", nothing);
    CHECK_STR(to, "(null)");
    kformat(to, sizeof to, "%300d", 1);
    CHECK_EQ(strlen(to), sizeof to - 1);
}

TEST(random_numbers)
{
    srandom(1);
    for (unsigned i = 0; i < 2000; i++) {
        uint64_t value = (uint64_t)random() << 33 ^ (uint64_t)random() << 11 ^ (uint64_t)random();
        value >>= random() % 64;
        SAME("%lu %ld %lx %lX", value, (int64_t)value, value, value);
        int width = (int)(random() % 30), precision = (int)(random() % 30), other = (int)(random() % 30);
        SAME("%*.*lu|%-*lx|", width, precision, value, other, value);
    }
}
