/* SPDX-License-Identifier: MIT
 *
 * latecomer.c: computes alone for a while, then starts itself as a second process that computes too, and prints for how long at
 * a time the first one did not run. Layer: tests (test_schedulers.py).
 */
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/wait.h>
#include <time.h>

#define MS 1000000ull
#define ALONE (1500 * MS)
#define BESIDE (1000 * MS)

extern char **environ;

static uint64_t now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (uint64_t)time.tv_sec * 1000 * MS + (uint64_t)time.tv_nsec;
}

/* Computes for so long by the clock; the longest time between two looks at it. */
static uint64_t compute(uint64_t ns)
{
    uint64_t longest = 0;
    for (uint64_t before = now(), end = before + ns, at; before < end; before = at) {
        at = now();
        longest = at - before > longest ? at - before : longest;
    }
    return longest;
}

int main(int argc, char **argv)
{
    pid_t pid;
    int status;
    if (argc == 2) {
        compute(BESIDE);
        return 0;
    }
    char *second[] = {argv[0], "second", NULL};
    compute(ALONE);
    if (posix_spawnp(&pid, argv[0], NULL, NULL, second, environ) != 0)
        return 2;
    printf("longest gap %u us\n", (unsigned)(compute(BESIDE) / 1000));
    return waitpid(pid, &status, 0) == pid && status == 0 ? 0 : 3;
}
