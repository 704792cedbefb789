/* SPDX-License-Identifier: MIT
 *
 * entropy.c: getentropy and /dev/random where the processor has RDRAND, where it has none but the machine has virtio-rng, and
 * (argument "none") where there is neither, or (argument "dead") one that never answers: then they fail, and nothing weak
 * comes.
 */
#include <fcntl.h>
#include <stdlib.h>

#include "sched/thread.h"
#include "suite.h"

enum { THREADS = 4, ROUNDS = 20, BYTES = 64 };

static void test_getentropy(void)
{
    unsigned char a[256], b[256];
    memset(a, 0, sizeof a);
    EQUAL(getentropy(a, sizeof a), 0);
    EQUAL(getentropy(b, sizeof b), 0);
    CHECK(memcmp(a, b, sizeof a) != 0);
    unsigned zeros = 0;
    for (unsigned i = 0; i < sizeof a; i++)
        zeros += a[i] == 0;
    CHECK(zeros < 16);
    FAILS(getentropy(a, 257), EIO);
    b[255] = 77;
    EQUAL(getentropy(b, 255), 0); /* not a byte more */
    EQUAL(b[255], 77);
}

static void test_device_file(void)
{
    static unsigned char a[1000], b[1000];
    int fd = open("/dev/random", O_RDONLY);
    CHECK(fd >= 0);
    EQUAL(read(fd, a, sizeof a), sizeof a);
    EQUAL(read(fd, b, sizeof b), sizeof b);
    CHECK(memcmp(a, b, sizeof a) != 0);
    close(fd);
}

static unsigned char drawn[THREADS][ROUNDS][BYTES];

static void *draw(void *argument)
{
    unsigned char (*mine)[BYTES] = argument;
    for (unsigned i = 0; i < ROUNDS; i++)
        if (getentropy(mine[i], BYTES))
            return (void *)1;
    return NULL;
}

static void test_threads(void)
{
    struct thread *thread[THREADS];
    for (unsigned i = 0; i < THREADS; i++)
        EQUAL(thread_create(&thread[i], "draw", 0, draw, drawn[i]), 0);
    for (unsigned i = 0; i < THREADS; i++) {
        void *result;
        EQUAL(thread_join(thread[i], &result), 0);
        CHECK(result == NULL);
    }
    const unsigned char (*all)[BYTES] = &drawn[0][0];
    unsigned twice = 0;
    for (unsigned i = 0; i < THREADS * ROUNDS; i++)
        for (unsigned k = 0; k < i; k++)
            twice += memcmp(all[i], all[k], BYTES) == 0;
    EQUAL(twice, 0);
}

static void test_none(void)
{
    unsigned char a[16];
    FAILS(getentropy(a, sizeof a), ENOSYS);
    int fd = open("/dev/random", O_RDONLY);
    CHECK(fd < 0 || read(fd, a, sizeof a) < 0);
    if (fd >= 0)
        close(fd);
}

static void test_dead(void)
{
    unsigned char a[16];
    struct timespec before, after;
    FAILS(getentropy(a, sizeof a), EIO);
    clock_gettime(CLOCK_MONOTONIC, &before);
    FAILS(getentropy(a, sizeof a), EIO);
    clock_gettime(CLOCK_MONOTONIC, &after);
    CHECK(after.tv_sec - before.tv_sec < 3); /* it is waited for once */
    FAILS(open("/dev/random", O_RDONLY), EIO);
}

int main(int argc, char **argv)
{
    static const struct suite_test tests[] = {
        {test_getentropy, "getentropy", 20}, {test_device_file, "device_file", 20}, {test_threads, "threads", 40}};
    static const struct suite_test none[] = {{test_none, "none", 20}};
    static const struct suite_test dead[] = {{test_dead, "dead", 20}};
    if (argc > 1)
        return suite_run(strcmp(argv[1], "dead") == 0 ? dead : none, 1);
    return suite_run(tests, 3);
}
