/* SPDX-License-Identifier: MIT
 *
 * smp_stress.c: processes on several CPUs at once: a ring of pipes through four processes, which also write, check, rename
 * and remove files of one directory, and start further processes. All is checked by content. Layer: tests.
 */
#include <dirent.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

#include "proc/proc.h"
#include "suite.h"

enum { WORKERS = 4, CHUNK = 3001, SECONDS = 4 };

static const char *self_path;

static unsigned char pattern(unsigned at, unsigned key) { return (unsigned char)(at * 31 + key * 7 + (at >> 8)); }

static int full_read(int fd, unsigned char *to, size_t n)
{
    size_t got = 0;
    for (ssize_t part = 1; part > 0 && got < n; got += part > 0 ? (size_t)part : 0)
        part = read(fd, to + got, n - got);
    return got == n;
}

/* ---- The workers ---- */

/* One file of the shared directory: written, renamed, read back, removed. */
static int file_round(unsigned worker, unsigned round)
{
    char name[48], other[48];
    unsigned char data[CHUNK];
    snprintf(name, sizeof name, "/tmp/smp/w%u.%u", worker, round % 5);
    snprintf(other, sizeof other, "/tmp/smp/x%u.%u", worker, round % 3);
    for (unsigned i = 0; i < CHUNK; i++)
        data[i] = pattern(i, round + worker);
    int fd = open(name, O_CREAT | O_RDWR | O_TRUNC, 0600);
    if (fd < 0 || write(fd, data, CHUNK) != CHUNK || close(fd) != 0 || rename(name, other) != 0)
        return 10;
    fd = open(other, O_RDONLY);
    memset(data, 0, CHUNK);
    if (fd < 0 || !full_read(fd, data, CHUNK) || close(fd) != 0)
        return 11;
    for (unsigned i = 0; i < CHUNK; i++)
        if (data[i] != pattern(i, round + worker))
            return 12;
    return unlink(other) == 0 ? 0 : 13;
}

/* Takes blocks from the left, checks them, hands them on with the next key. Worker 0 makes and ends them. */
static int pipe_round(unsigned worker, unsigned round)
{
    static unsigned char data[CHUNK];
    if (worker == 0) {
        for (unsigned i = 0; i < CHUNK; i++)
            data[i] = pattern(i, round);
        if (write(4, data, CHUNK) != CHUNK)
            return 20;
    }
    if (!full_read(3, data, CHUNK))
        return 21;
    for (unsigned i = 0; i < CHUNK; i++)
        if (data[i] != pattern(i, round + (worker ? worker - 1 : WORKERS - 1)))
            return 22;
    for (unsigned i = 0; i < CHUNK; i++)
        data[i] = pattern(i, round + worker);
    return worker == 0 || write(4, data, CHUNK) == CHUNK ? 0 : 23;
}

static int child_round(void)
{
    char *argv[] = {"child", "exit", NULL};
    pid_t pid;
    int status;
    if (posix_spawn(&pid, self_path, NULL, NULL, argv, environ) != 0)
        return 30;
    return waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 5 ? 0 : 31;
}

static int worker(unsigned number, unsigned rounds)
{
    for (unsigned round = 0; round < rounds; round++) {
        int bad = pipe_round(number, round);
        bad = bad ? bad : file_round(number, round);
        bad = bad || round % 16 ? bad : child_round();
        if (bad)
            return bad;
    }
    return 0;
}

/* ---- The test ---- */

/* Starts a worker whose descriptors 3 and 4 are its ends of the ring. */
static pid_t start(unsigned number, unsigned rounds, int in, int out)
{
    char a[16], b[16];
    char *argv[] = {"child", a, b, NULL};
    posix_spawn_file_actions_t actions;
    pid_t pid = -1;
    snprintf(a, sizeof a, "%u", number);
    snprintf(b, sizeof b, "%u", rounds);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, in, 3);
    posix_spawn_file_actions_adddup2(&actions, out, 4);
    for (int fd = 20; fd < 20 + 2 * WORKERS; fd++)
        posix_spawn_file_actions_addclose(&actions, fd);
    EQUAL(posix_spawn(&pid, self_path, &actions, NULL, argv, environ), 0);
    posix_spawn_file_actions_destroy(&actions);
    return pid;
}

static void ring(unsigned rounds)
{
    pid_t pids[WORKERS];
    for (int i = 0; i < WORKERS; i++) {
        int ends[2];
        EQUAL(pipe(ends), 0);
        EQUAL(dup2(ends[0], 20 + 2 * i), 20 + 2 * i);
        EQUAL(dup2(ends[1], 21 + 2 * i), 21 + 2 * i);
        close(ends[0]);
        close(ends[1]);
    }
    for (int i = 0; i < WORKERS; i++)
        pids[i] = start((unsigned)i, rounds, 20 + 2 * ((i + WORKERS - 1) % WORKERS), 21 + 2 * i);
    for (int fd = 20; fd < 20 + 2 * WORKERS; fd++)
        close(fd);
    for (int i = 0; i < WORKERS; i++) {
        int status = -1;
        EQUAL(waitpid(pids[i], &status, 0), pids[i]);
        EQUAL(status, 0);
    }
}

static void test_ring(void)
{
    struct timespec begin, now;
    unsigned before = suite_failures;
    EQUAL(mkdir("/tmp/smp", 0755), 0);
    clock_gettime(CLOCK_MONOTONIC, &begin);
    do {
        ring(20);
        clock_gettime(CLOCK_MONOTONIC, &now);
    } while (suite_failures == before && now.tv_sec - begin.tv_sec < SECONDS);
    EQUAL(rmdir("/tmp/smp"), 0);
}

static const struct suite_test tests[] = {{test_ring, "pipes, files and processes on all CPUs", 150}};

int main(int argc, char **argv)
{
    self_path = (const char *)proc_start()->path;
    if (argc > 1 && !strcmp(argv[0], "child"))
        return argc == 3 ? worker((unsigned)atoi(argv[1]), (unsigned)atoi(argv[2])) : 5;
    return SUITE_RUN(tests);
}
